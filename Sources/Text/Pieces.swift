/// Splits and searches strings by their bytes.
///
/// Swift's own searches look for whole characters: they find no slash in a `/` with a combining
/// accent after it, and no line feed in a CRLF.

extension String {
  /// The pieces between the occurrences of an ASCII character, including empty ones.
  package func pieces(between separator: Unicode.Scalar, atMost limit: Int = .max) -> [String] {
    // An ASCII character is one byte, and that byte is part of no other character.
    utf8.split(
      separator: UInt8(ascii: separator), maxSplits: limit - 1, omittingEmptySubsequences: false
    ).map { String(Substring($0)) }
  }

  /// The pieces between the occurrences of a non-empty text, in one pass.
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

  /// What follows a prefix; nil if the text does not begin with it.
  package func without(prefix: String) -> String? {
    begins(with: prefix) ? String(Substring(utf8.dropFirst(prefix.utf8.count))) : nil
  }

  /// What precedes a suffix; nil if the text does not end with it.
  package func without(suffix: String) -> String? {
    ends(with: suffix) ? String(Substring(utf8.dropLast(suffix.utf8.count))) : nil
  }

  /// Whether this text contains another.
  package func holds(_ part: String) -> Bool { place(of: part) != nil }

  /// The text before and after the first occurrence of `part`; nil if there is none.
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
