/// The text of one template value: literals and placeholders.

package import Text
internal import YAML

/// A parsed expression.
package struct Expression: Sendable {
  package enum Part: Sendable, Equatable {
    case literal(String)
    case value(String, [Filter])
    /// `${NAME.previous}`.
    case previous(String)
  }

  /// How many filters a placeholder may have: each can make its value six times as long.
  static let maximumFilters = 8

  /// The expression as it is written, which the lock file keeps.
  package let text: String
  package let parts: [Part]

  /// The names of the credentials whose values it holds, each once.
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

  /// The credential that this is, and nothing else.
  package var soleCredential: String? {
    guard parts.count == 1, case .value(let name, let filters)? = parts.first, filters.isEmpty
    else { return nil }
    return name
  }

  /// What somebody has left in its literals to be put in later; nil where nothing is.
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
    try self.init(text, names: Set(names.map(ByBytes.init)))
  }

  /// Parses `text`.
  ///
  /// - Parameter names: the credentials of the workspace.
  package init(_ text: String, names: Set<ByBytes>) throws(Fault) {
    var parts: [Part] = []
    var literal = ""
    var rest = text
    var placeholder = 0
    while let (before, after) = rest.place(of: "${") {
      rest = after
      defer { placeholder += 1 }
      if let start = before.without(suffix: "$") {
        literal += start + "${"
        continue
      }
      literal += before
      guard let (inside, behind) = rest.place(of: "}") else {
        throw Fault(message: "the placeholder '${' is not closed", placeholder: placeholder)
      }
      if !literal.isEmpty { parts.append(.literal(literal)) }
      literal = ""
      do throws(Message) {
        parts.append(try Expression.part(inside, names: names))
      } catch {
        throw Fault(message: error.text, placeholder: placeholder)
      }
      rest = behind
    }
    literal += rest
    if !literal.isEmpty { parts.append(.literal(literal)) }
    let isPrevious = parts.contains { if case .previous = $0 { true } else { false } }
    if isPrevious, parts.count > 1 {
      throw Fault(message: "a '.previous' must stand alone in its value", placeholder: 0)
    }
    self.text = text
    self.parts = parts
  }

  private struct Message: Error { let text: String }

  private static func part(_ text: String, names: Set<ByBytes>) throws(Message) -> Part {
    let pieces = text.pieces(between: "|")
    let reference = pieces[0]
    if reference.holds("@") {
      throw Message(text: "'${\(text)}': roles are not supported by this version")
    }
    let steps = reference.pieces(between: ".", atMost: 2)
    guard names.contains(ByBytes(steps[0])) else {
      throw Message(
        text:
          "'${\(text)}' names no credential of the workspace\(nearest(to: steps[0], among: names.map(\.text).sorted()))"
      )
    }
    guard pieces.count - 1 <= Expression.maximumFilters else {
      throw Message(
        text:
          "a placeholder has \(pieces.count - 1) filters; \(Expression.maximumFilters) are the most"
      )
    }
    var filters: [Filter] = []
    for name in pieces.dropFirst() {
      guard let filter = Filter(rawValue: name) else {
        let known = Filter.allCases.map(\.rawValue)
        throw Message(
          text:
            "'${\(text)}': unknown filter '\(name)'\(nearest(to: name, among: known)) (known: \(known.joined(separator: ", ")))"
        )
      }
      filters.append(filter)
    }
    guard steps.count == 2 else { return .value(steps[0], filters) }
    guard steps[1] === "previous" else {
      throw Message(
        text:
          "'${\(text)}': unknown part '\(steps[1])'\(nearest(to: steps[1], among: ["previous"])) (known: previous)"
      )
    }
    guard filters.isEmpty else {
      throw Message(text: "'${\(text)}': '.previous' is moved as it is and takes no filter")
    }
    return .previous(steps[0])
  }
}
