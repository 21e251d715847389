/// Whether bytes are JSON, without keeping any of them.

/// Whether bytes are one JSON object and nothing else.
package func isJSONObject(_ bytes: UnsafeRawBufferPointer) -> Bool {
  let nothing = Withholding(descend: { _, _ in .hidden }, take: { _ in 0 })
  var parser = JSONParser(bytes, withholding: nothing)
  guard let root = try? parser.document().root, parser.isAtEnd() else { return false }
  return root.entries != nil
}
