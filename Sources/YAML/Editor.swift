/// Changes single values of a YAML text and leaves every other byte as it was.
///
/// Each change becomes a byte range of the text. The result is parsed again and compared with the
/// tree that the changes should give; where it differs, the change is refused. So a mistake of the
/// range arithmetic can make an edit impossible, but not wrong.

package struct YAMLEditor: Sendable {
  /// The text as it is after the changes so far.
  package private(set) var source: SourceText
  package private(set) var documents: [Document]
  /// The text as it was read.
  package let original: [UInt8]

  package init(_ source: SourceText) throws(YAMLError) {
    self.source = source
    self.documents = try parseYAML(source)
    self.original = source.bytes
  }

  package var bytes: [UInt8] { source.bytes }
  package var isChanged: Bool { source.bytes != original }

  /// The root of document `index`, nil where there is none or it is empty.
  package func root(_ index: Int = 0) -> Node? {
    documents.indices.contains(index) ? documents[index].root : nil
  }

  /// Makes `changes` in document `index`, in order, all or none.
  ///
  /// - Throws: `EditRefusal` with the place that has to be edited by hand.
  package mutating func apply(
    _ changes: [TreeChange], document index: Int = 0
  ) throws(EditRefusal) {
    var copy = self
    try copy.replaceScalars(changes, document: index)
    for change in changes where !copy.isDone(change, document: index) {
      try copy.applyOne(change, document: index)
    }
    self = copy
  }

  private func isDone(_ change: TreeChange, document index: Int) -> Bool {
    guard case .set(let path, let value) = change, let node = root(index)?.at(path) else {
      return false
    }
    return Tree(node) == value
  }

  /// All replacements of one string by another at once: the common case, and many of them.
  private mutating func replaceScalars(
    _ changes: [TreeChange], document index: Int
  ) throws(EditRefusal) {
    guard let root = root(index) else { return }
    var edits: [SourceEdit] = []
    var expected = Tree(documents[index])
    for change in changes {
      guard case .set(let path, .scalar(let text, .string)) = change, let node = root.at(path),
        case .scalar(let old, let style) = node.content, !node.isNull, node.anchor == nil,
        node.tag == nil, old != text || node.scalarType != .string,
        let changed = expected.applying(change)
      else { continue }
      let quoted = style == .plain ? YAMLWriter.scalar(text) : YAMLWriter.quoted(text)
      let single = style == .singleQuoted && quoted == "\"\(text)\"" && !text.contains("'")
      let isBlock = style == .literal || style == .folded
      if isBlock { continue }
      edits.append(SourceEdit(node.range, Array((single ? "'\(text)'" : quoted).utf8)))
      expected = changed
    }
    guard !edits.isEmpty else { return }
    try commit(edits, expected: expected, document: index, at: root)
  }

  private mutating func applyOne(_ change: TreeChange, document index: Int) throws(EditRefusal) {
    let before = Tree(documents.indices.contains(index) ? documents[index] : nil)
    guard let expected = before.applying(change) else {
      throw refusal("this path cannot be edited", at: root(index))
    }
    let ranges = EditRanges(
      source: source, document: documents.indices.contains(index) ? documents[index] : nil)
    let edit: SourceEdit =
      switch change {
      case .set(let path, let value): try ranges.set(path, value)
      case .remove(let path): try ranges.remove(path)
      case .append(let path, let item): try ranges.append(path, item)
      }
    try commit([edit], expected: expected, document: index, at: root(index))
  }

  private mutating func commit(
    _ edits: [SourceEdit], expected: Tree, document index: Int, at node: Node?
  ) throws(EditRefusal) {
    let others = otherTrees(documents, index)
    let edited: (SourceText, [Document])
    do {
      let text = try SourceText(SourceEdit.apply(edits, to: source.bytes))
      edited = (text, try parseYAML(text))
    } catch {
      throw refusal("the edited text would not be YAML: \(error.message)", at: node)
    }
    let tree = Tree(edited.1.indices.contains(index) ? edited.1[index] : nil)
    guard tree == expected, otherTrees(edited.1, index) == others else {
      throw refusal("the edited text would not mean what it should", at: node)
    }
    (self.source, self.documents) = edited
  }

  private func otherTrees(_ documents: [Document], _ index: Int) -> [Tree] {
    documents.indices.filter { $0 != index }.map { Tree(documents[$0]) }
  }

  private func refusal(_ message: String, at node: Node?) -> EditRefusal {
    EditRefusal(message: message, location: node?.location ?? Location(line: 1, column: 1))
  }
}

extension Node {
  /// The node at the end of a path of keys and indices.
  package func at(_ path: [PathStep]) -> Node? {
    var node: Node? = self
    for step in path {
      switch step {
      case .key(let key): node = node?[key]
      case .index(let index):
        guard let items = node?.items, items.indices.contains(index) else { return nil }
        node = items[index]
      }
    }
    return node
  }
}
