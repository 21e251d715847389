/// Checks whether bytes are JSON without keeping them.

/// Whether bytes are exactly one JSON object, or a `null`, which Go reads as an empty one.
package func isJSONObject(_ bytes: UnsafeRawBufferPointer) -> Bool {
  let nothing = Withholding(descend: { _, _ in .hidden }, take: { _ in 0 })
  var parser = JSONParser(bytes, withholding: nothing)
  if bytes.split(whereSeparator: { [9, 10, 13, 32].contains($0) }).map({ Array($0) }) == [
    Array("null".utf8)
  ] {
    return true
  }
  guard let root = try? parser.document().root, parser.isAtEnd() else { return false }
  return root.entries != nil
}
