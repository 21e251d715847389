/// `moltseal cert show` and `moltseal cert pin`; `cert fetch` has its own file.

internal import ArgumentParser
internal import ClusterAccess
internal import Kubernetes
internal import Reporting
internal import Repository
internal import Files
internal import Workspace
internal import YAML

struct CertCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "cert", abstract: "Fetch, show and pin the controller's certificate.",
    subcommands: [CertShowCommand.self, CertFetchCommand.self, CertPinCommand.self])
}

struct CertificateOptions: ParsableArguments {
  @OptionGroup var environment: EnvironmentOption

  @Option(
    name: [.customLong("certificate"), .customLong("cert")],
    help: ArgumentHelp("Use this certificate instead of the environment's.", valueName: "file"))
  var certificate: String?

  @OptionGroup var global: GlobalOptions
}

struct CertShowCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "show", abstract: "Show a certificate's fingerprint, size and age.")

  @OptionGroup var options: CertificateOptions

  @Option(help: "Output format: text or json.")
  var format = OutputFormat.text

  func run() throws {
    try options.global.enter()
    let workspace = try LoadedWorkspace.find()
    let environment = try workspace.environment(options.environment.name)
    let now = Surroundings.now()
    let certificate = try SealingCertificate.load(
      override: options.certificate, environment: environment, folder: workspace.folder, now: now)
    let isPinned = environment.fingerprints.contains(certificate.fingerprint)
    let fields: [(String, Tree)] = [
      ("file", .string(certificate.path)),
      ("fingerprint", .string(certificate.fingerprint)),
      ("pinned", .scalar(isPinned ? "true" : "false", .boolean)),
      ("bits", .scalar(String(certificate.bits), .integer)),
      ("notBefore", .string(certificate.notBefore.description)),
      ("notAfter", .string(certificate.notAfter.description)),
      ("ageDays", .scalar(String(certificate.ageInDays(at: now)), .integer)),
    ]
    guard format == .text else { return Terminal.outputJSON(.map(fields)) }
    for (name, value) in fields {
      if case .scalar(let text, _) = value {
        Terminal.output(lines: ["\(name):\(String(repeating: " ", count: 12 - name.count))\(text)"])
      }
    }
  }
}

struct CertPinCommand: ParsableCommand, ChangesFiles {
  static let configuration = CommandConfiguration(
    commandName: "pin",
    abstract: "Add a certificate's fingerprint to moltseal.yml.",
    discussion: """
      First compare the fingerprint with the controller's. With --certificate and a file of the \
      workspace, an environment without a certificate gets this one. Old fingerprints stay: items \
      sealed for an older key of the same controller are kept only while its fingerprint is \
      listed.
      """)

  @Argument(
    help: ArgumentHelp(
      "Fingerprints to pin instead of the certificate's.", valueName: "fingerprint"))
  var fingerprints: [String] = []

  @OptionGroup var options: CertificateOptions

  func validate() throws {
    for fingerprint in fingerprints where !Workspace.isFingerprint(fingerprint) {
      throw ValidationError(
        "'\(fingerprint)' is not a fingerprint, which is sha256: and 64 lower-case hex digits")
    }
  }

  func run() throws {
    try options.global.enter()
    let workspace = try LoadedWorkspace.find()
    let environment = try workspace.environment(options.environment.name)
    let place = workspace.place
    let locks = try place.lock()
    try Interruption.settle(place)
    var pins = fingerprints
    var certificatePath: String?
    if pins.isEmpty || options.certificate != nil {
      let certificate = try SealingCertificate.load(
        override: options.certificate, environment: environment, folder: workspace.folder,
        now: Surroundings.now())
      if !pins.isEmpty, !pins.contains(certificate.fingerprint) {
        throw CommandError(
          "its key is \(certificate.fingerprint), which is not the given fingerprint",
          hint: "find out which of the two is the controller's", file: certificate.path)
      }
      if pins.isEmpty { pins = [certificate.fingerprint] }
      certificatePath = options.certificate.flatMap { workspace.path(of: $0) }
    }
    let missing = pins.filter { !environment.fingerprints.contains($0) }
    let setsPath = environment.certificate == nil ? certificatePath : nil
    try write(missing, setsPath, environment, workspace, place)
    withExtendedLifetime(locks) {}
  }

  private func write(
    _ pins: [String], _ certificate: String?, _ environment: WorkspaceEnvironment,
    _ workspace: LoadedWorkspace, _ place: ChangePlace
  ) throws {
    let path: [PathStep] = ["environments", .key(environment.name)]
    var edits: [TreeChange] = []
    if let certificate { edits.append(.set(path + ["certificate"], .string(certificate))) }
    edits += pins.map { .append(path + ["fingerprints"], .string($0)) }
    guard !edits.isEmpty else { return Notices.say("the fingerprint is already pinned") }
    var changes = ChangeSet()
    do throws(any Error) {
      var editor = try YAMLEditor(workspace.source)
      try editor.apply(edits)
      changes.add(
        FileChange(path: Workspace.fileName, old: workspace.source.bytes, new: editor.bytes))
    } catch let error as EditRefusal {
      throw CommandError(
        error, file: Workspace.fileName,
        by: "add under fingerprints of '\(environment.name)': \(pins.joined(separator: ", "))")
    }
    try Interruption.commit(changes, in: workspace.folder, of: place)
    if certificate == nil, environment.certificate == nil {
      Notices.warn(
        "'\(environment.name)' has no certificate yet; put the file into the workspace, and pass it with --certificate"
      )
    }
    for pin in pins { Notices.say("pinned \(pin) for '\(environment.name)'") }
    if let certificate {
      Notices.say("'\(environment.name)' now has the certificate \(certificate)")
    }
  }
}
