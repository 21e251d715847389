/// Where an object is in a cluster, in one text.

/// The namespace and the name of an object.
package struct ObjectPlace {
  /// The namespace; empty for an object that has none.
  package let namespace: String
  /// The name.
  package let name: String

  /// - Parameter namespace: nil for an object that has none.
  package init(_ namespace: String?, _ name: String) {
    self.namespace = namespace ?? ""
    self.name = name
  }

  /// `NAMESPACE/NAME`.
  package var text: String { "\(namespace)/\(name)" }
}
