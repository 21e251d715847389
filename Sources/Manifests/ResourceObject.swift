/// The identity of an object in a resource or a patch.

package import YAML

/// What an object calls itself.
package struct ResourceObject: Sendable {
  package let kind: String
  package let name: String
  package let namespace: String?
  package let location: Location

  /// The objects of a text, those in a `List` each by itself.
  package static func roots(of source: SourceText) throws(YAMLError) -> [Node] {
    try parseYAML(source).compactMap(\.root).flatMap(\.objects)
  }

  /// What an object calls itself; nil where it has no kind or name.
  package init?(_ root: Node) {
    guard let kind = root["kind"]?.scalar, let name = root.at("metadata", "name")?.scalar else {
      return nil
    }
    self.kind = kind
    self.name = name
    namespace = root.at("metadata", "namespace")?.scalar
    location = root.location
  }
}

extension Node {
  /// The objects of a document: those of a `List`, else itself.
  package var objects: [Node] {
    self["kind"]?.scalar?.hasSuffix("List") == true ? self["items"]?.items ?? [] : [self]
  }
}
