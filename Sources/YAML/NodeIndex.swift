/// The nodes of a document by their paths, so that many changes of one document look each mapping
/// through once.

internal import Text

final class NodeIndex {
  let node: Node
  private var children: [Int: NodeIndex] = [:]
  /// The place of each key among the entries; of two the last one.
  private lazy var places: [ByBytes: Int] = {
    var places: [ByBytes: Int] = [:]
    for (place, entry) in (node.entries ?? []).enumerated() {
      if let key = entry.key.scalar { places[ByBytes(key)] = place }
    }
    return places
  }()
  /// The merge key of a mapping that has one.
  private(set) lazy var mergeKey = node.entries?.first { $0.key.scalarType == .merge }?.key

  init(_ node: Node) { self.node = node }

  /// The place of a step among the entries or items.
  func place(of step: PathStep) -> Int? {
    switch step {
    case .key(let key):
      guard let entries = node.entries else { return nil }
      // A dictionary is not worth its while for a few.
      return entries.count <= 8
        ? entries.lastIndex { $0.key.scalar === key } : places[ByBytes(key)]
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

  /// What stands at the end of a path.
  func at(_ path: ArraySlice<PathStep>) -> NodeIndex? {
    var found: NodeIndex? = self
    for step in path { found = found?.child(step) }
    return found
  }
}
