/// Prints opened Secrets, the only intended way for their plaintext to leave the process.

internal import Cryptography
internal import Manifests
internal import Operations
internal import Text
internal import YAML

extension OpenedSecret {
  /// Prints the Secret as one document.
  ///
  /// - Parameter isKubeseal: whether to write an empty value as `null`, as Go does.
  func print(_ format: ManifestFormat, isKubeseal: Bool = false) {
    let after: [(String, Tree)] = type.map { [("type", .string($0))] } ?? []
    let fixed: [(String, Tree)] =
      immutable.map { [("immutable", .scalar($0 ? "true" : "false", .boolean))] } ?? []
    let empty = isKubeseal ? "null" : "\"\""
    switch format {
    case .yaml:
      var head: [UInt8] = []
      format.write(
        .map(
          [("apiVersion", .string("v1")), ("kind", .string("Secret")), ("metadata", metadata)]
            + fixed + after), to: &head)
      Terminal.output(bytes: head)
      if !data.isEmpty { Terminal.output("data:\n") }
      for (key, value) in data {
        Terminal.output("  \(YAMLWriter.scalar(key)): ")
        if value.count > 0 {
          Terminal.outputSecret(Base64.encode(value))
        } else {
          Terminal.output(empty)
        }
        Terminal.output("\n")
      }
    case .json:
      var separator = "{"
      func field(_ key: String, _ value: Tree) {
        var bytes = Array((separator + "\n  \"" + key + "\": ").utf8)
        JSONWriter.write(value, indent: 2, to: &bytes)
        Terminal.output(bytes: bytes)
        separator = ","
      }
      field("kind", .string("Secret"))
      field("apiVersion", .string("v1"))
      field("metadata", metadata)
      for (key, value) in fixed { field(key, value) }
      if !data.isEmpty {
        Terminal.output(",\n  \"data\": {")
        for (index, (key, value)) in data.enumerated() {
          var bytes = Array((index > 0 ? ",\n    " : "\n    ").utf8)
          JSONWriter.write(.string(key), to: &bytes)
          Terminal.output(bytes: bytes + Array(": ".utf8))
          if value.count == 0 {
            Terminal.output(empty)
          } else {
            Terminal.output("\"")
            Terminal.outputSecret(Base64.encode(value))
            Terminal.output("\"")
          }
        }
        Terminal.output("\n  }")
      }
      for (key, value) in after { field(key, value) }
      Terminal.output("\n}\n")
    }
  }

  /// Prints `KEY=value` lines; `Dotenv` decides which keys and values are allowed.
  func printEnvFile() {
    for (key, value) in data {
      Terminal.output("\(key)=")
      Terminal.outputSecret(value)
      Terminal.output("\n")
    }
  }

  /// Prints `KEY="value"` lines; `Dotenv` decides which keys and values are allowed.
  func printDotenv() {
    for (key, value) in data {
      Terminal.output("\(key)=")
      Terminal.outputSecret(Dotenv.quoted(value))
      Terminal.output("\n")
    }
  }
}
