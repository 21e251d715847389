/// `moltseal verify`: checks whether SealedSecrets can be opened, without opening them unless given
/// a key.

internal import ArgumentParser
internal import ClusterAccess
internal import Kubernetes
internal import Manifests
internal import Operations
internal import Rules
internal import Reporting
internal import Reports
internal import Repository
internal import SecretIO
internal import YAML

struct VerifyCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "verify",
    abstract: "Check SealedSecrets without a cluster and without a key.",
    discussion: """
      Checks structure, names, scopes, ciphertexts and the lock file; in a folder, every \
      SealedSecret below it. With --private-key, opens every item and prints nothing of it. With \
      --online, asks the controller, one object every 0.6 seconds. Without either, only the lock \
      file can say which key opens an item; if it does not, verify says so. Exits with 4 if \
      something is wrong.
      """)

  @Option(
    name: [.customLong("cert"), .customLong("certificate")],
    help: ArgumentHelp("The certificate to compare the items with.", valueName: "file"))
  var cert: String?

  @Option(
    name: .customLong("env"),
    help: ArgumentHelp(
      "The environment whose certificate or controller to use.", valueName: "name"))
  var environment: String?

  @Option(
    name: .customLong("private-key"),
    help: ArgumentHelp("Open every item with this key; may be repeated.", valueName: "file"))
  var privateKeys: [String] = []

  @Flag(help: "Ask the controller through kubectl.")
  var online = false

  @Flag(
    name: .customLong("strict"), help: "Exit with 4 also if it is unknown whether items open.")
  var isStrict = false

  @OptionGroup var controller: ControllerOptions

  @OptionGroup var controllerVersion: ControllerVersionOption

  @Option(help: "Output format: text or json.")
  var format = OutputFormat.text

  @Argument(help: ArgumentHelp("Files and folders; - is standard input.", valueName: "path"))
  var paths: [String]

  @OptionGroup var global: GlobalOptions

  func run() throws {
    try global.enter()
    let key = try key()
    let keys = privateKeys.isEmpty ? nil : try PrivateKeys(privateKeys)
    var verdicts = try Verification(
      key: key, keys: keys, version: controllerVersion.version
    ).run(try SealedFile.find(paths))
    guard !verdicts.isEmpty else {
      throw CommandError(
        "found no SealedSecret in \(paths.joined(separator: ", "))", hint: "check the path",
        consequence: nil)
    }
    if online { try ask(&verdicts) }
    switch format {
    case .text: Terminal.output(VerdictWords(verdicts).screen)
    case .json:
      Terminal.outputJSON(
        .map([
          ("objects", .sequence(verdicts.map(\.tree))),
          ("failed", .number(verdicts.count(where: \.hasFailed))),
          ("notKnown", .number(verdicts.count(where: \.isUnknown))),
        ]))
    }
    let isRefused = verdicts.contains { $0.hasFailed || isStrict && $0.isUnknown }
    if isRefused { throw ExitCode(4) }
  }

  /// The key of the certificate to compare the items with.
  private func key() throws -> SealingKey? {
    if let cert { return try SealingCertificate(file: cert).sealingKey(claim: .onlyOne) }
    return online ? nil : try certificate(ofEnvironment: environment)?.sealingKey()
  }

  private func certificate(ofEnvironment environment: String?) throws -> SealingCertificate? {
    guard let environment else { return nil }
    let workspace = try LoadedWorkspace.find()
    return try SealingCertificate.load(
      override: nil, environment: try workspace.environment(environment),
      folder: workspace.folder, now: Surroundings.now())
  }

  private func ask(_ verdicts: inout [Verdict]) throws {
    let controller = try controller.controller(environment: environment)
    let service = try controller.service()
    try controller.ask(about: &verdicts, service)
    let care = ControllerCare(
      controller, certificate: try? certificate(ofEnvironment: environment),
      environment: environment)
    care.say()
    if care.version?.verifiesDecryptionAlone ?? true {
      Notices.say(
        "since version 0.39 the controller checks only that it can decrypt; it does not check spec.template"
      )
    }
  }
}
