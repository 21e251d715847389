/// A text around placeholders, and the grammar at each of them.

internal import Text

struct ContextText {
  /// Where a placeholder is.
  struct Place {
    let offset: Int
    /// Whether a quote is open there.
    let isQuoted: Bool
  }

  /// The place of each part that is not a literal.
  private(set) var places: [Place?] = []
  /// The literals, with one letter for each placeholder.
  private var text: [UInt8] = []
  private let isJSON: Bool
  private let isConnection: Bool
  private let isPasswordFile: Bool

  /// How far a word is searched: no user name, password or host is longer.
  private static let reach = 4096
  /// The bytes that end a word.
  private static let blanks: Set<UInt8> = [9, 10, 13, 32, 34, 39]

  init(_ parts: [Expression.Part], key: String) {
    isPasswordFile = key.lowercased().holds("pgpass")
    var (isQuoted, isEscaped) = (false, false)
    for part in parts {
      guard case .literal(let literal) = part else {
        places.append(Place(offset: text.count, isQuoted: isQuoted))
        text.append(UInt8(ascii: "x"))
        continue
      }
      places.append(nil)
      for byte in literal.utf8 {
        text.append(byte)
        if isEscaped {
          isEscaped = false
        } else if byte == UInt8(ascii: "\\") {
          isEscaped = true
        } else if byte == UInt8(ascii: "\"") {
          isQuoted.toggle()
        }
      }
    }
    isConnection = Self.isConnectionString(text)
    isJSON = Self.isJSON(text)
  }

  /// The grammar at a placeholder; nil if none is known there.
  func context(of place: Place) -> ValueContext? {
    let (before, after) = word(around: place.offset)
    if let scheme = before.place(of: "://"),
      !scheme.after.utf8.contains(where: { "/?#".utf8.contains($0) }),
      after.prefix(while: { !"/?#".utf8.contains($0) }).contains(UInt8(ascii: "@"))
    {
      return .userinfo
    }
    let isBehindSign = before.utf8.last == UInt8(ascii: "=")
    if isBehindSign, let address = before.place(of: "://"), address.after.holds("?") {
      return .parameter
    }
    if isJSON, place.isQuoted { return .json }
    if isConnection, isWhole(place.offset) { return .conninfo }
    let colons = before.utf8.count { $0 == 58 }
    if isPasswordFile, colons == 4, before.utf8.last == 58, !before.holds("://") {
      return .pgpass
    }
    return nil
  }

  /// The text before and after a placeholder in the word that contains it.
  private func word(around offset: Int) -> (before: String, after: ArraySlice<UInt8>) {
    var start = offset
    while start > 0, offset - start < Self.reach, !Self.blanks.contains(text[start - 1]) {
      start -= 1
    }
    var end = offset + 1
    while end < text.count, end - offset < Self.reach, !Self.blanks.contains(text[end]) {
      end += 1
    }
    return (String(decoding: text[start..<offset], as: UTF8.self), text[(offset + 1)..<end])
  }

  private static func isJSON(_ text: [UInt8]) -> Bool {
    let first = text.first { !blanks.contains($0) } ?? 0
    let last = text.last { ![9, 10, 13, 32].contains($0) } ?? 0
    return first == UInt8(ascii: "{") && last == UInt8(ascii: "}")
      || first == UInt8(ascii: "[") && last == UInt8(ascii: "]")
  }

  /// Whether a text is only `keyword=value`, on one line, as libpq reads it.
  private static func isConnectionString(_ text: [UInt8]) -> Bool {
    var names: [String] = []
    var rest = text[...]
    let isBlank = { (byte: UInt8) in byte == 32 || byte == 9 }
    while true {
      rest = rest.drop(while: isBlank)
      guard !rest.isEmpty else { break }
      let name = rest.prefix { (97...122).contains($0) || $0 == 95 }
      rest = rest.dropFirst(name.count).drop(while: isBlank)
      guard !name.isEmpty, rest.first == UInt8(ascii: "=") else { return false }
      names.append(String(decoding: name, as: UTF8.self))
      rest = rest.dropFirst().drop(while: isBlank)
      let isQuoted = rest.first == UInt8(ascii: "'")
      if isQuoted { rest = rest.dropFirst() }
      while let byte = rest.first, isQuoted ? byte != UInt8(ascii: "'") : !isBlank(byte) {
        guard byte != 10, byte != 13, byte != UInt8(ascii: ";") else { return false }
        rest = rest.dropFirst(byte == UInt8(ascii: "\\") ? 2 : 1)
      }
      if isQuoted { rest = rest.dropFirst() }
    }
    let known: Set<String> = ["host", "hostaddr", "dbname", "user", "service"]
    return names.count > 1 && names.contains { known.contains($0) }
  }

  /// Whether a placeholder is the whole value after `=`, or the whole text between its quotes.
  private func isWhole(_ offset: Int) -> Bool {
    var start = offset
    var end = offset + 1
    if start > 0, text[start - 1] == UInt8(ascii: "'") {
      guard end < text.count, text[end] == UInt8(ascii: "'") else { return false }
      (start, end) = (start - 1, end + 1)
    }
    while start > 0, text[start - 1] == 32 { start -= 1 }
    return start > 0 && text[start - 1] == UInt8(ascii: "=")
      && (end == text.count || text[end] == 32)
  }
}
