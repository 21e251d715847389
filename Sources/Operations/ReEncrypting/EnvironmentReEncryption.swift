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
internal import Text
package import Transactions
package import Workspace
internal import YAML

package struct EnvironmentReEncryption {
  let workspace: LoadedWorkspace
  let environment: WorkspaceEnvironment
  let controller: Controller
  let service: Controller.Service
  /// Whether to ask the controller; a dry run only counts.
  let asks: Bool

  package init(
    workspace: LoadedWorkspace, environment: WorkspaceEnvironment, controller: Controller,
    service: Controller.Service, asks: Bool
  ) {
    self.workspace = workspace
    self.environment = environment
    self.controller = controller
    self.service = service
    self.asks = asks
  }

  package struct Outcome {
    package var changes = ChangeSet()
    var items = 0
    var files = 0
    /// The number of items that are already sealed for the newest key.
    var untouched = 0
    /// The items that are in no lock file, as `NAMESPACE/NAME: KEY`.
    package var unknown: [String] = []
    /// Whether the environment's certificate differs from the controller's newest one.
    package var needsCertificate = false

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

  /// - Throws: `CommandError`; this writes nothing.
  package func run() throws -> Outcome {
    let newest = try trusted()
    let loader = EnvironmentLoader(workspace: workspace, environment: environment)
    let lockPath = environment.lockPath
    var edits = LockEdits(newest.fingerprint, lockPath: { _ in lockPath }) {
      try loader.read($0, limit: EnvironmentLoader.sealedLimit)
    }
    let works = try works(loader)
    var outcome = Outcome()
    outcome.needsCertificate =
      (try? SealingCertificate.load(
        override: nil, environment: environment, folder: workspace.folder, now: Surroundings.now()))?
      .fingerprint != newest.fingerprint
    let key = newest.certificate.key
    var pace = Pace()
    var progress = Progress("processed", of: works.reduce(0) { $0 + $1.sources.count })
    defer { progress.end() }
    for work in works {
      var items: [[(key: String, value: SealedValue)]] = []
      var count = 0
      for source in work.sources {
        let renewed = try renew(source, work.path, for: key, &edits, &pace, &outcome, &count)
        items.append(renewed)
        try renewWaiting(source, work.path, for: key, &edits, &pace, &outcome)
        progress.advance(1)
      }
      outcome.items += count
      if count > 0 { outcome.files += 1 }
      guard asks else { continue }
      let new = try controller.replacing(items, in: work.bytes, file: work.path)
      outcome.changes.add(FileChange(path: work.path, old: work.bytes, new: new))
    }
    guard asks, outcome.items > 0 else { return outcome }
    for change in try edits.changes() { outcome.changes.add(change) }
    // The controller may have used a key made in the meantime for some answers.
    guard try controller.newest(service).fingerprint == newest.fingerprint else {
      throw CommandError(
        "the controller \(service.name) has made a newer key in the meantime",
        hint:
          "fetch and pin it, then run this again: moltseal cert fetch \(CLI.env) \(environment.name)"
      )
    }
    return outcome
  }

  /// Returns the controller's newest certificate, which the environment must trust.
  private func trusted() throws -> SealingCertificate {
    let newest = try controller.newest(service)
    let now = Surroundings.now()
    let isTrusted =
      environment.fingerprints.isEmpty
      ? try SealingCertificate.load(
        override: nil, environment: environment, folder: workspace.folder, now: now
      ).fingerprint == newest.fingerprint
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
    var known: Set<ByBytes> = []
    return try paths.filter { known.insert(ByBytes($0)).inserted }.compactMap { path in
      guard let bytes = try loader.read(path, limit: EnvironmentLoader.sealedLimit),
        bytes.contains(text: "SealedSecret")
      else { return nil }
      let name = Path.join(workspace.folder.path, path)
      do throws(OperationFault) {
        let sources = try SealedSource.read(bytes, file: path, lists: .asObject) {
          supply.namespace(of: name)
        }
        return Work(path: path, bytes: bytes, sources: sources)
      } catch { throw CommandError(error, input: path) }
    }
  }

  /// Returns new ciphertexts for the items that need one, and records them in the lock file.
  private func renew(
    _ source: SealedSource, _ path: String, for key: RSAPublicKey, _ edits: inout LockEdits,
    _ pace: inout Pace, _ outcome: inout Outcome, _ count: inout Int
  ) throws -> [(key: String, value: SealedValue)] {
    try source.checkForm()
    let document = source.document
    var stale: Set<ByBytes> = []
    for item in document.items {
      if try edits.isCurrent(item, of: document, path: path) {
        outcome.untouched += 1
        continue
      }
      guard try edits.has(item.key, of: document, path: path) else {
        outcome.unknown.append("\(document.place): \(item.key)")
        continue
      }
      guard try edits.isAsRecorded(item.key, of: document, path: path) else {
        throw CommandError(
          "'\(item.key)' of '\(document.place)' has another ciphertext than in the lock file",
          hint: "find out what changed it: moltseal check \(CLI.env) \(environment.name)",
          file: path,
          location: item.location)
      }
      stale.insert(ByBytes(item.key))
    }
    count += stale.count
    guard asks, !stale.isEmpty else { return [] }
    let renewed = try controller.renewed(source, service, &pace, for: key).filter {
      stale.contains(ByBytes($0.key))
    }
    for (key, value) in renewed {
      try edits.renew(key, of: document, path: path, value)
    }
    return renewed
  }

  /// Renews the next private keys of a Secret, which are only in the lock file; each is sent as a
  /// SealedSecret of its own.
  private func renewWaiting(
    _ source: SealedSource, _ path: String, for key: RSAPublicKey, _ edits: inout LockEdits,
    _ pace: inout Pace, _ outcome: inout Outcome
  ) throws {
    for (index, waiting) in try edits.waiting(for: source.document, path: path) {
      outcome.items += 1
      guard asks else { continue }
      let alone = try SealedSource.alone(waiting, file: environment.lockPath)
      let renewed = try controller.renewed(alone, service, &pace, for: key)
      guard let value = renewed.first?.value, renewed.count == 1 else { continue }
      try edits.renewWaiting(index, path: path, value)
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
      guard let source = try SealedSource.read(bytes, file: file, lists: .asObject).first else {
        throw OperationFault(.noSealedSecret, "there is no SealedSecret here")
      }
      return source
    } catch { throw CommandError(error, input: file) }
  }
}
