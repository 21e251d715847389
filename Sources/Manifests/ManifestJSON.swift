/// A manifest as the JSON that an API server reads.

package import YAML

extension Node {
  /// This object as JSON.
  ///
  /// - Throws: `YAMLError` for an unquoted scalar that would not be sent as it is written.
  package func json() throws(YAMLError) -> [UInt8] {
    var bytes: [UInt8] = []
    JSONWriter.write(try jsonTree(), to: &bytes)
    return bytes
  }

  private func jsonTree() throws(YAMLError) -> Tree {
    switch content {
    case .alias, .withheld: return .null
    case .scalar(var text, _):
      let type = scalarType ?? .string
      let isKept =
        type == .string || type == .null
        || text.withUTF8 { ScalarType.keepsText(UnsafeRawBufferPointer($0)) }
      guard isKept else {
        throw YAMLError(
          "is \(kindName), which is not sent as it is written; quote it", at: location)
      }
      return .scalar(text, type)
    case .sequence(let items):
      var trees: [Tree] = []
      for item in items { trees.append(try item.jsonTree()) }
      return .sequence(trees)
    case .mapping(let entries):
      var pairs: [(String, Tree)] = []
      for entry in entries {
        guard let key = entry.key.scalar else {
          throw YAMLError("a key is \(entry.key.kindName)", at: entry.key.location)
        }
        pairs.append((key, try entry.value.jsonTree()))
      }
      return .map(pairs)
    }
  }
}
