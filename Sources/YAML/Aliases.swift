/// Aliases and merge keys, replaced by what they stand for.

extension Document {
  /// The root with every alias and merge key (`<<`) written out, as Kubernetes reads it.
  ///
  /// - Throws: `YAMLError` where an anchor stands twice, a merge key brings a key that is there
  ///   already, or the whole grows beyond 100,000 nodes.
  package func writtenOut() throws(YAMLError) -> Node? {
    guard let root else { return nil }
    var anchors: [String: Node] = [:]
    var twice: Node?
    var isPlain = true
    root.visit { node in
      if case .alias = node.content {
        isPlain = false
      } else if let anchor = node.anchor, anchors.updateValue(node, forKey: anchor) != nil {
        twice = twice ?? node
      }
      if node.entries?.contains(where: { $0.key.scalarType == .merge }) == true { isPlain = false }
    }
    if isPlain { return root }
    if let twice {
      throw YAMLError("its anchor stands twice", at: twice.location)
    }
    var expander = Expander(anchors: anchors)
    return try expander.expand(root, depth: 0)
  }
}

private struct Expander {
  let anchors: [String: Node]
  private var count = 0

  init(anchors: [String: Node]) { self.anchors = anchors }

  mutating func expand(_ node: Node, depth: Int) throws(YAMLError) -> Node {
    count += 1
    guard count <= 100_000, depth < 100 else {
      throw YAMLError("its aliases make more of it than a manifest can be", at: node.location)
    }
    switch node.content {
    case .scalar, .withheld: return node
    case .alias(let name):
      // The parser has refused an alias without an anchor.
      guard let target = anchors[name] else { return node }
      return try expand(target, depth: depth + 1)
    case .sequence(let items):
      var expanded: [Node] = []
      for item in items { expanded.append(try expand(item, depth: depth + 1)) }
      return node.with(.sequence(expanded))
    case .mapping(let entries):
      var expanded: [Node.Entry] = []
      for entry in entries {
        let value = try expand(entry.value, depth: depth + 1)
        if entry.key.scalarType == .merge {
          expanded += try merged(value, at: entry.key.location)
        } else {
          expanded.append(.init(key: try expand(entry.key, depth: depth + 1), value: value))
        }
      }
      return node.with(.mapping(expanded))
    }
  }

  /// The entries of a mapping, or of a list of mappings.
  private func merged(_ value: Node, at location: Location) throws(YAMLError) -> [Node.Entry] {
    if let entries = value.entries { return entries }
    guard let items = value.items else {
      throw YAMLError("a merge key (<<) takes a mapping, not \(value.kindName)", at: location)
    }
    var entries: [Node.Entry] = []
    for item in items { entries += try merged(item, at: location) }
    return entries
  }
}

extension Node {
  fileprivate func with(_ content: Content) -> Node {
    Node(
      content: content, range: range, anchor: nil, tag: tag, isFlow: isFlow, location: location)
  }
}
