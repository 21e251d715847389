/// The identity of an object in a resource or a patch.

internal import Kubernetes
internal import Text
package import YAML

/// The kind, name and namespace of an object.
package struct ResourceObject: Sendable {
  package let kind: String
  /// The name; a regular expression for the whole name if `isPattern` is set.
  package private(set) var name: String
  /// The name in its own file.
  package let ownName: String
  private let isPattern: Bool
  package private(set) var namespace: String?
  /// Whether it is a Secret with values.
  package let holdsValues: Bool
  /// Whether an annotation says why its values may be public.
  package let isAllowedInPlain: Bool
  package let location: Location

  /// The object as the kustomizations above its file build it.
  package func built(prefix: String, suffix: String, namespace: String?) -> ResourceObject {
    var copy = self
    copy.namespace = namespace ?? self.namespace
    copy.name = prefix + name + suffix
    return copy
  }

  /// The objects of a text; those in a `List` count individually.
  package static func roots(of source: SourceText) throws(YAMLError) -> [Node] {
    try parseYAML(source).compactMap { (try? $0.writtenOut()) ?? $0.root }.flatMap(\.objects)
  }

  /// Reads the identity of an object; nil if it has no kind or name.
  package init?(_ root: Node) {
    guard let kind = root["kind"]?.scalar, let name = root.at("metadata", "name")?.scalar else {
      return nil
    }
    self.kind = kind
    self.name = name
    ownName = name
    isPattern = false
    namespace = root.at("metadata", "namespace")?.scalar
    holdsValues =
      kind == "Secret"
      && ["data", "stringData"].contains {
        !(root[$0]?.entries?.isEmpty ?? true)
      }
    isAllowedInPlain =
      root.at("metadata", "annotations")?[PlainSecrets.allow]?.scalar?.isEmpty == false
    location = root.location
  }
}

extension ResourceObject {
  /// The objects that the `target` of a patch selects by kind and name; nil for any other selector.
  package init?(target: Node) {
    guard let kind = target["kind"]?.scalar, let name = target["name"]?.scalar else { return nil }
    self.kind = kind
    self.name = name
    ownName = name
    isPattern = true
    namespace = target["namespace"]?.scalar
    holdsValues = false
    isAllowedInPlain = false
    location = target.location
  }
}

extension ResourceObject {
  /// Whether it is, or selects, an object; a namespace that one of the two lacks matches any.
  package func selects(kind: String, name: String, namespace: String?) -> Bool {
    guard self.kind == kind else { return false }
    if let own = self.namespace, let namespace, own !== namespace { return false }
    if self.name === name { return true }
    guard isPattern, Self.isSimple(self.name), let pattern = try? Regex(self.name) else {
      return false
    }
    return name.wholeMatch(of: pattern) != nil
  }

  /// Whether a pattern is matched in bounded time: at most two repetitions, not nested.
  ///
  /// kustomize's expressions are Go's, which need no backtracking. Any other pattern selects
  /// nothing here.
  private static func isSimple(_ pattern: String) -> Bool {
    pattern.utf8.count <= 253
      && pattern.utf8.allSatisfy { byte in
        "-.|^$*+".utf8.contains(byte) || (48...57).contains(byte) || (97...122).contains(byte)
      } && pattern.utf8.filter { "*+".utf8.contains($0) }.count <= 2
  }
}

extension Node {
  /// The objects of a document: the items of a `List`, otherwise the document itself.
  package var objects: [Node] {
    self["kind"]?.scalar?.ends(with: "List") == true ? self["items"]?.items ?? [] : [self]
  }
}
