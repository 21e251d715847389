/// The metadata of a Secret that is copied to a SealedSecret's template.

package import Text
package import YAML

/// The fields of `metadata` that the author sets, not the server (k8s.io/apimachinery
/// `ObjectMeta`).
package struct SecretMetadata: Sendable {
  /// Empty if it is not set, as are `namespace` and `generateName`.
  package var name = ""
  package var generateName = ""
  package var namespace = ""
  package var labels: [Name: String] = [:]
  package var annotations: [Name: String] = [:]
  package var finalizers: [String] = []
  package var managedFields = Tree.null

  /// The fields that the API server sets and kubeseal drops.
  static let serverFields: Set<String> = [
    "selfLink", "uid", "resourceVersion", "generation", "creationTimestamp", "deletionTimestamp",
    "deletionGracePeriodSeconds", "ownerReferences",
  ]
  static let fields = [
    "name", "generateName", "namespace", "labels", "annotations", "finalizers", "managedFields",
  ]

  /// The non-empty fields in the API's order; labels and annotations sorted by key.
  package var tree: Tree {
    var pairs: [(String, Tree)] = []
    for (key, text) in [("name", name), ("generateName", generateName), ("namespace", namespace)]
    where !text.isEmpty {
      pairs.append((key, .string(text)))
    }
    for (key, map) in [("labels", labels), ("annotations", annotations)] where !map.isEmpty {
      pairs.append((key, Tree.strings(map.map { (key: $0.text, value: $1) })))
    }
    if !finalizers.isEmpty {
      pairs.append(("finalizers", .sequence(finalizers.map { .string($0) })))
    }
    if managedFields != .null { pairs.append(("managedFields", managedFields)) }
    return .map(pairs)
  }
}
