/// Text from outside, made safe to show.

/// Escapes what could move the cursor or imitate a line of ours.
package enum Visible {
  /// The longest text, in characters; the middle of a longer one is left out.
  private static let longest = 4000

  /// Returns `text` with control characters escaped.
  ///
  /// Names come from files that anybody may have written; they must not move the cursor or imitate
  /// a line of moltseal. The middle of a very long text is left out.
  package static func text(_ text: String) -> String {
    if text.utf8.count > longest, text.count > longest {
      let half = longest / 2
      return escaped("\(text.prefix(half))… (\(text.count) characters) …\(text.suffix(half))")
    }
    return escaped(text)
  }

  /// Returns `text`, whatever its length, with control characters escaped.
  package static func escaped(_ text: String) -> String {
    guard text.unicodeScalars.contains(where: { isControl($0) }) else { return text }
    return text.unicodeScalars.map {
      isControl($0) ? "\\u{\(String($0.value, radix: 16))}" : String($0)
    }
    .joined()
  }

  /// Whether a scalar is C0, DEL, C1, a Unicode line break, or changes the text direction.
  private static func isControl(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.value {
    case 0..<32, 127..<160: true
    case 0x061C, 0x200E, 0x200F, 0x2028...0x202E, 0x2066...0x2069, 0xFEFF: true
    default: false
    }
  }
}
