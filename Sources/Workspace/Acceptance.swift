/// Findings that a workspace accepts, each with a reason.

internal import Text
package import YAML

/// An entry of an environment's `accept` list.
package struct Acceptance: Sendable, Equatable {
  /// The code of the finding, as in docs/findings.md.
  package let code: String
  /// The file that the finding is about, relative to the workspace; nil for any file.
  package let file: String?
  package let because: String
  package let location: Location

  static let fields = ["code", "file", "because"]

  /// Reads the `accept` list of an environment.
  static func list(_ node: Node?) throws(YAMLError) -> [Acceptance] {
    guard let node else { return [] }
    guard let items = node.items else {
      throw YAMLError("'accept' must be a list, not \(node.kindName)", at: node.location)
    }
    var found: [Acceptance] = []
    for item in items {
      let reader = try MappingReader(item, "an accept entry", keys: fields)
      guard let code = try reader.string("code"), !code.isEmpty else {
        throw YAMLError("an accept entry needs the 'code' of a finding", at: item.location)
      }
      guard let because = try reader.string("because"), because.utf8.contains(where: { $0 > 32 })
      else {
        throw YAMLError(
          "an accept entry needs 'because': why the finding is acceptable",
          at: item.location)
      }
      let file = try reader.string("file")
      // An entry without a file would also allow the next Secret.
      if code == "plain-secret", file == nil {
        throw YAMLError(
          "an accept entry for 'plain-secret' needs the 'file' that contains the Secret",
          at: item.location)
      }
      found.append(
        Acceptance(
          code: code, file: file, because: because, location: item.location))
    }
    return found
  }
}
