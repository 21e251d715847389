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
  func isBroken(by filters: [Filter], of source: Credential.Source) -> Bool {
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

  /// The maximum number of parts that are examined: a hundred times what any template has.
  private static let mostParts = 1000

  /// The context of every part that is not a literal; each byte is read a few times at most.
  static func contexts(of parts: [Expression.Part], key: String) -> [ValueContext?] {
    guard (2...mostParts).contains(parts.count) else { return parts.map { _ in nil } }
    let text = ContextText(parts, key: key)
    return text.places.map { place in place.flatMap { text.context(of: $0) } }
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
