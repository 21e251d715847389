/// Writes trees as YAML that reads back as the same tree.

package enum YAMLWriter {
  /// A scalar: plain where that is safe, else double-quoted.
  package static func scalar(_ text: String) -> String {
    isPlainSafe(text) ? text : quoted(text)
  }

  /// A double-quoted scalar, which is also a JSON string.
  package static func quoted(_ text: String) -> String {
    var output = "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"": output += "\\\""
      case "\\": output += "\\\\"
      case "\n": output += "\\n"
      case "\t": output += "\\t"
      case "\r": output += "\\r"
      // The last of these change the text direction.
      case "\u{0}"..."\u{1F}", "\u{7F}"..."\u{A0}", "\u{2028}", "\u{2029}", "\u{FEFF}",
        "\u{61C}", "\u{200E}", "\u{200F}", "\u{202A}"..."\u{202E}", "\u{2066}"..."\u{2069}":
        let hex = String(scalar.value, radix: 16)
        output += "\\u" + String(repeating: "0", count: 4 - hex.count) + hex
      default: output.unicodeScalars.append(scalar)
      }
    }
    return output + "\""
  }

  /// The lines of `tree` as a block, each indented by `indent` spaces, without line endings.
  package static func block(_ tree: Tree, indent: Int, sequenceIndent: Int = 2) -> [String] {
    var lines: [String] = []
    block(tree, indent: indent, sequenceIndent: sequenceIndent) { lines.append($0) }
    return lines
  }

  /// The same, one line at a time.
  package static func block(
    _ tree: Tree, indent: Int, sequenceIndent: Int = 2, _ emit: (String) -> Void
  ) {
    let margin = String(repeating: " ", count: indent)
    switch tree {
    case .mapping(let pairs) where !pairs.isEmpty:
      for pair in pairs {
        let key = margin + inline(pair.key) + ":"
        switch pair.value {
        case .mapping(let inner) where !inner.isEmpty:
          emit(key)
          block(pair.value, indent: indent + 2, sequenceIndent: sequenceIndent, emit)
        case .sequence(let items) where !items.isEmpty:
          emit(key)
          block(
            pair.value, indent: indent + sequenceIndent, sequenceIndent: sequenceIndent, emit)
        case .null: emit(key)
        default: emit(key + " " + inline(pair.value))
        }
      }
    case .sequence(let items) where !items.isEmpty:
      for item in items {
        var isFirst = true
        block(item, indent: indent + 2, sequenceIndent: sequenceIndent) { line in
          emit(isFirst ? margin + "- " + line.dropFirst(indent + 2) : line)
          isFirst = false
        }
      }
    default: emit(margin + inline(tree))
    }
  }

  /// Which strings are written in quotes.
  package enum Quotes {
    /// Those that would be read as something else without them.
    case whereNeeded
    case always
  }

  /// `tree` in flow style on one line: JSON, which is also YAML.
  package static func inline(_ tree: Tree, quotes: Quotes = .whereNeeded) -> String {
    switch tree {
    case .scalar(let text, .string): quotes == .always ? quoted(text) : scalar(text)
    case .scalar(let text, .merge): quoted(text)
    case .scalar(let text, let type): type == .null ? "null" : text
    case .sequence(let items):
      "[" + items.map { inline($0, quotes: .always) }.joined(separator: ", ") + "]"
    case .mapping(let pairs):
      "{"
        + pairs.map { inline($0.key, quotes: .always) + ": " + inline($0.value, quotes: .always) }
        .joined(separator: ", ") + "}"
    case .alias(let name): "*" + name
    case .anchored(let name, let tree): "&\(name) " + inline(tree, quotes: quotes)
    }
  }

  private static func isPlainSafe(_ text: String) -> Bool {
    guard let first = text.utf8.first, let last = text.utf8.last else { return false }
    return isMadeOf(safe, text)
      && (isWord(first) || first == UInt8(ascii: "/") || first == UInt8(ascii: "."))
      && last != UInt8(ascii: ":") && text != "..." && ScalarType(plain: text) == .string
      && !looksLikeTime(text)
  }

  /// Whether every byte of a text is in a set; fast, because ciphertexts are long.
  static func isMadeOf(_ set: [Bool], _ text: String) -> Bool {
    set.withUnsafeBufferPointer { set in
      // A string built here is contiguous; any other is walked.
      text.utf8.withContiguousStorageIfAvailable { bytes in
        var isMember = true
        for byte in bytes { isMember = isMember && set[Int(byte)] }
        return isMember
      } ?? text.utf8.allSatisfy { set[Int($0)] }
    }
  }

  /// Whether a byte is allowed anywhere in a plain scalar.
  private static let safe: [Bool] = (0...UInt8.max).map { byte in
    isWord(byte) || "./@:+=-".utf8.contains(byte)
  }

  /// Dates, times and sexagesimals: strings here, but not in every YAML tool.
  private static func looksLikeTime(_ text: String) -> Bool {
    guard let first = text.utf8.first, (48...57).contains(first) else { return false }
    return text.utf8.allSatisfy { (48...57).contains($0) || "-:.TtZz+".utf8.contains($0) }
  }

  private static func isWord(_ byte: UInt8) -> Bool {
    switch byte {
    case 48...57, 65...90, 97...122, 95: true
    default: false
    }
  }
}
