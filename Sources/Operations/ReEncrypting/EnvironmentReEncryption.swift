/// Lets the controller seal a whole environment again, including the keys that wait in its lock
/// file.

internal import Building
package import ClusterAccess
internal import Cryptography
internal import Kubernetes
internal import Manifests
internal import Planning
internal import Reporting
package import Repository
internal import Secrets
internal import Text
package import Files
package import Workspace
internal import YAML

/// Seals the files of an environment again, through the controller, for its newest key.
package struct EnvironmentReEncryption {
  /// Whether the controller is asked.
  package enum Mode {
    /// The items are only counted, for a dry run.
    case counting
    case asking
  }

  private let workspace: LoadedWorkspace
  private let environment: WorkspaceEnvironment
  private let controller: Controller
  private let service: Controller.Service
  private let mode: Mode

  /// - Parameter service: the controller's service.
  package init(
    workspace: LoadedWorkspace, environment: WorkspaceEnvironment, controller: Controller,
    service: Controller.Service, mode: Mode
  ) {
    self.workspace = workspace
    self.environment = environment
    self.controller = controller
    self.service = service
    self.mode = mode
  }

  /// What a run would change, and what it has found.
  package struct Outcome {
    /// The files to write; empty if the items are only counted.
    package var changes = ChangeSet()
    var items = 0
    var files = 0
    /// The number of items that are already sealed for the newest key.
    var untouched = 0
    /// The items that are in no lock file, as `NAMESPACE/NAME: KEY`.
    package var unknown: [String] = []
    /// Whether the environment's certificate differs from the controller's newest one.
    package var needsCertificate = false

    /// How many items and files it concerns, as a part of a sentence.
    package var summary: String {
      "\(items) \(items == 1 ? "item" : "items") in \(files) \(files == 1 ? "file" : "files"); \(untouched) \(untouched == 1 ? "is" : "are") already sealed for the newest key"
    }
  }

  /// A file, and its objects for the controller to seal again.
  private struct Work {
    let path: String
    let bytes: [UInt8]
    let sources: [SealedSource]
  }

  /// What a run has found and renewed so far.
  private struct Course {
    /// The controller's newest key.
    let key: RSAPublicKey
    var edits: LockEdits
    var pace = Pace()
    var outcome = Outcome()
  }

  /// Asks the controller for every item that needs a new ciphertext; writes nothing.
  ///
  /// - Throws: `CommandError` for what the controller does not answer, or should not have.
  package func run() throws -> Outcome {
    let newest = try trusted()
    let loader = EnvironmentLoader(workspace: workspace, environment: environment)
    let lockPath = environment.lockPath
    let edits = LockEdits(newest.fingerprint, lockPath: { _ in lockPath }) {
      try loader.read($0, limit: EnvironmentLoader.sealedLimit)
    }
    let works = try works(loader)
    var course = Course(key: newest.certificate.key, edits: edits)
    course.outcome.needsCertificate = (try? usual().fingerprint) != newest.fingerprint
    var progress = Progress("processed", of: works.reduce(0) { $0 + $1.sources.count })
    defer { progress.end() }
    for work in works { try renew(work, &course, &progress) }
    guard mode == .asking, course.outcome.items > 0 else { return course.outcome }
    for change in try course.edits.changes() { course.outcome.changes.add(change) }
    // The controller may have used a key made in the meantime for some answers.
    guard try controller.newest(service).fingerprint == newest.fingerprint else {
      throw CommandError(
        "the controller \(service.name) has made a newer key in the meantime",
        hint:
          "fetch and pin it, then run this again: moltseal cert fetch \(CLI.env) \(environment.name)"
      )
    }
    return course.outcome
  }

  /// Renews the items of a file, and those that wait for it in the lock file.
  private func renew(_ work: Work, _ course: inout Course, _ progress: inout Progress) throws {
    var items: [[(key: String, value: SealedValue)]] = []
    var count = 0
    for source in work.sources {
      let stale = try staleItems(of: source, work.path, &course)
      count += stale.count
      items.append(try renew(stale, of: source, work.path, &course))
      try renewWaiting(source, work.path, &course)
      progress.advance(1)
    }
    course.outcome.items += count
    if count > 0 { course.outcome.files += 1 }
    guard mode == .asking else { return }
    let new = try controller.replacing(items, in: work.bytes, file: work.path)
    course.outcome.changes.add(FileChange(path: work.path, old: work.bytes, new: new))
  }

  /// The certificate that the environment seals for.
  private func usual() throws -> SealingCertificate {
    try SealingCertificate.load(
      override: nil, environment: environment, folder: workspace.folder, now: Surroundings.now())
  }

  /// Returns the controller's newest certificate, which the environment must trust.
  private func trusted() throws -> SealingCertificate {
    let newest = try controller.newest(service)
    let isTrusted =
      environment.fingerprints.isEmpty
      ? try usual().fingerprint == newest.fingerprint
      : environment.fingerprints.contains(newest.fingerprint)
    guard isTrusted else {
      throw CommandError(
        "the newest key of the controller \(service.name), \(newest.fingerprint), is not trusted by '\(environment.name)': rotate would refuse what is sealed for it",
        hint:
          "fetch, compare and pin it: moltseal cert fetch \(CLI.env) \(environment.name), then moltseal cert pin \(CLI.env) \(environment.name)",
        file: Workspace.fileName, location: environment.location)
    }
    return newest
  }

  private func works(_ loader: EnvironmentLoader) throws -> [Work] {
    let supply = NamespaceSupply()
    var paths = try loader.state(certificate: nil).files.map(\.outputPath)
    // A file whose template no longer exists is still in the lock file.
    for target in environment.targets {
      let names = (try? workspace.folder.names(in: target.output.path)) ?? []
      paths += names.filter { $0.ends(with: "-sealedsecret.yml") }.map {
        Path.join(target.output.path, $0)
      }
    }
    var known: Set<Name> = []
    return try paths.filter { known.insert(Name($0)).inserted }.compactMap { path in
      guard let bytes = try loader.read(path, limit: EnvironmentLoader.sealedLimit),
        bytes.contains(text: "SealedSecret")
      else { return nil }
      let name = Path.join(workspace.folder.path, path)
      do throws(OperationFault) {
        let sources = try SealedSource.read(bytes, file: path, lists: .kept) {
          supply.namespace(of: name)
        }
        return Work(path: path, bytes: bytes, sources: sources)
      } catch { throw CommandError(error, input: path) }
    }
  }

  /// Returns the keys of the items that are not sealed for the newest key yet, as far as the lock
  /// file has them.
  private func staleItems(
    of source: SealedSource, _ path: String, _ course: inout Course
  ) throws -> Set<Name> {
    try source.checkForm()
    let document = source.document
    var stale: Set<Name> = []
    for item in document.items {
      if try course.edits.isCurrent(item, of: document, path: path) {
        course.outcome.untouched += 1
        continue
      }
      guard try course.edits.has(item.key, of: document, path: path) else {
        course.outcome.unknown.append("\(document.place): \(item.key)")
        continue
      }
      guard try course.edits.isAsRecorded(item.key, of: document, path: path) else {
        throw CommandError(
          "'\(item.key)' of '\(document.place)' has another ciphertext than in the lock file",
          hint: "find out what changed it: moltseal check \(CLI.env) \(environment.name)",
          file: path, location: item.location)
      }
      stale.insert(Name(item.key))
    }
    return stale
  }

  /// Returns new ciphertexts for some items, and records them in the lock file.
  private func renew(
    _ stale: Set<Name>, of source: SealedSource, _ path: String, _ course: inout Course
  ) throws -> [(key: String, value: SealedValue)] {
    guard mode == .asking, !stale.isEmpty else { return [] }
    let renewed = try controller.renewed(
      source, service, &course.pace, for: course.key
    ).filter { stale.contains(Name($0.key)) }
    for (key, value) in renewed {
      try course.edits.renew(
        key, of: source.document, path: path, value)
    }
    return renewed
  }

  /// Renews the next private keys of a Secret, which are only in the lock file; each is sent as a
  /// SealedSecret of its own.
  private func renewWaiting(
    _ source: SealedSource, _ path: String, _ course: inout Course
  ) throws {
    for (index, waiting) in try course.edits.waiting(
      for: source.document, path: path)
    {
      course.outcome.items += 1
      guard mode == .asking else { continue }
      let alone = try SealedSource.alone(waiting, file: environment.lockPath)
      let renewed = try controller.renewed(alone, service, &course.pace, for: course.key)
      guard let value = renewed.first?.value, renewed.count == 1 else { continue }
      try course.edits.renewWaiting(index, path: path, value)
    }
  }
}

extension SealedSource {
  /// Returns a key that waits in a lock file as a SealedSecret of its own.
  fileprivate static func alone(
    _ waiting: LockFile.Waiting, file: String
  ) throws -> SealedSource {
    var metadata: [(String, Tree)] = [("name", .string(waiting.id.secret))]
    if let namespace = waiting.id.namespace { metadata.append(("namespace", .string(namespace))) }
    if let annotation = waiting.scope.annotation {
      metadata.append(("annotations", .map([(annotation, .string("true"))])))
    }
    let tree = Tree.map([
      ("apiVersion", .string("bitnami.com/v1alpha1")), ("kind", .string("SealedSecret")),
      ("metadata", .map(metadata)),
      (
        "spec",
        .map([
          ("encryptedData", .map([(waiting.id.key, .string(waiting.sealed.base64))])),
          ("template", .map([("metadata", .map(metadata))])),
        ])
      ),
    ])
    var bytes: [UInt8] = []
    JSONWriter.write(tree, to: &bytes)
    do throws(OperationFault) {
      // One object in, one out.
      guard let source = try SealedSource.read(bytes, file: file, lists: .kept).first else {
        throw OperationFault(.noSealedSecret, "there is no SealedSecret here")
      }
      return source
    } catch { throw CommandError(error, input: file) }
  }
}
