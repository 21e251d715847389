/// `moltseal cert fetch`: fetches the controller's certificate through kubectl.

internal import ArgumentParser
internal import ClusterAccess
internal import Kubernetes
internal import Reporting
internal import Repository
internal import Files
internal import Workspace
internal import YAML

struct CertFetchCommand: ParsableCommand, ChangesFiles {
  static let configuration = CommandConfiguration(
    commandName: "fetch",
    abstract: "Fetch the controller's certificate through kubectl.",
    discussion: """
      Shows the old and the new fingerprint and the source of the certificate, then writes the \
      environment's certificate file. It pins nothing: compare the fingerprint, then run cert pin. \
      With only --context, the certificate goes to standard output.
      """)

  @Option(
    name: .customLong("env"),
    help: ArgumentHelp("The environment, as named in moltseal.yml.", valueName: "name"))
  var environment: String?

  @OptionGroup var controller: ControllerOptions

  @Option(help: ArgumentHelp("The file to write.", valueName: "file"))
  var output: String?

  @Flag(help: AllowDirty.help)
  var allowDirty = false

  @OptionGroup var global: GlobalOptions

  func validate() throws {
    if environment == nil, controller.cluster.context == nil {
      throw ValidationError("pass --env or --context")
    }
  }

  func run() throws {
    try global.enter()
    guard let environment else { return try fetchForContext() }
    let workspace = try LoadedWorkspace.find()
    let target = try workspace.environment(environment)
    guard let path = output ?? target.certificate?.path else {
      throw CommandError(
        "environment '\(target.name)' has no 'certificate'",
        hint: "pass --output FILE, relative to the workspace",
        file: Workspace.fileName, location: target.location)
    }
    let place = workspace.place
    let locks = try place.lock()
    try Interruption.settle(place)
    let old: [UInt8]?
    do throws(FileError) {
      old = try workspace.folder.readIfPresent(path)
    } catch { throw CommandError(error, what: "cannot read the certificate") }
    let (new, certificate) = try fetch(old: old)
    var changes = ChangeSet()
    changes.add(FileChange(path: path, old: old, new: new))
    if !allowDirty, old != nil, !changes.isEmpty, place.git != nil {
      try workspace.checkCommitted(changes, try workspace.askGit([path], of: place))
    }
    if target.certificate?.path != path {
      changes.add(try naming(path, of: target, in: workspace))
    }
    try Interruption.commit(changes, in: workspace.folder, of: place)
    withExtendedLifetime(locks) {}
    Notices.say(changes.isEmpty ? "\(path) already has this certificate" : "wrote \(path)")
    if !target.fingerprints.contains(certificate.fingerprint) {
      Notices.warn(
        "the certificate is not pinned; compare its fingerprint, then: moltseal cert pin --env \(target.name) \(certificate.fingerprint)"
      )
    }
  }

  private func fetchForContext() throws {
    guard let output else { return Terminal.output(bytes: try fetch(old: nil).0) }
    let file = try TargetFile(output, uncommitted: allowDirty ? .overwritten : .refused)
    let old = try file.read()
    let (new, _) = try fetch(old: old)
    let isNew = try file.replace(old, with: new)
    Notices.say(isNew ? "wrote \(output)" : "\(output) already has this certificate")
  }

  /// Fetches the certificate, and prints what it is.
  private func fetch(old: [UInt8]?) throws -> ([UInt8], SealingCertificate) {
    let controller = try controller.controller(environment: environment)
    let service = try controller.service()
    let bytes = try controller.certificateFile(service)
    let now = Surroundings.now()
    let certificate = try SealingCertificate(
      pem: bytes, path: "the certificate of \(service.name)", now: now)
    try certificate.checkVariable()
    let before = old.flatMap { try? SealingCertificate(pem: $0, path: "", now: now) }
    let context = self.controller.cluster.context.map { ", context \($0)" } ?? ""
    Notices.say("source:          \(service.name), through kubectl\(context)")
    Notices.say(
      "old fingerprint: \(before?.fingerprint ?? (old == nil ? "none" : "unreadable"))")
    Notices.say("new fingerprint: \(certificate.fingerprint)")
    Notices.say(
      "issued:          \(certificate.notBefore.description), \(certificate.ageInDays(at: now)) days ago"
    )
    return (bytes, certificate)
  }

  private func naming(
    _ path: String, of environment: WorkspaceEnvironment, in workspace: LoadedWorkspace
  ) throws -> FileChange {
    do throws(any Error) {
      var editor = try YAMLEditor(workspace.source)
      try editor.apply([
        .set(["environments", .key(environment.name), "certificate"], .string(path))
      ])
      return FileChange(
        path: Workspace.fileName, old: workspace.source.bytes, new: editor.bytes)
    } catch let error as EditRefusal {
      throw CommandError(
        error, file: Workspace.fileName,
        by: "add to '\(environment.name)': certificate: \(path)")
    }
  }
}
