/// The scope of a SealedSecret, which decides the label that RSA-OAEP binds a ciphertext to.

/// The scope of a SealedSecret (sealed-secrets, `sealedsecret_expansion.go: EncryptionLabel`).
package enum Scope: String, Sendable, CaseIterable {
  case strict
  case namespaceWide = "namespace-wide"
  case clusterWide = "cluster-wide"

  /// The OAEP label: `namespace/name`, `namespace`, or nothing.
  package func label(namespace: String, name: String) -> [UInt8] {
    switch self {
    case .strict: Array("\(namespace)/\(name)".utf8)
    case .namespaceWide: Array(namespace.utf8)
    case .clusterWide: []
    }
  }

  /// The annotation that sets this scope, with the value `true`; nil for strict.
  package var annotation: String? {
    self == .strict ? nil : "sealedsecrets.bitnami.com/\(rawValue)"
  }

  /// Whether a ciphertext of this scope can be used in more places than one of `other`.
  package func isWider(than other: Scope) -> Bool {
    let order: [Scope] = [.strict, .namespaceWide, .clusterWide]
    // Both are in the list.
    return order.firstIndex(of: self) ?? 0 > order.firstIndex(of: other) ?? 0
  }

  /// The scope that an object's annotations set; cluster-wide wins, as in the controller.
  package init(annotations: [(key: String, value: String)]) {
    func has(_ scope: Scope) -> Bool {
      annotations.contains { $0.key == scope.annotation && $0.value == "true" }
    }
    self = has(.clusterWide) ? .clusterWide : has(.namespaceWide) ? .namespaceWide : .strict
  }
}
