/// The tokens of a Go template (text/template/parse, `lex.go`).

/// Why a text is not a valid template.
struct GoTemplateFault: Error, Equatable {
  let message: String

  init(_ message: String) { self.message = message }
}

enum GoTemplateToken: Equatable {
  /// Text outside `{{ }}`, whose content does not matter here.
  case text
  case open, close
  case space
  case identifier(String)
  case variable(String)
  case field
  case dot
  case string, character, number, boolean, `nil`
  case pipe, comma, assign, declare, leftParenthesis, rightParenthesis
  case keyword(String)
  case end

  private static let keywords: Set<String> = [
    "block", "break", "continue", "define", "else", "end", "if", "range", "template", "with",
  ]

  /// The token of a name.
  init(word: String) {
    switch word {
    case "true", "false": self = .boolean
    case "nil": self = .nil
    default: self = Self.keywords.contains(word) ? .keyword(word) : .identifier(word)
    }
  }
}

struct GoTemplateLexer {
  private let text: [UInt8]
  private var position = 0
  private var depth = 0
  private(set) var tokens: [GoTemplateToken] = []

  /// - Throws: `GoTemplateFault`.
  static func tokens(of text: String) throws(GoTemplateFault) -> [GoTemplateToken] {
    var lexer = GoTemplateLexer(text: Array(text.utf8))
    while try lexer.action() {}
    return lexer.tokens + [.end]
  }

  private init(text: [UInt8]) { self.text = text }

  private func starts(with prefix: String) -> Bool {
    text[position...].starts(with: prefix.utf8)
  }

  private static func isSpace(_ byte: UInt8?) -> Bool {
    byte == 32 || byte == 9 || byte == 10 || byte == 13
  }

  private func byte(_ offset: Int = 0) -> UInt8? {
    position + offset < text.count ? text[position + offset] : nil
  }

  /// Reads the text before an action, and the action; false at the end.
  private mutating func action() throws(GoTemplateFault) -> Bool {
    let start = position
    while position < text.count, !starts(with: "{{") { position += 1 }
    if position > start { tokens.append(.text) }
    guard position < text.count else { return false }
    position += 2
    if byte() == UInt8(ascii: "-"), GoTemplateLexer.isSpace(byte(1)) { position += 1 }
    // A comment follows the delimiter, or the trim marker and its space.
    let gap = GoTemplateLexer.isSpace(byte()) ? 1 : 0
    if text[(position + gap)...].starts(with: "/*".utf8) {
      position += gap
      return try comment()
    }
    tokens.append(.open)
    depth = 0
    while !isAtClose() { try word() }
    guard depth == 0 else { throw GoTemplateFault("unclosed left paren") }
    skipClose()
    tokens.append(.close)
    return true
  }

  private mutating func comment() throws(GoTemplateFault) -> Bool {
    while position < text.count, !starts(with: "*/") { position += 1 }
    guard position < text.count else { throw GoTemplateFault("unclosed comment") }
    position += 2
    guard isAtClose() else { throw GoTemplateFault("comment ends before closing delimiter") }
    skipClose()
    return true
  }

  private func isAtClose() -> Bool {
    starts(with: "}}")
      || GoTemplateLexer.isSpace(byte()) && text[(position + 1)...].starts(with: "-}}".utf8)
  }

  private mutating func skipClose() { position += starts(with: "}}") ? 2 : 4 }

  private mutating func word() throws(GoTemplateFault) {
    guard let first = byte() else { throw GoTemplateFault("unclosed action") }
    position += 1
    switch first {
    case 32, 9, 10, 13:
      while GoTemplateLexer.isSpace(byte()), !isAtClose() { position += 1 }
      tokens.append(.space)
    case UInt8(ascii: "="): tokens.append(.assign)
    case UInt8(ascii: ":"):
      guard byte() == UInt8(ascii: "=") else { throw GoTemplateFault("expected :=") }
      position += 1
      tokens.append(.declare)
    case UInt8(ascii: "|"): tokens.append(.pipe)
    case UInt8(ascii: ","): tokens.append(.comma)
    case UInt8(ascii: "("):
      depth += 1
      tokens.append(.leftParenthesis)
    case UInt8(ascii: ")"):
      depth -= 1
      guard depth >= 0 else { throw GoTemplateFault("unexpected right paren") }
      tokens.append(.rightParenthesis)
    case UInt8(ascii: "\""): try quoted(first, .string, "unterminated quoted string")
    case UInt8(ascii: "'"): try quoted(first, .character, "unterminated character constant")
    case UInt8(ascii: "`"): try rawQuoted()
    case UInt8(ascii: "$"): tokens.append(.variable(try name(from: position - 1)))
    case UInt8(ascii: ".") where !(byte().map { (48...57).contains($0) } ?? false):
      let isField = byte().map { isAlphanumeric($0) } ?? false
      _ = try name(from: position)
      tokens.append(isField ? .field : .dot)
    case UInt8(ascii: "."), UInt8(ascii: "+"), UInt8(ascii: "-"), 48...57: try number(first)
    default:
      guard isAlphanumeric(first) else {
        throw GoTemplateFault("unexpected character in an action")
      }
      tokens.append(GoTemplateToken(word: try name(from: position - 1)))
    }
  }

  private func isAlphanumeric(_ byte: UInt8) -> Bool {
    switch byte {
    case 48...57, 65...90, 97...122, UInt8(ascii: "_"), 128...: true
    default: false
    }
  }

  /// Reads the rest of a name, which must end where Go allows it.
  private mutating func name(from start: Int) throws(GoTemplateFault) -> String {
    while let next = byte(), isAlphanumeric(next) { position += 1 }
    let isEnded = byte().map { ".,|:)( \t\r\n".utf8.contains($0) } ?? true
    guard isEnded || isAtClose() else { throw GoTemplateFault("bad character after a name") }
    return String(decoding: text[start..<position], as: UTF8.self)
  }

  /// Reads a string or a character in quotes, with Go's escapes.
  private mutating func quoted(
    _ quote: UInt8, _ token: GoTemplateToken, _ unclosed: String
  ) throws(GoTemplateFault) {
    var count = 0
    while let next = byte(), next != quote {
      position += 1
      guard next != 10 else { throw GoTemplateFault(unclosed) }
      if next & 0xC0 != 0x80 { count += 1 }
      guard next == UInt8(ascii: "\\") else { continue }
      guard let escape = byte() else { throw GoTemplateFault(unclosed) }
      position += 1
      let digits: Int
      switch escape {
      case UInt8(ascii: "x"): digits = 2
      case UInt8(ascii: "u"): digits = 4
      case UInt8(ascii: "U"): digits = 8
      case 48...55: digits = 2
      default:
        guard "abfnrtv\\".utf8.contains(escape) || escape == quote else {
          throw GoTemplateFault("invalid syntax in a quoted string")
        }
        digits = 0
      }
      for _ in 0..<digits {
        guard let digit = byte(), isHexDigit(digit), escape > 55 || (48...55).contains(digit) else {
          throw GoTemplateFault("invalid syntax in a quoted string")
        }
        position += 1
      }
    }
    guard byte() == quote else { throw GoTemplateFault(unclosed) }
    position += 1
    if token == .character, count != 1 { throw GoTemplateFault("malformed character constant") }
    tokens.append(token)
  }

  private mutating func rawQuoted() throws(GoTemplateFault) {
    while let next = byte(), next != UInt8(ascii: "`") { position += 1 }
    guard byte() != nil else { throw GoTemplateFault("unterminated raw quoted string") }
    position += 1
    tokens.append(.string)
  }

  private func isHexDigit(_ byte: UInt8) -> Bool {
    (48...57).contains(byte) || (65...70).contains(byte) || (97...102).contains(byte)
  }

  private mutating func number(_ first: UInt8) throws(GoTemplateFault) {
    let start = position - 1
    while let next = byte() {
      let isSign =
        (next == UInt8(ascii: "+") || next == UInt8(ascii: "-"))
        && "eEpP".utf8.contains(text[position - 1])
      guard isAlphanumeric(next) || next == UInt8(ascii: ".") || isSign else { break }
      position += 1
    }
    let word = String(decoding: text[start..<position], as: UTF8.self)
    guard GoTemplateLexer.isNumber(word) else { throw GoTemplateFault("bad number syntax") }
    tokens.append(.number)
  }

  /// Whether a word is an integer, float or imaginary number of Go, with `_` between digits.
  private static func isNumber(_ word: String) -> Bool {
    var text = word
    if let sign = text.first, sign == "+" || sign == "-" { text.removeFirst() }
    if text.hasSuffix("i") { text.removeLast() }
    guard !text.hasPrefix("_"), !text.hasSuffix("_"), !text.contains("__") else { return false }
    text.removeAll { $0 == "_" }
    let lower = text.lowercased()
    for (prefix, radix) in [("0x", 16), ("0o", 8), ("0b", 2)] where lower.hasPrefix(prefix) {
      return UInt64(lower.dropFirst(2), radix: radix) != nil
        || radix == 16 && lower.contains("p") && Double(lower) != nil
    }
    guard lower.first.map({ $0.isNumber || $0 == "." }) ?? false else { return false }
    // A whole number is octal if it begins with 0, and must fit in 64 bits.
    if !word.hasSuffix("i"), !lower.contains(where: { ".ep".contains($0) }) {
      return UInt64(lower, radix: lower.hasPrefix("0") ? 8 : 10) != nil
    }
    let number = Double(lower) ?? (lower.hasSuffix(".") ? Double(lower + "0") : nil)
    return number?.isFinite ?? false
  }
}
