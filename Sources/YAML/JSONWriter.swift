/// Writes trees as JSON, byte for byte like Go's `json.MarshalIndent` with two spaces.

package enum JSONWriter {
  /// Appends `tree`; its first line continues the last line of the output.
  ///
  /// - Parameter indent: the indentation of its last line, in spaces.
  /// - Parameter drain: receives the output between two elements, and may take it.
  package static func write(
    _ tree: Tree, indent: Int = 0, to output: inout [UInt8],
    drain: (inout [UInt8]) -> Void = { _ in }
  ) {
    switch tree {
    case .scalar(let text, .string), .scalar(let text, .merge), .alias(let text):
      output.append(UInt8(ascii: "\""))
      write(string: text, to: &output)
      output.append(UInt8(ascii: "\""))
    case .scalar(_, .null): output += "null".utf8
    case .scalar(let text, _): output += text.utf8
    case .anchored(_, let tree): write(tree, indent: indent, to: &output, drain: drain)
    case .sequence(let items):
      list(("[", "]"), items, indent, &output) {
        write($0, indent: indent + 2, to: &$1, drain: drain)
      }
    case .mapping(let pairs):
      list(("{", "}"), pairs, indent, &output) { pair, output in
        write(pair.key, to: &output)
        output += ": ".utf8
        write(pair.value, indent: indent + 2, to: &output, drain: drain)
        drain(&output)
      }
    }
  }

  private static func list<Element>(
    _ brackets: (open: Unicode.Scalar, close: Unicode.Scalar), _ elements: [Element], _ indent: Int,
    _ output: inout [UInt8], _ write: (Element, inout [UInt8]) -> Void
  ) {
    output.append(UInt8(ascii: brackets.open))
    for (index, element) in elements.enumerated() {
      if index > 0 { output.append(UInt8(ascii: ",")) }
      newLine(indent + 2, &output)
      write(element, &output)
    }
    if !elements.isEmpty { newLine(indent, &output) }
    output.append(UInt8(ascii: brackets.close))
  }

  /// Starts a line that is indented by `indent` spaces.
  package static func newLine(_ indent: Int, _ output: inout [UInt8]) {
    output.append(10)
    output.append(contentsOf: repeatElement(32, count: indent))
  }

  /// Whether Go writes an ASCII byte as it is: `<`, `>` and `&` are escaped for HTML.
  private static let isPlain: [Bool] = (0...UInt8.max).map { byte in
    byte >= 32 && byte < 128 && !"\"\\<>&".utf8.contains(byte)
  }

  private static func write(string text: String, to output: inout [UInt8]) {
    if YAMLWriter.isMadeOf(isPlain, text) {
      output += text.utf8
      return
    }
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"": output += "\\\"".utf8
      case "\\": output += "\\\\".utf8
      case "\n": output += "\\n".utf8
      case "\r": output += "\\r".utf8
      case "\t": output += "\\t".utf8
      case "\u{8}": output += "\\b".utf8
      case "\u{C}": output += "\\f".utf8
      case "\u{0}"..."\u{1F}", "<", ">", "&", "\u{2028}", "\u{2029}":
        let hex = String(scalar.value, radix: 16)
        output += ("\\u" + String(repeating: "0", count: 4 - hex.count) + hex).utf8
      default: output += String(scalar).utf8
      }
    }
  }
}
