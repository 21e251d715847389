/// Finds the lines, or the part of a flow collection, to remove with an element.

internal import Text

extension EditRanges {
  func remove(_ path: [PathStep]) throws(EditRefusal) -> SourceEdit {
    guard let step = path.last, let parent = root?.at(path.dropLast()) else {
      throw refuse("there is nothing to remove here", nil)
    }
    try checkNoAlias(on: path[...], .removed)
    guard let place = parent.place(of: step) else {
      throw refuse("there is nothing to remove here", parent.node)
    }
    try checkAnchors(of: parent.node, removing: place)
    return parent.node.isFlow
      ? removeFlow(place, in: parent.node) : try removeBlock(place, in: parent.node)
  }

  /// The whole range of an element, including the key of an entry; nil if there is none.
  private func element(_ place: Int, of parent: Node) -> Range<Int>? {
    if let entries = parent.entries, entries.indices.contains(place) {
      let entry = entries[place]
      return entry.key.range
        .lowerBound..<max(
          entry.key.range.upperBound, entry.value.range.upperBound)
    }
    guard let items = parent.items, items.indices.contains(place) else { return nil }
    return items[place].range
  }

  private func removeFlow(_ place: Int, in parent: Node) -> SourceEdit {
    // `place` was found among the elements.
    let element = element(place, of: parent) ?? parent.range
    if let next = self.element(place + 1, of: parent) {
      return SourceEdit(element.lowerBound..<next.lowerBound)
    }
    if let last = self.element(place - 1, of: parent) {
      return SourceEdit(last.upperBound..<element.upperBound)
    }
    // The only element is removed with a comma after it.
    let inside = source.bytes[element.upperBound..<parent.range.upperBound - 1]
    let afterSpace = inside.firstIndex { ![32, 9, 10, 13].contains($0) }
    let hasComma = afterSpace.map { source.bytes[$0] == UInt8(ascii: ",") } ?? false
    return SourceEdit(
      element.lowerBound..<(hasComma ? (afterSpace ?? element.upperBound) + 1 : element.upperBound))
  }

  private func removeBlock(_ place: Int, in parent: Node) throws(EditRefusal) -> SourceEdit {
    // `place` was found among the elements.
    let element = element(place, of: parent) ?? parent.range
    let head = try headLine(of: element, in: parent)
    let column = source.indentation(ofLine: head)
    // Nothing else may be on the removed lines.
    var last = source.lineIndex(at: max(element.upperBound - 1, element.lowerBound))
    if let next = self.element(place + 1, of: parent), try headLine(of: next, in: parent) <= last {
      throw refuse("this shares a line with what follows it", parent)
    }
    let first = firstLine(
      of: head, column: column, after: self.element(place - 1, of: parent)?.upperBound ?? -1)
    // Comments below that are indented deeper are removed as well.
    var next = last + 1
    while next < source.lineStarts.count {
      let isDeeper = source.isComment(line: next) && source.indentation(ofLine: next) > column
      guard isDeeper || source.isBlank(line: next) else { break }
      if isDeeper { last = next }
      next += 1
    }
    return SourceEdit(source.lineRange(first).lowerBound..<source.lineRange(last).upperBound)
  }

  /// The first line of the prose above an element, which is removed with it.
  ///
  /// YAML that was commented out stays, with what is indented below it and all that is above it. An
  /// example that is indented below prose is a part of the prose.
  private func firstLine(of head: Int, column: Int, after floor: Int) -> Int {
    var top = head
    while top > 0, source.isComment(line: top - 1), source.indentation(ofLine: top - 1) <= column,
      source.lineRange(top - 1).lowerBound >= floor,
      source.lineRange(top - 1).lowerBound >= (document?.start ?? 0)
    {
      top -= 1
    }
    var first = top
    var above: (indentation: Int, isYAML: Bool)?
    for line in top..<head {
      let indentation = source.commentIndentation(line: line)
      if let last = above, indentation > last.indentation {
        if last.isYAML { first = line + 1 }
        continue
      }
      let isYAML = source.isCommentedOut(line: line)
      above = (indentation, isYAML)
      if isYAML { first = line + 1 }
    }
    return first
  }

  /// The line on which a block element begins; its `- ` or `? ` must be the first thing on that
  /// line.
  private func headLine(of element: Range<Int>, in parent: Node) throws(EditRefusal) -> Int {
    var line = source.lineIndex(at: element.lowerBound)
    guard parent.items != nil else {
      let start = source.lineStarts[line] + source.indentation(ofLine: line)
      let isExplicit = start < element.lowerBound && source.bytes[start] == UInt8(ascii: "?")
      guard
        start == element.lowerBound
          || isExplicit
            && source.text(start..<element.lowerBound).allSatisfy({ $0 == "?" || $0 == " " })
      else { throw refuse("this is not at the start of its line", parent) }
      return line
    }
    let column = parent.location.column - 1
    let top = source.lineIndex(at: parent.range.lowerBound)
    while line >= top {
      let start = source.lineStarts[line] + source.indentation(ofLine: line)
      if start < source.bytes.count, source.bytes[start] == UInt8(ascii: "-"),
        source.indentation(ofLine: line) == column
      {
        return line
      }
      line -= 1
    }
    throw refuse("this item is not at the start of its line", parent)
  }

  /// Refuses to remove an anchor that is used elsewhere.
  private func checkAnchors(of parent: Node, removing index: Int) throws(EditRefusal) {
    guard hasAliases, let element = element(index, of: parent) else { return }
    var anchors: Set<Name> = []
    document?.root?.visit { node in
      if let anchor = node.anchor, element.contains(node.range.lowerBound) {
        anchors.insert(Name(anchor))
      }
    }
    var user: Node?
    document?.root?.visit { node in
      if case .alias(let name) = node.content, anchors.contains(Name(name)),
        !element.contains(node.range.lowerBound)
      {
        user = user ?? node
      }
    }
    if let user { throw refuse("this uses an anchor of what should be removed", user) }
  }
}
