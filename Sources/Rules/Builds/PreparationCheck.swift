/// Checks that preparing an adoption only adds annotations, and only to Secrets.

internal import Kubernetes
internal import Manifests
internal import Text
internal import YAML

package struct PreparationCheck: Sendable {
  let before: Build
  let after: Build
  let path: String

  package init(before: Build, after: Build, path: String) {
    self.before = before
    self.after = after
    self.path = path
  }

  package func findings() -> [Finding] {
    var lost = before.objects.filter { object in
      guard let other = after[object.identity] else { return true }
      if !object.isSecret { return other.digest != object.digest }
      return !isSame(object, other)
    }.map(\.identity.words)
    lost += after.objects.filter { before[$0.identity] == nil }.map(\.identity.words)
    return lost.map { words in
      Finding(
        code: "build-differs", severity: .error,
        message: "\(words) would change, although only annotations should be added",
        hint:
          "inspect a dry run; edit the generator by hand if other files patch it",
        file: path, location: nil)
    }
  }

  /// Whether two Secrets differ only in the annotations of the preparation.
  private func isSame(_ old: BuiltObject, _ new: BuiltObject) -> Bool {
    func rest(_ object: BuiltObject) -> Tree {
      guard case .mapping(let pairs) = Tree(object.root) else { return .null }
      return .mapping(
        pairs.map { pair in
          guard pair.key == .string("metadata"), case .mapping(let fields) = pair.value else {
            return pair
          }
          return Tree.Pair(
            key: pair.key, value: .mapping(fields.filter { $0.key != .string("annotations") }))
        })
    }
    func kept(_ object: BuiltObject) -> [String] {
      object.annotations.filter { pair in
        !SecretOwnership.preparation.contains { $0.key == pair.key }
      }.map { "\($0.key)=\($0.value)" }
    }
    return rest(old) == rest(new) && kept(old) == kept(new) && old.values == new.values
  }
}
