/// `moltseal unseal`: opens SealedSecrets with a backed-up controller key.

internal import ArgumentParser
internal import Manifests
internal import Operations
internal import Reporting

extension ManifestFormat: ExpressibleByArgument {}

extension OpenedFormat: ExpressibleByArgument {}

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
      "Output format: yaml, json, env-file (for kubectl create --from-env-file, docker --env-file), or dotenv (quoted, for shells and dotenv libraries)."
  )
  var output = OpenedFormat.yaml

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
      keys: privateKeys, files: files, version: controller.version,
      unopened: keepsGoing ? .leftOut : .refused
    ).open()
    do { try OpenedOutput(secrets).write(output, key: key) } catch let error as CommandError
      where !leftOut.isEmpty
    {
      throw CommandError(leftOut + error.diagnostics, consequence: error.consequence)
    }
    guard !leftOut.isEmpty else { return }
    throw CommandError(
      leftOut, consequence: "\(leftOut.count) left out; everything else was printed", status: 4)
  }
}
