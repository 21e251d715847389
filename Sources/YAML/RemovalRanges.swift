/// Which lines, or which part of a bracketed collection, go with what is removed.

extension EditRanges {
  func remove(_ path: [PathStep]) throws(EditRefusal) -> SourceEdit {
    guard let step = path.last, let parent = document?.root?.at(Array(path.dropLast())) else {
      throw refuse("there is nothing to remove here", nil)
    }
    try checkNoAlias(on: path[...], target: true)
    let elements = elements(of: parent)
    guard let index = index(of: step, in: parent) else {
      throw refuse("there is nothing to remove here", parent)
    }
    try checkAnchors(of: parent, removing: index)
    return parent.isFlow
      ? removeFlow(elements, index, in: parent) : try removeBlock(elements, index, in: parent)
  }

  /// The whole range of each element: key to value for an entry.
  private func elements(of parent: Node) -> [Range<Int>] {
    if let entries = parent.entries {
      return entries.map {
        $0.key.range.lowerBound..<max($0.key.range.upperBound, $0.value.range.upperBound)
      }
    }
    return (parent.items ?? []).map(\.range)
  }

  private func index(of step: PathStep, in parent: Node) -> Int? {
    switch step {
    case .key(let key): parent.entries?.lastIndex { $0.key.scalar == key }
    case .index(let index): parent.items?.indices.contains(index) == true ? index : nil
    }
  }

  private func removeFlow(_ elements: [Range<Int>], _ index: Int, in parent: Node) -> SourceEdit {
    let element = elements[index]
    if index + 1 < elements.count {
      return SourceEdit(element.lowerBound..<elements[index + 1].lowerBound)
    }
    if index > 0 { return SourceEdit(elements[index - 1].upperBound..<element.upperBound) }
    // The only element goes with a comma after it.
    let inside = source.bytes[element.upperBound..<parent.range.upperBound - 1]
    let afterSpace = inside.firstIndex { ![32, 9, 10, 13].contains($0) }
    let hasComma = afterSpace.map { source.bytes[$0] == UInt8(ascii: ",") } ?? false
    return SourceEdit(
      element.lowerBound..<(hasComma ? (afterSpace ?? element.upperBound) + 1 : element.upperBound))
  }

  private func removeBlock(
    _ elements: [Range<Int>], _ index: Int, in parent: Node
  ) throws(EditRefusal) -> SourceEdit {
    let head = try headLine(of: elements[index], in: parent)
    let column = source.indentation(ofLine: head)
    let floor = index > 0 ? elements[index - 1].upperBound : -1
    // Nothing else may stand on the lines that go.
    let lastByte = max(elements[index].upperBound - 1, elements[index].lowerBound)
    var last = source.lineIndex(at: lastByte)
    if index + 1 < elements.count,
      try headLine(of: elements[index + 1], in: parent) <= last
    {
      throw refuse("this shares a line with what follows it", parent)
    }
    var first = head
    while first > 0, source.isComment(line: first - 1),
      source.indentation(ofLine: first - 1) <= column,
      source.lineRange(first - 1).lowerBound >= floor,
      source.lineRange(first - 1).lowerBound >= (document?.start ?? 0)
    {
      first -= 1
    }
    // Comments below that are indented deeper belong to what goes.
    var next = last + 1
    while next < source.lineStarts.count {
      let isDeeper = source.isComment(line: next) && source.indentation(ofLine: next) > column
      guard isDeeper || source.isBlank(line: next) else { break }
      if isDeeper { last = next }
      next += 1
    }
    return SourceEdit(source.lineRange(first).lowerBound..<source.lineRange(last).upperBound)
  }

  /// The line on which a block element begins, with its `- ` or `? `, alone on that line.
  private func headLine(of element: Range<Int>, in parent: Node) throws(EditRefusal) -> Int {
    var line = source.lineIndex(at: element.lowerBound)
    guard parent.items != nil else {
      let start = source.lineStarts[line] + source.indentation(ofLine: line)
      let isExplicit = start < element.lowerBound && source.bytes[start] == UInt8(ascii: "?")
      guard
        start == element.lowerBound
          || isExplicit
            && source.text(start..<element.lowerBound).allSatisfy({ $0 == "?" || $0 == " " })
      else { throw refuse("this does not begin its line", parent) }
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
    throw refuse("this item does not begin its line", parent)
  }

  /// An anchor that is used elsewhere must not go.
  private func checkAnchors(of parent: Node, removing index: Int) throws(EditRefusal) {
    let element = elements(of: parent)[index]
    var anchors: Set<String> = []
    document?.root?.visit { node in
      if let anchor = node.anchor, element.contains(node.range.lowerBound) {
        anchors.insert(anchor)
      }
    }
    var user: Node?
    document?.root?.visit { node in
      if case .alias(let name) = node.content, anchors.contains(name),
        !element.contains(node.range.lowerBound)
      {
        user = user ?? node
      }
    }
    if let user { throw refuse("an anchor of what should go is used here", user) }
  }
}
