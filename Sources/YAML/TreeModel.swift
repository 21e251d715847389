/// The intended content of an edited text: a tree that can be changed in place many times.

internal import Text

/// Only the collections on the path of a change are expanded.
final class TreeModel {
  private enum Slot {
    case tree(Tree)
    case model(TreeModel)
  }

  private enum Kind {
    case mapping, sequence, other
  }

  private var kind: Kind
  /// The keys of a mapping, and their places; a value of nil was removed.
  private var keys: [Tree] = []
  private var values: [Slot?] = []
  private var places: [Name: Int] = [:]
  private var items: [Slot] = []
  /// The tree, if it is not a collection.
  private var leaf = Tree.null

  init(_ tree: Tree) {
    switch tree {
    case .mapping(let pairs):
      kind = .mapping
      keys = pairs.map(\.key)
      values = pairs.map { .tree($0.value) }
      places.reserveCapacity(pairs.count)
      for (place, pair) in pairs.enumerated() {
        if case .scalar(let key, .string) = pair.key { places[Name(key)] = place }
      }
    case .sequence(let trees):
      kind = .sequence
      items = trees.map { .tree($0) }
    default:
      kind = .other
      leaf = tree
    }
  }

  /// Makes one change; false, with nothing changed, if its path leads through something that is not
  /// a collection.
  func apply(_ change: TreeChange) -> Bool {
    let path = change.path
    guard let step = path.last, let parent = parent(of: path) else { return false }
    switch change {
    case .set(_, let value): return parent.put(.tree(value), at: step)
    case .remove: return parent.remove(step)
    case .append(_, let item):
      guard let list = parent.child(step, orMaking: .sequence([])) else { return false }
      if list.isNull { list.kind = .sequence }
      guard list.kind == .sequence else { return false }
      list.items.append(.tree(item))
      return true
    }
  }

  private var isNull: Bool { kind == .other && leaf == .null }

  /// The collection that contains the end of a path; missing mappings on the way are made.
  private func parent(of path: [PathStep]) -> TreeModel? {
    var model: TreeModel? = self
    for step in path.dropLast() { model = model?.child(step, orMaking: .mapping([])) }
    return model
  }

  /// The element at a step, expanded; a missing key is made with this value.
  private func child(_ step: PathStep, orMaking tree: Tree) -> TreeModel? {
    switch step {
    case .index(let index):
      guard kind == .sequence, items.indices.contains(index) else { return nil }
      if case .model(let model) = items[index] { return model }
      guard case .tree(let known) = items[index] else { return nil }
      let model = TreeModel(known)
      items[index] = .model(model)
      return model
    case .key(let key):
      if isNull { kind = .mapping }
      guard kind == .mapping else { return nil }
      if let place = places[Name(key)] {
        if case .model(let model)? = values[place] { return model }
        guard case .tree(let known)? = values[place] else { return nil }
        let model = TreeModel(known)
        values[place] = .model(model)
        return model
      }
      let model = TreeModel(tree)
      add(key, .model(model))
      return model
    }
  }

  private func put(_ value: Slot, at step: PathStep) -> Bool {
    switch step {
    case .index(let index):
      guard kind == .sequence, items.indices.contains(index) else { return false }
      items[index] = value
    case .key(let key):
      if isNull { kind = .mapping }
      guard kind == .mapping else { return false }
      if let place = places[Name(key)] { values[place] = value } else { add(key, value) }
    }
    return true
  }

  private func remove(_ step: PathStep) -> Bool {
    switch step {
    case .index(let index):
      guard kind == .sequence, items.indices.contains(index) else { return false }
      items.remove(at: index)
    case .key(let key):
      guard kind == .mapping, let place = places.removeValue(forKey: Name(key)) else {
        return false
      }
      values[place] = nil
    }
    return true
  }

  private func add(_ key: String, _ value: Slot) {
    places[Name(key)] = keys.count
    keys.append(.string(key))
    values.append(value)
  }

  /// Whether a tree equals this one.
  func matches(_ tree: Tree) -> Bool {
    func matches(_ slot: Slot, _ tree: Tree) -> Bool {
      switch slot {
      case .tree(let own): own == tree
      case .model(let model): model.matches(tree)
      }
    }
    switch (kind, tree) {
    case (.mapping, .mapping(let pairs)):
      var position = 0
      for (key, value) in zip(keys, values) {
        guard let value else { continue }
        guard position < pairs.count, pairs[position].key == key,
          matches(value, pairs[position].value)
        else { return false }
        position += 1
      }
      return position == pairs.count
    case (.sequence, .sequence(let others)):
      return items.count == others.count && zip(items, others).allSatisfy { matches($0, $1) }
    case (.other, _): return leaf == tree
    default: return false
    }
  }
}
