/// Bytes that are looked for in bytes, which are lent and copied nowhere.

extension UnsafeRawBufferPointer {
  /// Whether some bytes stand somewhere in these.
  package func holds(_ part: UnsafeRawBufferPointer) -> Bool {
    guard let first = part.first else { return true }
    guard count >= part.count else { return false }
    return (0...count - part.count).contains { start in
      self[start] == first && self[start..<start + part.count].elementsEqual(part)
    }
  }

  /// Whether a text stands somewhere in these.
  package func holds(_ text: String) -> Bool {
    var text = text
    return text.withUTF8 { holds(UnsafeRawBufferPointer($0)) }
  }
}

extension [UInt8] {
  /// Whether a text stands somewhere in the bytes.
  package func contains(text: String) -> Bool { withUnsafeBytes { $0.holds(text) } }
}
