/// Texts taken apart at ASCII characters, wherever those stand in the bytes.
///
/// Swift's own searches look for whole characters: in `/` with a combining accent behind it there is
/// no slash for them, and in a line end of two bytes no line feed.

extension String {
  /// The pieces between the occurrences of an ASCII character, empty ones included.
  package func pieces(between separator: Unicode.Scalar, atMost limit: Int = .max) -> [String] {
    // An ASCII character is one byte, and that byte is part of no other character.
    utf8.split(
      separator: UInt8(ascii: separator), maxSplits: limit - 1, omittingEmptySubsequences: false
    ).map { String(Substring($0)) }
  }

  /// The pieces between the occurrences of a text that is not empty, in one walk.
  package func pieces(aroundText part: String) -> [String] {
    var pieces: [String] = []
    var rest = utf8[...]
    var start = rest.startIndex
    while !rest.isEmpty {
      guard rest.starts(with: part.utf8) else {
        rest = rest.dropFirst()
        continue
      }
      pieces.append(String(Substring(utf8[start..<rest.startIndex])))
      rest = rest.dropFirst(part.utf8.count)
      start = rest.startIndex
    }
    pieces.append(String(Substring(utf8[start...])))
    return pieces
  }

  package func begins(with prefix: String) -> Bool { utf8.starts(with: prefix.utf8) }

  package func ends(with suffix: String) -> Bool {
    utf8.reversed().starts(with: suffix.utf8.reversed())
  }

  /// What follows a prefix; nil where the text does not begin so.
  package func without(prefix: String) -> String? {
    begins(with: prefix) ? String(Substring(utf8.dropFirst(prefix.utf8.count))) : nil
  }

  /// What comes before a suffix; nil where the text does not end so.
  package func without(suffix: String) -> String? {
    ends(with: suffix) ? String(Substring(utf8.dropLast(suffix.utf8.count))) : nil
  }

  /// Whether a text stands somewhere in this one.
  package func holds(_ part: String) -> Bool { place(of: part) != nil }

  /// The text before and the text after the first occurrence of `part`; nil where there is none.
  package func place(of part: String) -> (before: String, after: String)? {
    var rest = utf8[...]
    while !rest.isEmpty || part.isEmpty {
      if rest.starts(with: part.utf8) {
        return (
          String(Substring(utf8[..<rest.startIndex])),
          String(Substring(rest.dropFirst(part.utf8.count)))
        )
      }
      rest = rest.dropFirst()
    }
    return nil
  }
}
