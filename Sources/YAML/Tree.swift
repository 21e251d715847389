/// YAML without positions, for comparing and for writing.

internal import Text

/// A value that can be compared, changed and written.
package indirect enum Tree: Sendable {
  case scalar(String, ScalarType)
  case sequence([Tree])
  case mapping([Pair])
  case alias(String)
  case anchored(String, Tree)

  package struct Pair: Sendable {
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

  /// A mapping of strings, sorted by the bytes of its keys.
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
      // Withheld text is not available to compare or write.
      case .withheld: .null
      }
    self = node.anchor.map { .anchored($0, plain) } ?? plain
  }

  /// The tree of a document; an empty one is an empty mapping, as in kustomize.
  package init(_ document: Document?) {
    let tree = document?.root.map { Tree($0) } ?? .mapping([])
    self = tree == .null ? .mapping([]) : tree
  }
}

/// One step from a collection to one of its elements.
package enum PathStep: Sendable, ExpressibleByStringLiteral {
  case key(String)
  case index(Int)

  package init(stringLiteral value: String) { self = .key(value) }
}

extension Tree: Equatable {
  /// Whether both are the same, byte for byte.
  package static func == (left: Tree, right: Tree) -> Bool {
    switch (left, right) {
    case (.scalar(let text, let type), .scalar(let other, let otherType)):
      type == otherType && text === other
    case (.sequence(let items), .sequence(let others)): items == others
    case (.mapping(let pairs), .mapping(let others)):
      pairs.elementsEqual(others) { $0.key == $1.key && $0.value == $1.value }
    case (.alias(let name), .alias(let other)): name === other
    case (.anchored(let name, let tree), .anchored(let other, let otherTree)):
      name === other && tree == otherTree
    default: false
    }
  }
}

/// One change of a document.
package enum TreeChange: Sendable {
  /// Sets the value at the end of the path; missing mappings on the way are made.
  case set([PathStep], Tree)
  /// Removes a mapping entry or a list item.
  case remove([PathStep])
  /// Adds an item to the list at the path, which is made if it is missing or null.
  case append([PathStep], Tree)
}

extension Tree {
  /// This tree with another value at the end of a path of existing keys.
  package func replacing(_ path: ArraySlice<String>, by value: Tree) -> Tree {
    guard let step = path.first else { return value }
    guard case .mapping(let pairs) = self else { return self }
    return .mapping(
      pairs.map { pair in
        guard pair.key == .string(step) else { return pair }
        return Pair(key: pair.key, value: pair.value.replacing(path.dropFirst(), by: value))
      })
  }

  /// This tree with the keys of its mappings, at every depth, in the order of `keys`.
  ///
  /// Other keys follow in their old order.
  package func ordered(_ keys: [String]) -> Tree {
    switch self {
    case .mapping(let pairs):
      func place(_ pair: Pair) -> Int {
        guard case .scalar(let key, _) = pair.key else { return keys.count }
        return keys.firstIndex { $0 === key } ?? keys.count
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
}

extension Sequence {
  /// The pairs sorted by the bytes of their keys, as Go writes maps.
  package func sortedByKey<Value>() -> [(key: String, value: Value)]
  where Element == (key: String, value: Value) {
    sorted { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }
  }
}
