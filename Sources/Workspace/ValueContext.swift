/// Where a placeholder stands in a text whose grammar some values break: a URL, JSON, a connection string.

internal import Text
internal import YAML

/// The grammar around a placeholder, and the filter that makes any value fit into it.
package enum ValueContext: Sendable, Equatable {
  /// User name or password of a URL (RFC 3986 section 3.2.1).
  case userinfo
  /// Between the quotes of a JSON string.
  case json
  /// A `keyword=value` connection string of libpq.
  case conninfo
  /// A line of a `.pgpass` file.
  case pgpass

  /// The filter that belongs there.
  package var filter: Filter {
    switch self {
    case .userinfo: .uri
    case .json: .json
    case .conninfo: .conninfo
    case .pgpass: .pgpass
    }
  }

  var words: String {
    switch self {
    case .userinfo: "in the userinfo of a URL"
    case .json: "in a string of JSON"
    case .conninfo: "in a connection string"
    case .pgpass: "in a line of .pgpass"
    }
  }

  /// Whether the outcome of the filters can break out, where the value is of such a kind.
  package func isBroken(by filters: [Filter], of source: Credential.Source) -> Bool {
    if filters.contains(filter) { return false }
    var alphabet: [UInt8]
    switch filters.last {
    case .hex, .base64url, .uri: return false
    case .base64: alphabet = Array("+/=".utf8)
    // A verifier has `$`, `:`, `+`, `/` and `=`.
    case .scramSHA256: alphabet = Array("$:+/=".utf8)
    case .json, .pgpass, .conninfo, nil:
      switch source {
      case .supplied: alphabet = Array("@/:?#%+ \"\\'".utf8)
      case .generated(.password(_, let symbols)): alphabet = symbols
      case .generated(.base64): alphabet = Array("+/=".utf8)
      case .generated(.alphanumeric), .generated(.base64url), .generated(.hex): return false
      // A PEM of many lines is never meant to stand there bare.
      case .generated: alphabet = Array("\n \"+/=".utf8)
      }
    }
    let breaking: [UInt8] =
      switch self {
      // What RFC 3986 does not let stand there as it is, and `+`, which some parsers read as a space.
      case .userinfo: Array("@/:?#%[] \"<>\\^`{|}\n+".utf8)
      case .json: Array("\"\\\n".utf8)
      case .conninfo: Array(" '\\\n".utf8)
      case .pgpass: Array(":\\\n".utf8)
      }
    return alphabet.contains { breaking.contains($0) }
  }

  /// The context of a part of an expression; nil where nothing is known to be around it.
  package init?(_ parts: [Expression.Part], at index: Int, key: String) {
    func text(_ part: Expression.Part) -> String {
      if case .literal(let text) = part { text } else { "x" }
    }
    let before = parts[..<index].map(text).joined()
    let after = parts[(index + 1)...].map(text).joined()
    let blanks: Set<UInt8> = [9, 10, 13, 32, 34, 39]
    // The word that the placeholder is in.
    let start = String(
      decoding: before.utf8.reversed().prefix { !blanks.contains($0) }.reversed(), as: UTF8.self)
    let rest = after.utf8.prefix { !blanks.contains($0) }
    let whole = (before + "x" + after).utf8.drop { blanks.contains($0) }
    if whole.first == UInt8(ascii: "{") || whole.first == UInt8(ascii: "["),
      Self.isInQuotes(before), Self.looksLikeJSON(whole)
    {
      self = .json
    } else if let scheme = start.place(of: "://"),
      !scheme.after.utf8.contains(where: { "/?#".utf8.contains($0) }),
      rest.prefix(while: { !"/?#".utf8.contains($0) }).contains(UInt8(ascii: "@"))
    {
      self = .userinfo
    } else if (before.without(suffix: "'") ?? before).ends(with: "password="),
      ["host=", "dbname=", "user=", "hostaddr=", "service="].contains(where: {
        before.holds($0) || after.holds($0)
      }), !before.holds(";"), !after.holds(";")
    {
      self = .conninfo
    } else if start.utf8.count(where: { $0 == 58 }) == 4, start.utf8.last == 58,
      !start.holds("://"), key.lowercased().holds("pgpass")
    {
      self = .pgpass
    } else {
      return nil
    }
  }

  /// Whether an odd number of quotes is open.
  private static func isInQuotes(_ before: String) -> Bool {
    var isOpen = false
    var isEscaped = false
    for byte in before.utf8 {
      if isEscaped {
        isEscaped = false
      } else if byte == UInt8(ascii: "\\") {
        isEscaped = true
      } else if byte == UInt8(ascii: "\"") {
        isOpen.toggle()
      }
    }
    return isOpen
  }

  private static func looksLikeJSON(_ text: Substring.UTF8View) -> Bool {
    let trimmed = text.reversed().first { ![9, 10, 13, 32].contains($0) }
    return trimmed == UInt8(ascii: "}") || trimmed == UInt8(ascii: "]")
  }
}

extension TemplateSecret {
  /// Refuses a value that may break the text that it stands in.
  ///
  /// - Throws: `YAMLError` at the item.
  func checkContexts(_ credentials: [Credential]) throws(YAMLError) {
    for item in items {
      for (index, part) in item.expression.parts.enumerated() {
        guard case .value(let name, let filters) = part,
          let credential = credentials.first(where: { $0.name === Credential.group(of: name) }),
          let context = ValueContext(item.expression.parts, at: index, key: item.key),
          context.isBroken(by: filters, of: credential.source)
        else { continue }
        let written = ([Credential.group(of: name)] + filters.map(\.rawValue)).joined(
          separator: "|")
        throw YAMLError(
          "'\(item.key)' has '${\(written)}' \(context.words), where some of its values would be read as something else",
          at: item.location,
          hint: "write ${\(written)|\(context.filter.rawValue)}")
      }
    }
  }
}
