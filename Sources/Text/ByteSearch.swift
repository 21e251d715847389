/// Searches in borrowed bytes, which are never copied.

extension UnsafeRawBufferPointer {
  /// Whether these bytes contain others.
  package func holds(_ part: UnsafeRawBufferPointer) -> Bool {
    guard let first = part.first else { return true }
    guard count >= part.count else { return false }
    return (0...count - part.count).contains { start in
      self[start] == first && self[start..<start + part.count].elementsEqual(part)
    }
  }

  /// Whether these bytes contain a text.
  package func holds(_ text: String) -> Bool {
    var text = text
    return text.withUTF8 { holds(UnsafeRawBufferPointer($0)) }
  }
}

extension [UInt8] {
  /// Whether the bytes contain a text.
  package func contains(text: String) -> Bool { withUnsafeBytes { $0.holds(text) } }
}
