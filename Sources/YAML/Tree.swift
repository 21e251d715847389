/// YAML without positions: what an edit should give, and what is written new.

/// A value that can be compared, changed and written.
package indirect enum Tree: Sendable, Equatable {
  case scalar(String, ScalarType)
  case sequence([Tree])
  case mapping([Pair])
  case alias(String)
  case anchored(String, Tree)

  package struct Pair: Sendable, Equatable {
    package let key: Tree
    package var value: Tree

    package init(key: Tree, value: Tree) {
      self.key = key
      self.value = value
    }
  }

  /// A string, whatever it looks like.
  package static func string(_ text: String) -> Tree { .scalar(text, .string) }

  /// A mapping of string keys, in the order given.
  package static func map(_ pairs: [(String, Tree)]) -> Tree {
    .mapping(pairs.map { Pair(key: .string($0.0), value: $0.1) })
  }

  /// A mapping of strings in the order of its keys' bytes.
  package static func strings(_ pairs: some Sequence<(key: String, value: String)>) -> Tree {
    .map(pairs.sortedByKey().map { ($0.key, .string($0.value)) })
  }

  package static let null = Tree.scalar("", .null)

  /// The tree of a parsed node.
  package init(_ node: Node) {
    let plain: Tree =
      switch node.content {
      case .alias(let name): .alias(name)
      case .sequence(let items): .sequence(items.map { Tree($0) })
      case .mapping(let entries):
        .mapping(entries.map { Pair(key: Tree($0.key), value: Tree($0.value)) })
      case .scalar(let text, _):
        node.isNull ? .null : .scalar(text, node.scalarType ?? .string)
      // What was handed out is not here to be compared or written.
      case .withheld: .null
      }
    self = node.anchor.map { .anchored($0, plain) } ?? plain
  }

  /// The tree of a document; an empty one is an empty mapping, as kustomize sees it.
  package init(_ document: Document?) {
    let tree = document?.root.map { Tree($0) } ?? .mapping([])
    self = tree == .null ? .mapping([]) : tree
  }
}

/// One step from a collection to what it holds.
package enum PathStep: Sendable, Equatable, ExpressibleByStringLiteral {
  case key(String)
  case index(Int)

  package init(stringLiteral value: String) { self = .key(value) }
}

/// One change of a document.
package enum TreeChange: Sendable {
  /// Gives the mapping at the path's end this value; mappings on the way are made where missing.
  case set([PathStep], Tree)
  /// Takes out a mapping entry or a list item.
  case remove([PathStep])
  /// Adds an item to the list at the path, which is made where it is missing or null.
  case append([PathStep], Tree)
}

extension Tree {
  /// This tree with the keys of its mappings, at every depth, in the order of `keys`.
  ///
  /// Others follow as they stand.
  package func ordered(_ keys: [String]) -> Tree {
    switch self {
    case .mapping(let pairs):
      func place(_ pair: Pair) -> Int {
        guard case .scalar(let key, _) = pair.key else { return keys.count }
        return keys.firstIndex(of: key) ?? keys.count
      }
      let sorted = pairs.enumerated().sorted {
        (place($0.element), $0.offset) < (place($1.element), $1.offset)
      }
      return .mapping(
        sorted.map { Pair(key: $0.element.key, value: $0.element.value.ordered(keys)) })
    case .sequence(let items): return .sequence(items.map { $0.ordered(keys) })
    case .anchored(let name, let tree): return .anchored(name, tree.ordered(keys))
    case .scalar, .alias: return self
    }
  }

  /// This tree after `change`; nil where the path leads through something that is no collection.
  package func applying(_ change: TreeChange) -> Tree? {
    switch change {
    case .set(let path, let value): updating(path[...]) { _ in .some(.some(value)) }
    case .remove(let path): updating(path[...]) { $0 == nil ? nil : .some(nil) }
    case .append(let path, let item):
      updating(path[...]) { old in
        switch old {
        case nil, .null?: .some(.sequence([item]))
        case .sequence(let items)?: .some(.sequence(items + [item]))
        default: nil
        }
      }
    }
  }

  /// `body` gets what stands at the path and answers nil (impossible), `.some(nil)` (take it out)
  /// or the new value.
  private func updating(_ path: ArraySlice<PathStep>, _ body: (Tree?) -> Tree??) -> Tree? {
    guard let step = path.first else { return body(self).flatMap { $0 } }
    switch (self, step) {
    case (.mapping(var pairs), .key(let key)):
      let index = pairs.lastIndex { $0.key == .string(key) }
      let old = index.map { pairs[$0].value }
      let new: Tree??
      if path.count == 1 {
        new = body(old)
      } else {
        let base = old.map { $0 == .null ? Tree.mapping([]) : $0 } ?? .mapping([])
        new = base.updating(path.dropFirst(), body).map { .some($0) }
      }
      guard let new else { return nil }
      switch (index, new) {
      case (let index?, let value?): pairs[index].value = value
      case (let index?, nil): pairs.remove(at: index)
      case (nil, let value?): pairs.append(Pair(key: .string(key), value: value))
      case (nil, nil): return nil
      }
      return .mapping(pairs)
    case (.sequence(var items), .index(let index)) where items.indices.contains(index):
      let new =
        path.count == 1
        ? body(items[index]) : items[index].updating(path.dropFirst(), body).map { .some($0) }
      guard let new else { return nil }
      if let value = new { items[index] = value } else { items.remove(at: index) }
      return .sequence(items)
    default: return nil
    }
  }
}

extension Sequence {
  /// The pairs in the order of their keys' bytes, as Go writes maps.
  package func sortedByKey<Value>() -> [(key: String, value: Value)]
  where Element == (key: String, value: Value) {
    sorted { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }
  }
}
