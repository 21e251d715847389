/// Compares two trees, except for what a run may change in an object that it does not write.

internal import Text
internal import YAML

struct TreeDifference {
  /// The new names of Secrets, by their old ones.
  let renamed: [Name: String]
  /// The names of the Secrets between which consumers are switched.
  let roles: Set<Name>

  /// The path of the first difference; nil if there is none.
  func find(_ old: Tree, _ new: Tree, _ path: String = "") -> String? {
    switch (old, new) {
    case (.mapping(let before), .mapping(let after)):
      return find(before, after, path)
    case (.sequence(let before), .sequence(let after)):
      guard before.count == after.count else { return path }
      for (index, pair) in zip(before, after).enumerated() {
        if let found = find(pair.0, pair.1, "\(path).\(index)") { return found }
      }
      return nil
    case (.scalar(let before, _), .scalar(let after, _)):
      if old == new { return nil }
      if renamed[Name(before)] === after { return nil }
      return roles.contains(Name(before)) && roles.contains(Name(after)) ? nil : path
    default: return old == new ? nil : path
    }
  }

  private func find(
    _ before: [Tree.Pair], _ after: [Tree.Pair], _ path: String
  ) -> String? {
    func key(_ pair: Tree.Pair) -> String {
      if case .scalar(let text, _) = pair.key { text } else { "" }
    }
    let place = { (name: String) in path.isEmpty ? name : "\(path).\(name)" }
    for pair in before {
      let name = key(pair)
      guard let other = after.first(where: { key($0) === name }) else { return place(name) }
      // A rotation of a Secret that is already sealed changes the annotation.
      if name.begins(with: Self.prefix) { continue }
      if let found = find(pair.value, other.value, place(name)) { return found }
    }
    let known = Set(before.map { Name(key($0)) })
    for pair in after
    where !known.contains(Name(key(pair))) && !isRotation(key(pair), pair.value) {
      return place(key(pair))
    }
    return nil
  }

  private static let prefix = "moltseal.dev/rotation-"

  /// Whether it is the annotation of a rotation, or a mapping that exists only for one.
  private func isRotation(_ key: String, _ value: Tree) -> Bool {
    if key.begins(with: Self.prefix) { return true }
    guard key == "annotations" || key == "metadata", case .mapping(let pairs) = value else {
      return false
    }
    return !pairs.isEmpty
      && pairs.allSatisfy { pair in
        guard case .scalar(let name, _) = pair.key else { return false }
        return isRotation(name, pair.value) || name == "creationTimestamp" && pair.value == .null
      }
  }
}
