/// `moltseal seal` and `moltseal merge`: kubeseal's work for one file, without a workspace.

internal import ArgumentParser
internal import Manifests
internal import Sealing

extension Scope: ExpressibleByArgument {}

/// The options that say what is sealed, and for whom.
struct SealOptions: ParsableArguments {
  @Option(help: ArgumentHelp("The controller's certificate.", valueName: "file"))
  var cert: String?

  @Option(
    name: [.customShort("f"), .customLong("secret-file")],
    help: ArgumentHelp("The Secrets, instead of standard input.", valueName: "file"))
  var secretFile: String?

  @Option(help: "The scope: strict, namespace-wide or cluster-wide.")
  var scope: Scope?

  @Option(
    name: .shortAndLong,
    help: ArgumentHelp("The namespace of a Secret that has none.", valueName: "namespace"))
  var namespace: String?

  @Flag(help: "Seal a Secret without data.")
  var allowEmptyData = false

  @Flag(help: AllowDirty.help)
  var allowDirty = false

  /// A flag's value: from the command line, else from its variable.
  static func variable(_ flag: String) -> String? {
    Environment.text(KubesealFlag.variable(of: flag))
  }

  func certificate() throws -> SealingCertificate {
    guard let file = cert ?? SealOptions.variable("cert") else {
      throw CommandError(
        "no certificate is given",
        hint: "give --cert FILE; moltseal cert fetch --context C gets the controller's")
    }
    return try SealingCertificate(sealingFor: file)
  }

  func scopeOrVariable() throws -> Scope {
    if let scope { return scope }
    guard let text = SealOptions.variable("scope") else { return .strict }
    guard let scope = Scope(rawValue: text) else {
      throw CommandError(
        "SEALED_SECRETS_SCOPE is '\(text)'", hint: "it is strict, namespace-wide or cluster-wide",
        status: 64)
    }
    return scope
  }

  func request() throws -> SealRequest {
    var request = SealRequest()
    request.input = secretFile ?? SealOptions.variable("secret-file") ?? "-"
    request.scope = try scopeOrVariable()
    request.namespace = namespace ?? SealOptions.variable("namespace")
    request.allowsEmptyData =
      allowEmptyData || SealOptions.variable("allow-empty-data") == "true"
    request.allowsUncommitted = allowDirty
    return request
  }
}

struct SealCommand: ParsableCommand, ChangesFiles {
  static let configuration = CommandConfiguration(
    commandName: "seal",
    abstract: "Seal Secrets with kubeseal's flags.",
    discussion: """
      Reads Secrets as YAML or JSON, all documents and lists, and prints SealedSecrets: all of \
      them, or none. Every flag has kubeseal's variable, SEALED_SECRETS_CERT for instance. A link \
      named kubeseal takes kubeseal's whole command line.
      """)

  @OptionGroup var options: SealOptions

  @Option(
    name: [.customShort("w"), .customLong("sealed-secret-file")],
    help: ArgumentHelp(
      "Write this file instead of standard output; .yaml and .yml select YAML.",
      valueName: "file"))
  var sealedSecretFile: String?

  @Option(name: [.customShort("o"), .customLong("format")], help: "How to print: json or yaml.")
  var format: ManifestFormat?

  @Option(help: ArgumentHelp("The name of the Secret.", valueName: "name"))
  var name: String?

  @Flag(help: "Seal one value, not a Secret, and print the ciphertext alone.")
  var raw = false

  @Option(
    help: ArgumentHelp("The value for --raw, instead of standard input.", valueName: "[key=]file"))
  var fromFile: String?

  @OptionGroup var global: GlobalOptions

  func run() throws {
    try global.enter()
    let isRaw = raw || SealOptions.variable("raw") == "true"
    let file = fromFile ?? SealOptions.variable("from-file")
    let name = name ?? SealOptions.variable("name")
    let output = sealedSecretFile ?? SealOptions.variable("sealed-secret-file")
    if file != nil, !isRaw {
      throw CommandError("--from-file needs --raw", hint: "or give the Secret with -f", status: 64)
    }
    let certificate = try options.certificate()
    if isRaw {
      try RawSealRequest(
        input: file.map { String($0.split(separator: "=", maxSplits: 1).last ?? "") } ?? "-",
        output: output, scope: try options.scopeOrVariable(),
        namespace: options.namespace ?? SealOptions.variable("namespace"), name: name,
        allowsUncommitted: options.allowDirty
      ).run(for: certificate)
    } else {
      var request = try options.request()
      request.name = name
      request.output = output
      request.format = try ManifestFormat.sealing(
        format?.rawValue ?? SealOptions.variable("format"), output: output)
      try request.run(for: certificate)
    }
  }
}

extension ManifestFormat {
  /// The format that a flag or a variable and the name of the output ask for; JSON by default.
  static func sealing(_ text: String?, output: String?) throws -> ManifestFormat {
    if let output, output.hasSuffix(".yaml") || output.hasSuffix(".yml") { return .yaml }
    guard let text, !text.isEmpty else { return .json }
    guard let format = ManifestFormat(rawValue: text.lowercased()) else {
      throw CommandError("'\(text)' is no output format", hint: "it is json or yaml")
    }
    return format
  }
}

struct MergeCommand: ParsableCommand, ChangesFiles {
  static let configuration = CommandConfiguration(
    commandName: "merge",
    abstract: "Seal Secrets into files of SealedSecrets.",
    discussion: """
      The items are sealed for the name, namespace and scope that the target has, and put in by \
      byte range: comments, order and format stay. Several Secrets go into the documents of \
      their names.
      """)

  @OptionGroup var options: SealOptions

  @Argument(help: ArgumentHelp("The file of SealedSecrets.", valueName: "target"))
  var target: String

  @OptionGroup var global: GlobalOptions

  func run() throws {
    try global.enter()
    let certificate = try options.certificate()
    try MergeRequest(seal: try options.request(), target: target).run(for: certificate)
  }
}
