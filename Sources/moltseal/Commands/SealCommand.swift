/// `moltseal seal` and `moltseal merge`: the work of kubeseal for one file, without a workspace.

internal import ArgumentParser
internal import Kubernetes
internal import Manifests

extension Scope: ExpressibleByArgument {}

/// The options that say what to seal, and for whom.
struct SealOptions: ParsableArguments {
  @Option(help: ArgumentHelp("The controller's certificate.", valueName: "file"))
  var cert: String?

  @Option(
    name: [.customShort("f"), .customLong("secret-file")],
    help: ArgumentHelp(
      "Read the Secrets from this file instead of standard input.", valueName: "file"))
  var secretFile: String?

  @Option(help: "The scope: strict, namespace-wide or cluster-wide.")
  var scope: Scope?

  @Option(
    name: .shortAndLong,
    help: ArgumentHelp("The namespace for a Secret that has none.", valueName: "namespace"))
  var namespace: String?

  @Flag(help: "Seal a Secret without data.")
  var allowEmptyData = false

  @Flag(help: AllowDirty.help)
  var allowDirty = false
}

struct SealCommand: ParsableCommand, ChangesFiles {
  static let configuration = CommandConfiguration(
    commandName: "seal",
    abstract: "Seal Secrets with kubeseal's flags.",
    discussion: """
      Reads Secrets as YAML or JSON, all documents and lists, and prints SealedSecrets: all of \
      them, or none. Every flag can be set with kubeseal's variable, such as SEALED_SECRETS_CERT. \
      A link named kubeseal accepts kubeseal's whole command line.
      """)

  @OptionGroup var options: SealOptions

  @Option(
    name: [.customShort("w"), .customLong("sealed-secret-file")],
    help: ArgumentHelp(
      "Write this file instead of standard output; .yaml and .yml select YAML.",
      valueName: "file"))
  var sealedSecretFile: String?

  @Option(name: [.customShort("o"), .customLong("format")], help: "Output format: json or yaml.")
  var format: ManifestFormat?

  @Option(help: ArgumentHelp("The name of the Secret.", valueName: "name"))
  var name: String?

  @Flag(help: "Seal one value instead of a Secret, and print only the ciphertext.")
  var raw = false

  @Option(
    help: ArgumentHelp(
      "Read the value for --raw from this file instead of standard input.", valueName: "[key=]file")
  )
  var fromFile: String?

  @OptionGroup var global: GlobalOptions

  /// `SealingFlags` handles every valid command line.
  func run() throws { throw ValidationError("seal takes no argument; -f names a file") }
}

struct MergeCommand: ParsableCommand, ChangesFiles {
  static let configuration = CommandConfiguration(
    commandName: "merge",
    abstract: "Seal Secrets into files of SealedSecrets.",
    discussion: """
      Seals the items for the name, namespace and scope of the target, and replaces only their \
      bytes: comments, order and format stay. Several Secrets go into the documents with their \
      names.
      """)

  @OptionGroup var options: SealOptions

  @Argument(help: ArgumentHelp("The file of SealedSecrets.", valueName: "target"))
  var target: String

  @OptionGroup var global: GlobalOptions

  /// `SealingFlags` handles every valid command line.
  func run() throws { throw ValidationError("merge takes one target") }
}
