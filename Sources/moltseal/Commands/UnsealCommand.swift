/// `moltseal unseal`: opens SealedSecrets with a backed-up controller key.

internal import ArgumentParser
internal import Cryptography
internal import Manifests
internal import Operations
internal import Text

extension ManifestFormat: ExpressibleByArgument {}

/// The output formats of opened Secrets.
enum UnsealFormat: String, CaseIterable, ExpressibleByArgument {
  case yaml, json, dotenv
  case envFile = "env-file"
}

struct UnsealCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "unseal",
    abstract: "Open SealedSecrets with a backed-up private key of the controller.",
    discussion: """
      Prints the Secrets in plain text to standard output: all of them, or none. The key may be \
      PEM, with or without a passphrase, or the Secret or List that kubectl wrote as a backup. \
      With several keys, standard error says which key opened which item.
      """)

  @Option(
    name: .customLong("private-key"),
    help: ArgumentHelp("A private key; may be repeated.", valueName: "file"))
  var privateKeys: [String]

  @Option(
    name: [.customShort("o"), .customLong("output")],
    help:
      "Output format: yaml, json, env-file (forkubectl create --from-env-file, docker --env-file), or dotenv (quoted, for shells and dotenv libraries)."
  )
  var output = UnsealFormat.yaml

  @Option(help: ArgumentHelp("Print only the value of this key.", valueName: "name"))
  var key: String?

  @Flag(
    name: .customLong("keep-going"),
    help: "Print what can be opened, and list what cannot; the exit status is then 4.")
  var keepsGoing = false

  @OptionGroup var controller: ControllerVersionOption

  @Argument(help: ArgumentHelp("The files; - is standard input.", valueName: "file"))
  var files: [String]

  @OptionGroup var global: GlobalOptions

  func run() throws {
    try global.enter()
    let (secrets, leftOut) = try UnsealRequest(
      keys: privateKeys, files: files, version: controller.version, keepsGoing: keepsGoing
    ).open()
    do { try print(secrets) } catch let error as CommandError where !leftOut.isEmpty {
      throw CommandError(leftOut + error.diagnostics, consequence: error.consequence)
    }
    guard !leftOut.isEmpty else { return }
    throw CommandError(
      leftOut, consequence: "\(leftOut.count) left out; everything else was printed", status: 4)
  }

  private func print(_ secrets: [OpenedSecret]) throws {
    if let key { return try printValue(key, of: secrets) }
    switch output {
    case .yaml: for secret in secrets { secret.print(.yaml) }
    case .json: for secret in secrets { secret.print(.json) }
    case .dotenv:
      try check(secrets, name: { Dotenv.isName($0) }, value: { Dotenv.faultOfQuoted($0) })
      for secret in secrets { secret.printDotenv() }
    case .envFile:
      try check(secrets, name: { Dotenv.isNameOfKubectl($0) }, value: { Dotenv.faultOfBare($0) })
      for secret in secrets { secret.printEnvFile() }
    }
  }

  private func printValue(_ key: String, of secrets: [OpenedSecret]) throws {
    let values = secrets.flatMap { $0.data.filter { $0.key === key } }
    guard values.count == 1 else {
      let keys = secrets.flatMap(\.data).map(\.key)
      throw CommandError(
        values.isEmpty
          ? "no item has the key '\(key)'" : "\(values.count) items have the key '\(key)'",
        hint: values.isEmpty
          ? "the keys are: \(keys.joined(separator: ", "))" : "name one file with one SealedSecret",
        consequence: "nothing was printed")
    }
    for (_, value) in values { Terminal.outputSecret(value) }
  }

  /// Refuses what an env file cannot contain, before any line is printed.
  private func check(
    _ secrets: [OpenedSecret], name: (String) -> Bool, value: (SecretBytes) -> String?
  ) throws {
    var seen: Set<String> = []
    for (key, secret) in secrets.flatMap(\.data) {
      let fault =
        !name(key)
        ? "is not a variable name"
        : value(secret)
          ?? (output == .envFile && key.utf8.count + 1 + secret.count > Dotenv.longestLine
            ? "is longer than the 64 KiB that kubectl reads per line" : nil)
          ?? (seen.insert(key).inserted ? nil : "is listed twice")
      if let fault {
        throw CommandError(
          "'\(key)' \(fault), so an env file cannot contain it", hint: "use -o yaml or --key",
          consequence: "nothing was printed")
      }
    }
  }
}
