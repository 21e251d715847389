/// A finding that somebody has looked at and lets be, with the reason.

internal import Text
package import YAML

/// An entry of an environment's `accept`.
package struct Acceptance: Sendable, Equatable {
  /// The code of the finding, as docs/findings.md has it.
  package let code: String
  /// The file that it is about, relative to the workspace; nil for any.
  package let file: String?
  package let because: String
  package let location: Location

  static let fields = ["code", "file", "because"]

  /// Reads `accept` of an environment.
  static func list(_ node: Node?) throws(YAMLError) -> [Acceptance] {
    guard let node else { return [] }
    guard let items = node.items else {
      throw YAMLError("'accept' must be a list, not \(node.kindName)", at: node.location)
    }
    var found: [Acceptance] = []
    for item in items {
      let reader = try MappingReader(item, "an entry of accept", keys: fields)
      guard let code = try reader.string("code"), !code.isEmpty else {
        throw YAMLError("an entry of accept needs the 'code' of a finding", at: item.location)
      }
      guard let because = try reader.string("because"), because.utf8.contains(where: { $0 > 32 })
      else {
        throw YAMLError(
          "an entry of accept needs 'because': why it is right here",
          at: item.location)
      }
      let file = try reader.string("file")
      // One that holds for every file lets the next Secret pass as well.
      if code == "plain-secret", file == nil {
        throw YAMLError(
          "an entry of accept for 'plain-secret' needs the 'file' that the Secret is in",
          at: item.location)
      }
      found.append(
        Acceptance(
          code: code, file: file, because: because, location: item.location))
    }
    return found
  }
}
