/// Replaces aliases and merge keys by what they refer to.

internal import Text

/// What happens if a merge key brings in a key that the mapping has.
package enum MergeRepeats {
  /// The mapping's own key counts, as in kustomize.
  case ownWins
  /// It is refused, because the YAML of kubectl and kubeseal uses the last of the two.
  case refused
}

extension Document {
  /// The root with every alias and merge key (`<<`) written out.
  ///
  /// A merge key overrides no other key, wherever it is, and of several mappings the first one wins
  /// (yaml.org/type/merge).
  ///
  /// - Parameter repeats: what happens if a merge key brings in an existing key.
  /// - Throws: `YAMLError` for such a key, a duplicate anchor, or more than 100,000 nodes.
  package func writtenOut(repeats: MergeRepeats = .ownWins) throws(YAMLError) -> Node? {
    guard let root else { return nil }
    var anchors: [Name: Node] = [:]
    var twice: Node?
    var isPlain = true
    root.visit { node in
      if case .alias = node.content {
        isPlain = false
      } else if let anchor = node.anchor,
        anchors.updateValue(node, forKey: Name(anchor)) != nil
      {
        twice = twice ?? node
      }
      if node.entries?.contains(where: { $0.key.scalarType == .merge }) == true { isPlain = false }
    }
    if isPlain { return root }
    if let twice {
      throw YAMLError("its anchor is defined twice", at: twice.location)
    }
    var expander = Expander(anchors: anchors, repeats: repeats)
    return try expander.expand(root, depth: 0)
  }
}

private struct Expander {
  let anchors: [Name: Node]
  let repeats: MergeRepeats
  private var count = 0

  init(anchors: [Name: Node], repeats: MergeRepeats) {
    self.anchors = anchors
    self.repeats = repeats
  }

  mutating func expand(_ node: Node, depth: Int) throws(YAMLError) -> Node {
    count += 1
    guard count <= 100_000, depth < 100 else {
      throw YAMLError("its aliases expand to more than a manifest can have", at: node.location)
    }
    switch node.content {
    case .scalar, .withheld: return node
    case .alias(let name):
      // The parser refuses an alias without an anchor.
      guard let target = anchors[Name(name)] else { return node }
      return try expand(target, depth: depth + 1)
    case .sequence(let items):
      var expanded: [Node] = []
      for item in items { expanded.append(try expand(item, depth: depth + 1)) }
      return node.with(.sequence(expanded))
    case .mapping(let entries):
      var own: [Node.Entry] = []
      var brought: [Node.Entry] = []
      for entry in entries {
        let value = try expand(entry.value, depth: depth + 1)
        if entry.key.scalarType == .merge {
          brought += try merged(value, at: entry.key.location)
        } else {
          own.append(.init(key: try expand(entry.key, depth: depth + 1), value: value))
        }
      }
      return node.with(.mapping(own + (try missing(brought, in: own))))
    }
  }

  /// The entries of `brought` whose keys the mapping lacks.
  private func missing(
    _ brought: [Node.Entry], in own: [Node.Entry]
  ) throws(YAMLError) -> [Node.Entry] {
    var keys = Set(own.compactMap { $0.key.scalar.map { Name($0) } })
    var missing: [Node.Entry] = []
    for entry in brought {
      guard let key = entry.key.scalar, !keys.insert(Name(key)).inserted else {
        missing.append(entry)
        continue
      }
      guard repeats == .ownWins else {
        throw YAMLError(
          "a merge key (<<) adds \(SecretName.quoted(key)) a second time; only one of the two would be sealed",
          at: entry.key.location)
      }
    }
    return missing
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
