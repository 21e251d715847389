/// Placeholders in a text whose grammar some values break: a URL, JSON, a connection string.

internal import Text
internal import YAML

/// The grammar around a placeholder, and the filter that makes any value fit it.
package enum ValueContext: Sendable, Equatable {
  /// User name or password of a URL (RFC 3986 section 3.2.1).
  case userinfo
  /// The value of a parameter of a URL.
  case parameter
  /// Between the quotes of a JSON string.
  case json
  /// A `keyword=value` connection string of libpq.
  case conninfo
  /// A line of a `.pgpass` file.
  case pgpass

  /// The filters that fit some grammar, in the order in which a text is searched for their output.
  package static let filters: [Filter] = [.uri, .json, .conninfo, .pgpass]

  /// The filter that fits the grammar.
  package var filter: Filter {
    switch self {
    case .userinfo, .parameter: .uri
    case .json: .json
    case .conninfo: .conninfo
    case .pgpass: .pgpass
    }
  }

  var words: String {
    switch self {
    case .userinfo: "in the userinfo of a URL"
    case .parameter: "in a parameter of a URL"
    case .json: "in a JSON string"
    case .conninfo: "in a connection string"
    case .pgpass: "in a line of .pgpass"
    }
  }

  /// Whether a value of this source can break the grammar after these filters.
  package func isBroken(by filters: [Filter], of source: Credential.Source) -> Bool {
    if filters.contains(filter) { return false }
    let alphabet = filters.last.flatMap(\.punctuation) ?? source.punctuation
    return alphabet.contains { breaking.contains($0) }
  }

  /// The characters that end or change a value here.
  private var breaking: [UInt8] {
    switch self {
    // What RFC 3986 does not allow there unescaped, and `+`, which some parsers read as a space.
    case .userinfo: Array("@/:?#%[] \"<>\\^`{|}\n+".utf8)
    case .parameter: Array("&#%+ \"<>\n".utf8)
    case .json: Array("\"\\\n".utf8)
    case .conninfo: Array(" '\\\n".utf8)
    case .pgpass: Array(":\\\n".utf8)
    }
  }

  /// The context of a part of an expression; nil if no grammar is known there.
  package init?(_ parts: [Expression.Part], at index: Int, key: String) {
    guard let context = ValueContext.contexts(of: parts, key: key)[index] else { return nil }
    self = context
  }

  /// How far a word is searched: no user name, password or host is longer.
  private static let reach = 4096
  /// The maximum number of parts that are examined: a hundred times what any template has.
  private static let mostParts = 1000
  /// The bytes that end a word.
  private static let blanks: Set<UInt8> = [9, 10, 13, 32, 34, 39]

  /// The context of every part that is not a literal; each byte is read a few times at most.
  static func contexts(of parts: [Expression.Part], key: String) -> [ValueContext?] {
    guard (2...mostParts).contains(parts.count) else { return parts.map { _ in nil } }
    var text: [UInt8] = []
    // The offset of each placeholder, and whether a quote is open there.
    var places: [(offset: Int, isQuoted: Bool)?] = []
    var (isQuoted, isEscaped) = (false, false)
    for part in parts {
      guard case .literal(let literal) = part else {
        places.append((text.count, isQuoted))
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
    let first = text.first { !blanks.contains($0) } ?? 0
    let last = text.last { ![9, 10, 13, 32].contains($0) } ?? 0
    let isJSON =
      first == UInt8(ascii: "{") && last == UInt8(ascii: "}")
      || first == UInt8(ascii: "[") && last == UInt8(ascii: "]")
    let isConnection = isConnectionString(text)
    let isPasswordFile = key.lowercased().holds("pgpass")
    return places.map { place in
      guard let (offset, isQuoted) = place else { return nil }
      // The word that contains the placeholder, and the text before it.
      var start = offset
      while start > 0, offset - start < reach, !blanks.contains(text[start - 1]) { start -= 1 }
      var end = offset + 1
      while end < text.count, end - offset < reach, !blanks.contains(text[end]) { end += 1 }
      let before = String(decoding: text[start..<offset], as: UTF8.self)
      let after = text[(offset + 1)..<end]
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
      if isJSON, isQuoted { return .json }
      if isConnection, isWhole(offset, in: text) { return .conninfo }
      let colons = before.utf8.count { $0 == 58 }
      if isPasswordFile, colons == 4, before.utf8.last == 58, !before.holds("://") {
        return .pgpass
      }
      return nil
    }
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
  private static func isWhole(_ offset: Int, in text: [UInt8]) -> Bool {
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

extension Credential.Source {
  /// The characters that a value may have besides letters, digits, `-` and `_`.
  fileprivate var punctuation: [UInt8] {
    switch self {
    case .supplied: Array("@/:?#%+ \"\\'".utf8)
    case .generated(let recipe): recipe.punctuation
    }
  }
}

extension TemplateSecret {
  /// Refuses a value that may break the text around it.
  ///
  /// - Throws: `YAMLError` at the item.
  func checkContexts(_ credentials: [Credential]) throws(YAMLError) {
    for item in items {
      let contexts = ValueContext.contexts(of: item.expression.parts, key: item.key)
      for (part, context) in zip(item.expression.parts, contexts) {
        guard case .value(let name, let filters) = part, let context,
          let credential = credentials.first(where: { $0.name === Credential.group(of: name) }),
          context.isBroken(by: filters, of: credential.source)
        else { continue }
        let own = [Credential.group(of: name)] + filters.map(\.rawValue)
        let written = own.joined(separator: "|")
        // A filter for another grammar is dropped.
        let others = filters.filter { $0.punctuation != nil }.map(\.rawValue)
        let right = ([own[0]] + others + [context.filter.rawValue]).joined(separator: "|")
        throw YAMLError(
          "'\(item.key)' has '${\(written)}' \(context.words), where some of its values would be misread",
          at: item.location,
          hint: "write ${\(right)}")
      }
    }
  }
}
