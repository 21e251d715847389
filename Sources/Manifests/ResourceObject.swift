/// The identity of an object in a resource or a patch.

package import YAML

/// What an object calls itself.
package struct ResourceObject: Sendable {
  package let kind: String
  package let name: String
  package let namespace: String?
  package let location: Location

  /// All objects of a text, those in a `List` too.
  package static func find(in source: SourceText) throws(YAMLError) -> [ResourceObject] {
    try parseYAML(source).compactMap(\.root).flatMap { root in
      root["kind"]?.scalar?.hasSuffix("List") == true ? root["items"]?.items ?? [] : [root]
    }.compactMap { ResourceObject($0) }
  }

  private init?(_ root: Node) {
    guard let kind = root["kind"]?.scalar, let name = root.at("metadata", "name")?.scalar else {
      return nil
    }
    self.kind = kind
    self.name = name
    namespace = root.at("metadata", "namespace")?.scalar
    location = root.location
  }
}
