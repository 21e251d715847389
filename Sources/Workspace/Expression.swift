/// The text of one template value: literals and placeholders.

package import Text
internal import YAML

/// A parsed expression.
package struct Expression: Sendable {
  package enum Part: Sendable, Equatable {
    case literal(String)
    /// The value of a credential, of one role of a pair (`NAME@SUFFIX`), or the value published
    /// ahead (`NAME.next`).
    case value(String, [Filter])
    /// `${NAME.previous}`.
    case previous(String)
    /// `${NAME.role}`: the login name of a role, before the template is written for one role.
    case role(String)
    /// `${NAME.public}`: the public half of a key pair as PEM.
    case publicKey(String)
    /// `${NAME.jwks}`: the valid public halves as a JSON Web Key Set.
    case keySet(String)
  }

  /// The maximum number of filters in a placeholder: each can make its value six times as long.
  static let maximumFilters = 8

  /// The expression as written, which the lock file records.
  package let text: String
  package let parts: [Part]

  /// The names of the values it contains, each once: credentials, roles of a pair (`NAME@SUFFIX`),
  /// and keys published ahead (`NAME.next`).
  package var credentials: [String] {
    var names: [String] = []
    for part in parts {
      if case .value(let name, _) = part, !names.contains(name) { names.append(name) }
    }
    return names
  }

  /// The credential whose previous value this is.
  package var previousOf: String? {
    if case .previous(let name)? = parts.first { name } else { nil }
  }

  /// The credential whose next value this is.
  package var nextOf: String? { soleCredential?.without(suffix: Credential.nextSuffix) }

  /// The name of its value, if the expression is that value and nothing else.
  package var soleCredential: String? {
    guard parts.count == 1, case .value(let name, let filters)? = parts.first, filters.isEmpty
    else { return nil }
    return name
  }

  /// The text in its literals that somebody still has to replace; nil if there is none.
  func placeholder(key: String) -> String? {
    parts.lazy.compactMap { part in
      guard case .literal(let text) = part else { return nil }
      return Placeholder.find(in: text, key: parts.count == 1 ? key : "")
    }.first
  }

  /// What is wrong with an expression, and with which of its `${`, counted from 0.
  package struct Fault: Error, Equatable {
    package let message: String
    package let placeholder: Int
  }

  package init(_ text: String, names: [String]) throws(Fault) {
    try self.init(text, names: Set(names.map { Name($0) }))
  }

  /// Parses `text`.
  ///
  /// - Parameter names: the credentials of the workspace.
  package init(_ text: String, names: Set<Name>) throws(Fault) {
    var parts: [Part] = []
    var literal = ""
    var isEscaped = true
    let pieces = text.pieces(aroundText: "${")
    // Each piece but the first follows a `${`; a dollar before that makes it a literal.
    for (index, piece) in pieces.enumerated() {
      var rest = piece
      if !isEscaped {
        guard let (inside, behind) = piece.place(of: "}") else {
          throw Fault(message: "the placeholder '${' is not closed", placeholder: index - 1)
        }
        if !literal.isEmpty { parts.append(.literal(literal)) }
        literal = ""
        do throws(Message) {
          parts.append(try Expression.part(inside, names: names))
        } catch {
          throw Fault(message: error.text, placeholder: index - 1)
        }
        rest = behind
      }
      let before = index + 1 < pieces.count ? rest.without(suffix: "$") : nil
      isEscaped = before != nil
      literal += before.map { $0 + "${" } ?? rest
    }
    if !literal.isEmpty { parts.append(.literal(literal)) }
    let isMoved = parts.contains { part in
      switch part {
      case .previous: true
      case .value(let name, _): name.ends(with: Credential.nextSuffix)
      case .literal, .role, .publicKey, .keySet: false
      }
    }
    if isMoved, parts.count > 1 {
      throw Fault(
        message: "'.previous' and '.next' must be the whole value", placeholder: 0)
    }
    self.text = text
    self.parts = parts
  }

  private struct Message: Error { let text: String }

  private static func part(_ text: String, names: Set<Name>) throws(Message) -> Part {
    let pieces = text.pieces(between: "|")
    let steps = pieces[0].pieces(between: ".", atMost: 2)
    guard names.contains(Name(steps[0])) else {
      throw Message(
        text:
          "'${\(text)}' does not name a credential of the workspace\(nearest(to: steps[0], among: names.map(\.text).sorted()))"
      )
    }
    let filters = try filters(pieces.dropFirst(), of: text)
    guard steps.count == 2 else { return .value(steps[0], filters) }
    return try special(steps[1], of: steps[0], filters, text)
  }

  private static func filters(
    _ names: ArraySlice<String>, of text: String
  ) throws(Message) -> [Filter] {
    guard names.count <= maximumFilters else {
      throw Message(
        text:
          "a placeholder has \(names.count) filters; at most \(maximumFilters) are allowed")
    }
    var filters: [Filter] = []
    for name in names {
      guard let filter = Filter(rawValue: name) else {
        throw Message(
          text:
            "'${\(text)}': unknown filter '\(name)'\(choice(name, Filter.allCases.map(\.rawValue)))"
        )
      }
      filters.append(filter)
    }
    return filters
  }

  /// The part of a credential that is not its value: `${NAME.public}`.
  private static func special(
    _ part: String, of name: String, _ filters: [Filter], _ text: String
  ) throws(Message) -> Part {
    let known = ["jwks", "next", "previous", "public", "role"]
    guard known.contains(where: { $0 === part }) else {
      throw Message(text: "'${\(text)}': unknown part '\(part)'\(choice(part, known))")
    }
    guard filters.isEmpty else {
      throw Message(
        text: !["next", "previous"].contains { $0 === part }
          ? "'${\(text)}': '.\(part)' takes no filter"
          : "'${\(text)}': '.\(part)' is moved unchanged and takes no filter")
    }
    if part === "role" { return .role(name) }
    if part === "public" { return .publicKey(name) }
    if part === "jwks" { return .keySet(name) }
    return part === "next" ? .value(name + Credential.nextSuffix, []) : .previous(name)
  }

  /// What could have been meant, and everything that can be written.
  private static func choice(_ written: String, _ known: [String]) -> String {
    "\(nearest(to: written, among: known)) (known: \(known.joined(separator: ", ")))"
  }
}

extension Expression {
  /// The same expression for one role of a pair, with the role's login and the role's own value.
  func forRole(_ role: Credential.Role, of pair: String) -> Expression {
    let parts = parts.map { part -> Part in
      switch part {
      case .role(pair): .literal(role.login)
      case .value(pair, let filters): .value(Credential.member(pair, role.suffix), filters)
      case .literal, .role, .value, .previous, .publicKey, .keySet: part
      }
    }
    return Expression(parts)
  }

  /// `${NAME.next}` of a key pair whose next key waits outside every Secret.
  package static func next(of name: String) -> Expression {
    Expression([.value(name + Credential.nextSuffix, [])])
  }

  /// The names of all credentials it mentions, as in the workspace file.
  package var mentioned: [String] {
    parts.compactMap { part in
      switch part {
      case .literal: nil
      case .previous(let name), .role(let name), .publicKey(let name), .keySet(let name): name
      case .value(let name, _): Credential.group(of: name)
      }
    }
  }

  private static func escaped(_ text: String) -> String {
    text.pieces(aroundText: "${").joined(separator: "$${")
  }

  private init(_ parts: [Part]) {
    self.parts = parts
    text = parts.map { part in
      switch part {
      case .literal(let text): Expression.escaped(text)
      case .value(let name, let filters):
        "${" + ([name] + filters.map(\.rawValue)).joined(separator: "|") + "}"
      case .previous(let name): "${\(name).previous}"
      case .role(let name): "${\(name).role}"
      case .publicKey(let name): "${\(name).public}"
      case .keySet(let name): "${\(name).jwks}"
      }
    }.joined()
  }
}
