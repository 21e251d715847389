/// Changes of one document that can be made together, because they do not affect each other.

internal import Text

struct EditRound {
  private let root: NodeIndex?
  private let ranges: EditRanges
  private let model: TreeModel
  private(set) var edits: [SourceEdit] = []
  /// The changed paths, and the paths below which everything is new.
  private var touched: Set<[PathStep]> = []
  private var made: Set<[PathStep]> = []
  /// The lowest item that was removed from each list.
  private var lowestRemoved: [[PathStep]: Int] = [:]

  init(_ document: Document?, _ source: SourceText) {
    let root = (document?.root).map { NodeIndex($0) }
    self.root = root
    ranges = EditRanges(source: source, document: document, root: root)
    model = TreeModel(Tree(document))
  }

  /// Adds a change to the round.
  ///
  /// - Returns: whether it was added; false if the change has to wait for the next round.
  /// - Throws: `EditRefusal` if it cannot be made at all.
  mutating func take(_ change: TreeChange) throws(EditRefusal) -> Bool {
    guard !hasToWait(change) else { return false }
    guard !isDone(change) else { return true }
    // The range comes first, because it may be refused.
    let edit = try ranges.edit(change)
    guard model.apply(change) else { throw ranges.refuse("this path cannot be edited", nil) }
    edits.append(edit)
    remember(change)
    return true
  }

  /// Whether the edited document has the intended content.
  func matches(_ document: Document?) -> Bool { model.matches(Tree(document)) }

  private func isDone(_ change: TreeChange) -> Bool {
    guard case .set(let path, let value) = change, let node = root?.at(path[...])?.node else {
      return false
    }
    return Tree(node) == value
  }

  private func hasToWait(_ change: TreeChange) -> Bool {
    guard !edits.isEmpty else { return false }
    let path = change.path
    if touched.contains(path), !change.isAppend || made.contains(path) { return true }
    for (place, step) in path.enumerated() {
      let before = Array(path[..<place])
      if place > 0, made.contains(before) { return true }
      if case .index(let index) = step, let lowest = lowestRemoved[before], lowest <= index {
        return true
      }
    }
    return false
  }

  private mutating func remember(_ change: TreeChange) {
    let path = change.path
    touched.insert(path)
    if case .remove = change, case .index(let index)? = path.last {
      let list = Array(path.dropLast())
      lowestRemoved[list] = min(lowestRemoved[list] ?? index, index)
    }
    // An empty collection looks different after its first change.
    let start = change.isAppend ? path.count : path.count - 1
    for count in (0...max(start, 0)).reversed() {
      let node = root?.at(path[..<count])?.node
      let isEmpty = node.map { $0.isNull || $0.items?.isEmpty ?? $0.entries?.isEmpty ?? false }
      guard isEmpty ?? true else { break }
      made.insert(Array(path[..<count]))
    }
  }
}

extension TreeChange {
  /// Where the change is made.
  var path: [PathStep] {
    switch self {
    case .set(let path, _), .remove(let path), .append(let path, _): path
    }
  }

  var isAppend: Bool { if case .append = self { true } else { false } }
}

extension PathStep: Hashable {
  package static func == (left: PathStep, right: PathStep) -> Bool {
    switch (left, right) {
    case (.key(let key), .key(let other)): key === other
    case (.index(let index), .index(let other)): index == other
    default: false
    }
  }

  package func hash(into hasher: inout Hasher) {
    switch self {
    case .key(let key): hasher.combine(Name(key))
    case .index(let index): hasher.combine(index)
    }
  }
}
