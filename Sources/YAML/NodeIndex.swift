/// The nodes of a document by their paths, so that many changes search each mapping once.

internal import Text

final class NodeIndex {
  let node: Node
  private var children: [Int: NodeIndex] = [:]
  /// The index of each key among the entries; of duplicates, the last one.
  private lazy var places: [Name: Int] = {
    var places: [Name: Int] = [:]
    for (place, entry) in (node.entries ?? []).enumerated() {
      if let key = entry.key.scalar { places[Name(key)] = place }
    }
    return places
  }()
  /// The merge key, if the mapping has one.
  private(set) lazy var mergeKey = node.entries?.first { $0.key.scalarType == .merge }?.key

  init(_ node: Node) { self.node = node }

  /// The index of a step among the entries or items.
  func place(of step: PathStep) -> Int? {
    switch step {
    case .key(let key):
      guard let entries = node.entries else { return nil }
      // A dictionary does not pay off for a few entries.
      return entries.count <= 8
        ? entries.lastIndex { $0.key.scalar === key } : places[Name(key)]
    case .index(let index): return node.items?.indices.contains(index) == true ? index : nil
    }
  }

  func child(_ step: PathStep) -> NodeIndex? {
    guard let place = place(of: step) else { return nil }
    if let known = children[place] { return known }
    guard let value = node.entries?[place].value ?? node.items?[place] else { return nil }
    let child = NodeIndex(value)
    children[place] = child
    return child
  }

  /// The node at the end of a path.
  func at(_ path: ArraySlice<PathStep>) -> NodeIndex? {
    var found: NodeIndex? = self
    for step in path { found = found?.child(step) }
    return found
  }
}
