/// Parses JSON (RFC 8259) into the same trees as YAML.

/// Reads one JSON value at a time from bytes that may contain secrets.
///
/// libyaml refuses some JSON, and cannot read a stream of values.
package struct JSONParser {
  private let bytes: UnsafeRawBufferPointer
  private let withholding: Withholding
  /// The offset of the next byte.
  package private(set) var position: Int
  private var line: Int
  private var lineStart: Int
  private var budget = NodeBudget()

  /// - Parameter line: the line number of `position`, from 1.
  package init(
    _ bytes: UnsafeRawBufferPointer, from position: Int = 0, line: Int = 1,
    withholding: Withholding
  ) {
    self.bytes = bytes
    self.withholding = withholding
    self.position = position
    self.line = line
    lineStart = position
  }

  /// The location of the next byte.
  package var location: Location { Location(line: line, column: position - lineStart + 1) }

  /// Whether only white space is left.
  package mutating func isAtEnd() -> Bool {
    skipSpace()
    return position == bytes.count
  }

  /// The next byte that is not white space.
  package mutating func peek() -> UInt8? {
    skipSpace()
    return position < bytes.count ? bytes[position] : nil
  }

  /// Reads the next value.
  ///
  /// - Throws: `YAMLError` if the text is not JSON; its message contains nothing of the text.
  package mutating func document() throws(YAMLError) -> Document {
    let start = position
    budget.beginDocument()
    return Document(root: try value(.open, depth: 0), start: start, end: position)
  }

  /// Skips the rest of a line that begins with `---`; false if there is none.
  package mutating func skipSeparator() -> Bool {
    skipSpace()
    guard position == lineStart, bytes[position...].starts(with: "---".utf8) else { return false }
    let end = bytes[position...].firstIndex(of: 10) ?? bytes.count
    let rest = bytes[position + 3..<end]
    let text = rest.first { $0 != 32 && $0 != 9 && $0 != 13 }
    guard text == nil || text == UInt8(ascii: "#") else { return false }
    position = end
    return true
  }

  private mutating func value(_ level: Withholding.Level, depth: Int) throws(YAMLError) -> Node {
    guard depth < 100 else { throw YAMLError("nests deeper than 100 levels", at: location) }
    skipSpace()
    let start = location
    try budget.take(at: start)
    switch position < bytes.count ? bytes[position] : 0 {
    case UInt8(ascii: "{"): return node(try object(level, depth: depth), start)
    case UInt8(ascii: "["): return node(try array(level, depth: depth), start)
    case UInt8(ascii: "\""):
      let withholding = withholding
      let content = try string { raw -> Node.Content in
        level == .shown
          ? .scalar(String(decoding: raw, as: UTF8.self), .doubleQuoted)
          : .withheld(withholding.take(raw), .string)
      }
      return node(content, start)
    default: return node(try word(level), start)
    }
  }

  private func node(_ content: Node.Content, _ location: Location) -> Node {
    Node(content: content, range: 0..<0, anchor: nil, tag: nil, isFlow: true, location: location)
  }

  private mutating func object(
    _ level: Withholding.Level, depth: Int
  ) throws(YAMLError) -> Node.Content {
    var entries: [Node.Entry] = []
    try list(UInt8(ascii: "}")) { (parser: inout JSONParser) throws(YAMLError) in
      let start = parser.location
      guard parser.peek() == UInt8(ascii: "\"") else { throw parser.failure("a key in quotes") }
      let key = try parser.string { String(decoding: $0, as: UTF8.self) }
      try parser.expect(UInt8(ascii: ":"), "':'")
      let value = try parser.value(parser.withholding.descend(key, level), depth: depth + 1)
      entries.append(.init(key: parser.node(.scalar(key, .doubleQuoted), start), value: value))
    }
    return .mapping(entries)
  }

  private mutating func array(
    _ level: Withholding.Level, depth: Int
  ) throws(YAMLError) -> Node.Content {
    var items: [Node] = []
    try list(UInt8(ascii: "]")) { (parser: inout JSONParser) throws(YAMLError) in
      items.append(try parser.value(level, depth: depth + 1))
    }
    return .sequence(items)
  }

  /// Reads the items between an opening bracket, which is next, and `end`, separated by commas.
  private mutating func list(
    _ end: UInt8, _ item: (inout JSONParser) throws(YAMLError) -> Void
  ) throws(YAMLError) {
    position += 1
    if peek() == end {
      position += 1
      return
    }
    while true {
      skipSpace()
      try item(&self)
      if peek() == end {
        position += 1
        return
      }
      try expect(UInt8(ascii: ","), "',' or '\(Character(Unicode.Scalar(end)))'")
    }
  }

  private mutating func word(_ level: Withholding.Level) throws(YAMLError) -> Node.Content {
    let start = position
    while position < bytes.count, JSONParser.isWord(bytes[position]) { position += 1 }
    let text = UnsafeRawBufferPointer(rebasing: bytes[start..<position])
    let type = ScalarType(plain: text)
    let isWord = ["true", "false", "null"].contains { text.elementsEqual($0.utf8) }
    guard isWord || JSONParser.isNumber(text) else {
      position = start
      throw failure("a value")
    }
    guard level == .shown else { return .withheld(withholding.take(text), type) }
    return .scalar(String(decoding: text, as: UTF8.self), .plain)
  }

  private static func isWord(_ byte: UInt8) -> Bool {
    switch byte {
    case 48...57, 65...90, 97...122, UInt8(ascii: "+"), UInt8(ascii: "-"), UInt8(ascii: "."): true
    default: false
    }
  }

  // -?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][-+]?[0-9]+)?
  private static func isNumber(_ text: UnsafeRawBufferPointer) -> Bool {
    let unsigned = text.first == UInt8(ascii: "-") ? text.dropFirst() : text[...]
    let isFine = unsigned.first.map { (48...57).contains($0) } ?? false
    let leads =
      unsigned.first == 48 && (unsigned.dropFirst().first.map { (48...57).contains($0) } ?? false)
    guard isFine, !leads, let last = text.last, (48...57).contains(last) else { return false }
    let type = ScalarType(plain: text)
    // `1.e5` and `0x1` are numbers only in YAML.
    let dot = unsigned.firstIndex(of: UInt8(ascii: "."))
    let hasFraction = dot.map { (48...57).contains(unsigned[$0 + 1]) } ?? true
    let isPlain = unsigned.allSatisfy { !("xXobB_".utf8.contains($0)) }
    return hasFraction && isPlain && (type == .integer || type == .float)
  }

  /// Reads a string, passes its decoded bytes to `body`, and overwrites them.
  private mutating func string<Result>(
    _ body: (UnsafeRawBufferPointer) -> Result
  ) throws(YAMLError) -> Result {
    position += 1
    let start = position
    var hasEscapes = false
    while true {
      guard position < bytes.count, bytes[position] >= 32 else {
        throw failure("the end of a string")
      }
      if bytes[position] == UInt8(ascii: "\"") { break }
      if bytes[position] == UInt8(ascii: "\\") {
        hasEscapes = true
        position += 1
      }
      position += 1
    }
    let raw = UnsafeRawBufferPointer(rebasing: bytes[start..<position])
    position += 1
    guard raw.allSatisfy({ $0 < 128 }) || invalidUTF8Offset(in: raw) == nil else {
      throw YAMLError("is not UTF-8", at: location)
    }
    if !hasEscapes { return body(raw) }
    guard let result = JSONString.decode(raw, body) else {
      throw YAMLError("has an escape that JSON does not have", at: location)
    }
    return result
  }

  private mutating func expect(_ byte: UInt8, _ what: String) throws(YAMLError) {
    guard peek() == byte else { throw failure(what) }
    position += 1
  }

  private func failure(_ what: String) -> YAMLError {
    YAMLError("is not JSON: expected \(what)", at: location)
  }

  private mutating func skipSpace() {
    while position < bytes.count {
      switch bytes[position] {
      case 10:
        line += 1
        lineStart = position + 1
      case 32, 9, 13: break
      default: return
      }
      position += 1
    }
  }
}
