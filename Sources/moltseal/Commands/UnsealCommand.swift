/// `moltseal unseal`: recovery from a backed-up controller key.

internal import ArgumentParser
internal import Manifests
internal import Operations
internal import Text

extension ManifestFormat: ExpressibleByArgument {}

/// How opened Secrets are printed.
enum UnsealFormat: String, CaseIterable, ExpressibleByArgument {
  case yaml, json, dotenv
}

struct UnsealCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "unseal",
    abstract: "Open SealedSecrets with a backed-up private key of the controller.",
    discussion: """
      Prints the Secrets, in plain text, to standard output: all of them, or none. The key may be \
      PEM, with a passphrase or without, or the Secret or List that kubectl wrote as a backup. \
      With several keys, standard error says which one opened which item.
      """)

  @Option(
    name: .customLong("private-key"),
    help: ArgumentHelp("A private key; may be given again.", valueName: "file"))
  var privateKeys: [String]

  @Option(
    name: [.customShort("o"), .customLong("output")], help: "How to print: yaml, json or dotenv.")
  var output = UnsealFormat.yaml

  @Option(help: ArgumentHelp("Print the value under this key alone.", valueName: "name"))
  var key: String?

  @OptionGroup var controller: ControllerVersionOption

  @Argument(help: ArgumentHelp("The files; - for standard input.", valueName: "file"))
  var files: [String]

  @OptionGroup var global: GlobalOptions

  func run() throws {
    try global.enter()
    let secrets = try UnsealRequest(
      keys: privateKeys, files: files, version: controller.version
    ).run()
    if let key { return try printValue(key, of: secrets) }
    switch output {
    case .yaml: for secret in secrets { secret.print(.yaml) }
    case .json: for secret in secrets { secret.print(.json) }
    case .dotenv: try printDotenv(secrets)
    }
  }

  private func printValue(_ key: String, of secrets: [OpenedSecret]) throws {
    let values = secrets.flatMap { $0.data.filter { $0.key === key } }
    guard values.count == 1 else {
      let keys = secrets.flatMap(\.data).map(\.key)
      throw CommandError(
        values.isEmpty ? "no item is called '\(key)'" : "\(values.count) items are called '\(key)'",
        hint: values.isEmpty
          ? "there are: \(keys.joined(separator: ", "))" : "name one file with one SealedSecret",
        consequence: "nothing was printed")
    }
    for (_, value) in values { Terminal.outputSecret(value) }
  }

  private func printDotenv(_ secrets: [OpenedSecret]) throws {
    var seen: Set<String> = []
    for (key, value) in secrets.flatMap(\.data) {
      let fault =
        !Dotenv.isName(key)
        ? "is no name of a variable"
        : !Dotenv.canHold(value)
          ? "is not text" : !seen.insert(key).inserted ? "stands twice" : nil
      if let fault {
        throw CommandError(
          "'\(key)' \(fault), so that an env file cannot hold it", hint: "use -o yaml or --key",
          consequence: "nothing was printed")
      }
    }
    for secret in secrets { secret.printDotenv() }
  }
}
