/// One SealedSecret, read from a file that is not edited.

package import Kubernetes
internal import Text
package import YAML

/// One SealedSecret of a file.
package struct SealedSecretDocument: Sendable {
  /// Its index among the documents of the file.
  package let index: Int
  package let apiVersion: String?
  package let name: String
  /// The name that it is sealed for, after kustomize has renamed it.
  ///
  /// That is its `moltseal.dev/sealed-as` annotation, or else its own name.
  package let sealedName: String
  package private(set) var namespace: String?
  package let scope: Scope
  package let location: Location
  /// The value of its `moltseal.dev/rotation` annotation.
  package let rotation: String?
  /// The ciphertexts as written, in order.
  package let items: [(key: String, base64: String, location: Location)]
  /// The keys with null instead of a ciphertext, which an API server removes.
  package let nulls: [(key: String, location: Location)]
  /// Whether the controller should set no owner, because of an annotation of the template.
  package let isUnowned: Bool
  /// The labels and annotations that the Secret gets.
  package let templateLabels: [(key: String, value: String)]
  package let templateAnnotations: [(key: String, value: String)]

  /// The annotation of a SealedSecret that a kustomization renames.
  package static let sealedAs = "moltseal.dev/sealed-as"

  /// Its namespace and name, as its file has them.
  package var namespacedName: NamespacedName { NamespacedName(namespace, name) }

  /// The namespace and name that its ciphertexts are bound to.
  package var sealedFor: NamespacedName { NamespacedName(namespace, sealedName) }

  /// The SealedSecret in the namespace that it is built in, unless it has its own.
  package func placed(in namespace: String?) -> SealedSecretDocument {
    var placed = self
    if lacksNamespace { placed.namespace = namespace }
    return placed
  }

  /// Whether its ciphertexts are bound to a namespace, but it has none.
  package var lacksNamespace: Bool { namespacedName.namespace.isEmpty && scope != .clusterWide }

  /// The ciphertext under `key`; nil if there is none or it is not base64.
  package func value(_ key: String) -> SealedValue? {
    items.first { $0.key === key }.flatMap { SealedValue(base64: $0.base64) }
  }
}

extension SealedSecretDocument {
  /// What becomes of an object without a kind.
  package enum MissingKind {
    case refused
    /// It is read as a SealedSecret.
    case accepted
  }

  /// Reads one object; `index` is its position in the file.
  ///
  /// - Throws: `YAMLError` if it is not a SealedSecret.
  package init(
    _ root: Node, index: Int, missingKind: MissingKind = .refused
  ) throws(YAMLError) {
    let isUnnamed = missingKind == .accepted && root.entries != nil && root["kind"] == nil
    guard root["kind"]?.scalar == "SealedSecret" || isUnnamed else {
      let found = root["kind"]?.scalar.map { "a \($0)" } ?? root.kindName
      throw YAMLError("is \(found), not a SealedSecret", at: root.location)
    }
    guard let name = root.at("metadata", "name")?.scalar, !name.isEmpty else {
      throw YAMLError("has no metadata.name", at: root.location)
    }
    let annotations = root.at("metadata", "annotations")
    self.index = index
    self.apiVersion = root["apiVersion"]?.scalar
    self.name = name
    self.sealedName = annotations?[SealedSecretDocument.sealedAs]?.scalar ?? name
    self.namespace = root.at("metadata", "namespace")?.scalar
    self.location = root.location
    self.scope = Scope(annotations: annotations?.stringEntries ?? [])
    self.rotation = annotations?[Rollout.rotationAnnotation]?.scalar
    let metadata = root.at("spec", "template", "metadata")
    self.isUnowned = metadata?["annotations"]?[SecretOwnership.skips]?.scalar == "true"
    self.templateLabels = metadata?["labels"]?.stringEntries ?? []
    self.templateAnnotations = metadata?["annotations"]?.stringEntries ?? []
    (items, nulls) = try Self.ciphertexts(root.at("spec", "encryptedData"))
  }

  /// The ciphertexts, and the keys with null instead of one.
  private static func ciphertexts(
    _ data: Node?
  ) throws(YAMLError) -> (
    items: [(key: String, base64: String, location: Location)],
    nulls: [(key: String, location: Location)]
  ) {
    if let duplicate = data?.duplicateEntry {
      throw YAMLError(
        "has the key '\(duplicate.key.scalar ?? "")' twice", at: duplicate.key.location)
    }
    var items: [(key: String, base64: String, location: Location)] = []
    var nulls: [(key: String, location: Location)] = []
    for entry in data?.entries ?? [] {
      guard let key = entry.key.scalar, let value = entry.value.scalar else {
        throw YAMLError(
          "has \(entry.value.kindName) instead of a ciphertext", at: entry.value.location)
      }
      guard entry.key.isReadAsWritten else {
        throw YAMLError(
          "has the key '\(key)', which is \(entry.key.kindName) and is read as another text; quote it",
          at: entry.key.location)
      }
      if entry.value.isNull {
        nulls.append((key, entry.value.location))
      } else {
        items.append((key, value, entry.value.location))
      }
    }
    return (items, nulls)
  }
}

extension Node {
  /// The entries of a mapping whose keys and values are scalars, in order.
  package var stringEntries: [(key: String, value: String)] {
    (entries ?? []).compactMap { entry in
      guard let key = entry.key.scalar, let value = entry.value.scalar else { return nil }
      return (key, value)
    }
  }
}
