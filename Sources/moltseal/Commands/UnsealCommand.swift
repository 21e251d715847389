/// `moltseal unseal`: recovery from a backed-up controller key.

internal import ArgumentParser
internal import Cryptography
internal import Manifests
internal import Recovery
internal import Sealing
internal import YAML

enum ManifestFormat: String, CaseIterable, ExpressibleByArgument {
  case yaml, json
}

struct UnsealCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "unseal",
    abstract: "Open SealedSecrets with a backed-up private key of the controller.",
    discussion: """
      Prints the Secrets, in plain text, to standard output: all of them, or none. The key may be \
      PEM, or the Secret or List that kubectl wrote as a backup.
      """)

  @Option(
    name: .customLong("private-key"),
    help: ArgumentHelp("A private key; may be given again.", valueName: "file"))
  var privateKeys: [String]

  @Option(name: [.customShort("o"), .customLong("output")], help: "How to print: yaml or json.")
  var output = ManifestFormat.yaml

  @Argument(help: ArgumentHelp("The files; - for standard input.", valueName: "file"))
  var files: [String]

  @OptionGroup var global: GlobalOptions

  func run() throws {
    try global.enter()
    let keys = try privateKeys.flatMap { try PrivateKeyReader.keys(in: $0) }
    var secrets: [OpenedSecret] = []
    var faults: [Diagnostic] = []
    for file in files {
      let (opened, failed) = try open(file, keys)
      secrets += opened
      faults += failed
    }
    guard faults.isEmpty else {
      throw CommandError(faults, consequence: "nothing was printed")
    }
    for secret in secrets { secret.print(output) }
  }

  private func open(
    _ file: String, _ keys: [RSAPrivateKey]
  ) throws -> (secrets: [OpenedSecret], faults: [Diagnostic]) {
    var secrets: [OpenedSecret] = []
    var faults: [Diagnostic] = []
    do throws(any Error) {
      let documents = try parseYAML(try SourceText(try PlainFile.read(file)))
      let roots = documents.compactMap(\.root).flatMap { root in
        root["kind"]?.scalar?.hasSuffix("List") == true ? root["items"]?.items ?? [] : [root]
      }
      guard !roots.isEmpty else {
        throw YAMLError("holds no SealedSecret", at: Location(line: 1, column: 1))
      }
      for root in roots {
        let document = try SealedSecretDocument(root, index: 0)
        secrets.append(try OpenedSecret(document, root, keys: keys, file: file, &faults))
      }
    } catch let error as YAMLError {
      throw CommandError(error, file: file)
    }
    return (secrets, faults)
  }
}

/// Private keys from a file that a person named.
enum PrivateKeyReader {
  static func keys(in file: String) throws -> [RSAPrivateKey] {
    do throws(any Error) {
      return try PrivateKeyFile.keys(in: try PlainFile.readSecret(file))
    } catch let error as PrivateKeyFile.ReadError {
      let (message, line): (String, Int?) =
        switch error {
        case .noKey: ("holds no private key", nil)
        case .notPrivate(let found): ("holds a \(found), not a private key", nil)
        case .encrypted(let line): ("is encrypted, which this version cannot read", line)
        case .notRSA(let type, let line): ("is a key of type \(type), not RSA", line)
        case .unreadable(let line): ("is not a private key that can be read", line)
        }
      throw CommandError(
        message,
        hint:
          "a backup is made with: kubectl get secret -n kube-system -l sealedsecrets.bitnami.com/sealed-secrets-key -o yaml",
        file: file, location: line.map { Location(line: $0, column: 1) },
        consequence: "nothing was printed")
    }
  }
}
