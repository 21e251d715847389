/// Finds the place in the text for a change of the tree.

internal import Text

/// Computes the byte range of one change, in block and in flow collections.
final class EditRanges {
  let source: SourceText
  let document: Document?
  let root: NodeIndex?
  /// How far this file indents a list below its key; 2 if it has no list.
  private lazy var sequenceIndent = findSequenceIndent()
  /// Whether the document contains an alias.
  private(set) lazy var hasAliases = findAliases()

  init(source: SourceText, document: Document?, root: NodeIndex?) {
    self.source = source
    self.document = document
    self.root = root
  }

  func edit(_ change: TreeChange) throws(EditRefusal) -> SourceEdit {
    switch change {
    case .set(let path, let value): try set(path, value)
    case .remove(let path): try remove(path)
    case .append(let path, let item): try append(path, item)
    }
  }

  private func append(_ path: [PathStep], _ item: Tree) throws(EditRefusal) -> SourceEdit {
    guard let node = root?.at(path[...])?.node else { return try set(path, .sequence([item])) }
    try checkNoAlias(on: path[...])
    if node.isNull { return try fill(node, path, with: .sequence([item])) }
    guard let items = node.items else { throw refuse("this is not a list", node) }
    guard !node.isFlow else { return appendFlow(item, to: node, after: items.last) }
    // A block sequence has at least one item.
    let column = node.location.column - 1
    return insertLines(
      YAMLWriter.block(.sequence([item]), indent: column, sequenceIndent: sequenceIndent),
      after: node)
  }

  private func set(_ path: [PathStep], _ value: Tree) throws(EditRefusal) -> SourceEdit {
    guard case .key(let key)? = path.last else { throw refuse("only a key can be set", nil) }
    let parentPath = Array(path.dropLast())
    try checkNoAlias(on: path[...])
    guard let index = root?.at(parentPath[...]) else {
      guard !parentPath.isEmpty else { return insertIntoEmptyDocument(.map([(key, value)])) }
      return try set(parentPath, .map([(key, value)]))
    }
    let parent = index.node
    if let old = index.child(.key(key))?.node { return try replace(old, path, with: value) }
    if parent.isNull { return try fill(parent, parentPath, with: .map([(key, value)])) }
    guard let entries = parent.entries else { throw refuse("this is not a mapping", parent) }
    if parent.isFlow {
      let text =
        YAMLWriter.inline(.string(key), quotes: .always) + ": "
        + YAMLWriter.inline(value, quotes: .always)
      return insertFlow(text, into: parent, after: entries.last?.value)
    }
    let lines = YAMLWriter.block(
      .map([(key, value)]), indent: parent.location.column - 1, sequenceIndent: sequenceIndent)
    if parentPath.isEmpty, let end = endAfterBlankLines(parent) {
      return insertLines(lines, at: end)
    }
    return insertLines(lines, after: parent)
  }

  /// The end of the text, if only blank lines follow `node`.
  private func endAfterBlankLines(_ node: Node) -> Int? {
    let last = source.lineIndex(at: max(node.range.upperBound - 1, node.range.lowerBound))
    let rest = (last + 1)..<max(last + 1, source.lineStarts.count)
    return rest.allSatisfy { source.isBlank(line: $0) } ? source.bytes.count : nil
  }

  // MARK: Replacing

  private func replace(
    _ old: Node, _ path: [PathStep], with value: Tree
  ) throws(EditRefusal) -> SourceEdit {
    if old.isNull { return try fill(old, path, with: value) }
    guard case .scalar(_, let style) = old.content, old.anchor == nil else {
      throw refuse("only a plain value can be replaced here", old)
    }
    guard case .scalar = value else { throw refuse("this value cannot become a collection", old) }
    let isBlock = style == .literal || style == .folded
    guard case .scalar(let text, .string) = value, old.tag == nil, !isBlock else {
      let text = YAMLWriter.inline(value, quotes: isBlock ? .always : .whereNeeded)
      return SourceEdit(old.range, Array(text.utf8))
    }
    // A string keeps the quotes of the old value.
    let quoted = style == .plain ? YAMLWriter.scalar(text) : YAMLWriter.quoted(text)
    let isSingle = style == .singleQuoted && quoted === "\"\(text)\"" && !text.holds("'")
    return SourceEdit(old.range, Array((isSingle ? "'\(text)'" : quoted).utf8))
  }

  /// Gives a value to a key that has none or has `null`.
  private func fill(
    _ node: Node, _ path: [PathStep], with value: Tree
  ) throws(EditRefusal) -> SourceEdit {
    if case .scalar = value {
      let text = YAMLWriter.inline(value)
      return SourceEdit(node.range, Array((node.range.isEmpty ? " " + text : text).utf8))
    }
    guard node.range.isEmpty, case .key(let key)? = path.last,
      let parent = root?.at(path.dropLast()), !parent.node.isFlow,
      let place = parent.place(of: .key(key)), let entry = parent.node.entries?[place]
    else {
      return SourceEdit(
        node.range,
        Array((node.range.isEmpty ? " " : "").utf8) + Array(YAMLWriter.inline(value).utf8))
    }
    let isSequence = if case .sequence = value { true } else { false }
    let column = entry.key.location.column - 1
    return insertLines(
      YAMLWriter.block(
        value, indent: column + (isSequence ? sequenceIndent : 2), sequenceIndent: sequenceIndent),
      afterLineOf: entry.value.range.upperBound)
  }

  // MARK: Inserting

  private func insertIntoEmptyDocument(_ tree: Tree) -> SourceEdit {
    let end = document?.end ?? source.bytes.count
    let lines = YAMLWriter.block(tree, indent: 0, sequenceIndent: sequenceIndent)
    return insertLines(lines, at: document == nil ? source.bytes.count : end)
  }

  private func insertLines(_ lines: [String], after node: Node) -> SourceEdit {
    insertLines(lines, afterLineOf: max(node.range.upperBound - 1, node.range.lowerBound))
  }

  private func insertLines(_ lines: [String], afterLineOf offset: Int) -> SourceEdit {
    insertLines(lines, at: source.lineRange(source.lineIndex(at: offset)).upperBound)
  }

  private func insertLines(_ lines: [String], at offset: Int) -> SourceEdit {
    var text: [UInt8] = []
    let ending = source.lineEnding
    // Without a final line ending, the new lines begin with one and end without one.
    let followsText = offset > source.contentStart && ![10, 13].contains(source.bytes[offset - 1])
    if followsText { text += ending }
    for line in lines { text += Array(line.utf8) + ending }
    if followsText { text.removeLast(ending.count) }
    return SourceEdit(offset..<offset, text)
  }

  private func appendFlow(_ item: Tree, to node: Node, after last: Node?) -> SourceEdit {
    var quotes = YAMLWriter.Quotes.always
    if let last, case .scalar(_, .plain) = last.content, case .scalar(let text, _) = item {
      quotes = text.contains { ",[]{}".contains($0) } ? .always : .whereNeeded
    } else if last == nil, case .scalar = item {
      quotes = .whereNeeded
    }
    return insertFlow(YAMLWriter.inline(item, quotes: quotes), into: node, after: last)
  }

  /// Adds an element to a flow collection, in the style of its other elements.
  private func insertFlow(_ text: String, into node: Node, after last: Node?) -> SourceEdit {
    guard let last else {
      let position = node.range.upperBound - 1
      return SourceEdit(position..<position, Array(text.utf8))
    }
    let end = last.range.upperBound
    var separator: [UInt8] = Array(", ".utf8)
    let lastLine = source.lineIndex(at: last.range.lowerBound)
    if source.lineIndex(at: node.range.lowerBound) != lastLine {
      separator =
        Array(",".utf8) + source.lineEnding
        + Array(repeating: 32, count: source.indentation(ofLine: elementLine(of: last, in: node)))
    }
    return SourceEdit(end..<end, separator + Array(text.utf8))
  }

  /// The line on which the last element of `node` begins; for a mapping, the line of its key.
  private func elementLine(of last: Node, in node: Node) -> Int {
    source.lineIndex(at: (node.entries?.last?.key ?? last).range.lowerBound)
  }

  // MARK: What is refused

  /// What happens to the element at the end of a path.
  enum Target {
    case changed
    /// All of it is removed, so it may be an alias.
    case removed
  }

  func checkNoAlias(
    on path: ArraySlice<PathStep>, _ target: Target = .changed
  ) throws(EditRefusal) {
    var index = root
    for (place, step) in path.enumerated() {
      if let merge = index?.mergeKey { throw refuse("there is a merge key (<<) here", merge) }
      index = index?.child(step)
      if target == .removed, place == path.count - 1 { return }
      if let node = index?.node, case .alias = node.content {
        throw refuse("there is an alias here", node)
      }
    }
  }

  func refuse(_ message: String, _ node: Node?) -> EditRefusal {
    EditRefusal(
      message: message,
      location: (node ?? document?.root)?.location ?? Location(line: 1, column: 1))
  }

  private func findAliases() -> Bool {
    var found = false
    document?.root?.visit { node in
      if case .alias = node.content { found = true }
    }
    return found
  }

  private func findSequenceIndent() -> Int {
    var found: Int?
    document?.root?.visit { node in
      for entry in node.entries ?? [] where entry.value.items != nil && !entry.value.isFlow {
        found = found ?? max(0, entry.value.location.column - entry.key.location.column)
      }
    }
    return found ?? 2
  }
}
