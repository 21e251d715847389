/// Prints opened Secrets, the only intended way for their plaintext to leave the process.

internal import Cryptography
package import Manifests
internal import SecretIO
internal import Text
internal import YAML

extension OpenedSecret {
  /// Prints the Secret as one document.
  ///
  /// - Parameter style: kubeseal writes an empty value as `null`, as Go does.
  package func write(_ format: ManifestFormat, style: SealingStyle = .moltseal) {
    let empty = style == .kubeseal ? "null" : "\"\""
    switch format {
    case .yaml: writeYAML(empty)
    case .json: writeJSON(empty)
    }
  }

  /// The fields of the Secret before and after its data, if it has them.
  private var fixed: [(String, Tree)] {
    immutable.map { [("immutable", .scalar($0 ? "true" : "false", .boolean))] } ?? []
  }

  private var after: [(String, Tree)] { type.map { [("type", .string($0))] } ?? [] }

  private func writeYAML(_ empty: String) {
    var head: [UInt8] = []
    ManifestFormat.yaml.write(
      .map(
        [("apiVersion", .string("v1")), ("kind", .string("Secret")), ("metadata", metadata)]
          + fixed + after), to: &head)
    StandardOutput.write(head)
    if !data.isEmpty { StandardOutput.write("data:\n") }
    for (key, value) in data {
      StandardOutput.write("  \(YAMLWriter.scalar(key)): ")
      if value.count > 0 {
        StandardOutput.write(secret: Base64.encode(value))
      } else {
        StandardOutput.write(empty)
      }
      StandardOutput.write("\n")
    }
  }

  private func writeJSON(_ empty: String) {
    var separator = "{"
    func field(_ key: String, _ value: Tree) {
      var bytes = Array((separator + "\n  \"" + key + "\": ").utf8)
      JSONWriter.write(value, indent: 2, to: &bytes)
      StandardOutput.write(bytes)
      separator = ","
    }
    field("kind", .string("Secret"))
    field("apiVersion", .string("v1"))
    field("metadata", metadata)
    for (key, value) in fixed { field(key, value) }
    if !data.isEmpty { writeJSONData(empty) }
    for (key, value) in after { field(key, value) }
    StandardOutput.write("\n}\n")
  }

  private func writeJSONData(_ empty: String) {
    StandardOutput.write(",\n  \"data\": {")
    for (index, (key, value)) in data.enumerated() {
      var bytes = Array((index > 0 ? ",\n    " : "\n    ").utf8)
      JSONWriter.write(.string(key), to: &bytes)
      StandardOutput.write(bytes + Array(": ".utf8))
      if value.count == 0 {
        StandardOutput.write(empty)
      } else {
        StandardOutput.write("\"")
        StandardOutput.write(secret: Base64.encode(value))
        StandardOutput.write("\"")
      }
    }
    StandardOutput.write("\n  }")
  }

  /// Prints `KEY=value` lines; `Dotenv` decides which keys and values are allowed.
  func writeEnvFile() {
    for (key, value) in data {
      StandardOutput.write("\(key)=")
      StandardOutput.write(secret: value)
      StandardOutput.write("\n")
    }
  }

  /// Prints `KEY="value"` lines; `Dotenv` decides which keys and values are allowed.
  func writeDotenv() {
    for (key, value) in data {
      StandardOutput.write("\(key)=")
      StandardOutput.write(secret: Dotenv.quoted(value))
      StandardOutput.write("\n")
    }
  }
}
