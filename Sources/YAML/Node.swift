/// A YAML document as a tree of byte ranges.

internal import Text

/// One node, and its byte range in the text.
package struct Node: Sendable {
  package struct Entry: Sendable {
    package let key: Node
    package let value: Node
  }

  package enum Content: Sendable {
    case scalar(String, ScalarStyle)
    case sequence([Node])
    case mapping([Entry])
    case alias(String)
    /// A scalar whose text was handed out instead of kept; `Withholding` has it at the index.
    case withheld(Int, ScalarType)
  }

  package let content: Content
  /// From the node's first byte, including its anchor and tag, to the end of its last real token.
  ///
  /// Comments and blank lines after a block collection do not belong to it.
  package let range: Range<Int>
  package let anchor: String?
  package let tag: String?
  /// Whether a collection is written with brackets.
  package let isFlow: Bool
  package let location: Location
}

package enum ScalarStyle: Sendable {
  case plain, singleQuoted, doubleQuoted, literal, folded
}

/// One document of a stream.
package struct Document: Sendable {
  /// Nil where the document is empty.
  package let root: Node?
  /// The end of its `---`, or of the previous document if it has none.
  package let start: Int
  /// The start of the next document, or the end of the text.
  package let end: Int
}

extension Node {
  /// The text of a scalar; nil for anything else.
  package var scalar: String? {
    if case .scalar(let text, _) = content { text } else { nil }
  }

  package var items: [Node]? {
    if case .sequence(let items) = content { items } else { nil }
  }

  package var entries: [Entry]? {
    if case .mapping(let entries) = content { entries } else { nil }
  }

  /// The value of the last entry named `key`: the last duplicate wins, as in Go.
  package subscript(key: String) -> Node? {
    entries?.last { $0.key.scalar === key }?.value
  }

  /// The node that a chain of keys leads to.
  package func at(_ path: String...) -> Node? {
    path.reduce(self) { node, key in node?[key] }
  }

  /// Whether this is a null: `~`, `null` or nothing at all.
  package var isNull: Bool { scalarType == .null }

  /// The type that YAML gives a scalar; nil for collections and aliases.
  package var scalarType: ScalarType? {
    switch content {
    case .scalar(let text, let style): ScalarType(text, style, tag: tag)
    case .withheld(_, let type): type
    default: nil
    }
  }

  /// The tags of YAML's own types (yaml.org/type).
  static let coreTags = [
    "binary", "bool", "float", "int", "map", "merge", "null", "omap", "pairs", "seq", "set", "str",
    "timestamp", "value", "yaml",
  ].map { "tag:yaml.org,2002:" + $0 }

  /// What is wrong with the tag of a node that should be a string; nil if nothing is.
  ///
  /// An unknown tag may be a password that begins with an exclamation mark, so it is not shown.
  package var faultOfStringTag: String? {
    guard let tag, tag != "!", tag != "tag:yaml.org,2002:str" else { return nil }
    return Node.coreTags.contains(tag)
      ? "the tag \(tag), which is not supported here"
      : "a tag, which is not supported here; quote a value that begins with '!'"
  }

  /// Whether Kubernetes keeps the written text of a scalar where it expects a string: `a` and
  /// `8080`, but not `0777`, `y` or `~`.
  package var isReadAsWritten: Bool {
    guard case .scalar(var text, _) = content else { return false }
    return scalarType == .string
      || text.withUTF8 { ScalarType.keepsText(UnsafeRawBufferPointer($0)) }
  }

  /// What the node is, for messages.
  package var kindName: String {
    switch content {
    case .sequence: "a list"
    case .mapping: "a mapping"
    case .alias: "an alias"
    case .scalar, .withheld: scalarType.map(\.name) ?? "a string"
    }
  }

  /// The first entry whose key the mapping already has.
  package var duplicateEntry: Entry? {
    guard let entries, entries.count > 8 else { return fewEntriesDuplicate }
    var seen: Set<Name> = []
    return entries.first { entry in
      entry.key.scalar.map { !seen.insert(Name($0)).inserted } ?? false
    }
  }

  /// The same for a few entries, without a set.
  private var fewEntriesDuplicate: Entry? {
    guard let entries else { return nil }
    for (index, entry) in entries.enumerated().dropFirst() {
      guard let key = entry.key.scalar else { continue }
      if entries[..<index].contains(where: { $0.key.scalar === key }) { return entry }
    }
    return nil
  }

  /// Visits this node and all below it.
  package func visit(_ body: (Node) throws -> Void) rethrows {
    try body(self)
    for item in items ?? [] { try item.visit(body) }
    for entry in entries ?? [] {
      try entry.key.visit(body)
      try entry.value.visit(body)
    }
  }
}
