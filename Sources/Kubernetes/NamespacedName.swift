/// The namespace and name by which an API server tells objects of one kind apart.

internal import Text

/// A namespace and a name, compared byte by byte.
///
/// An object without a namespace is the same as one whose namespace is empty.
package struct NamespacedName: Sendable, Hashable {
  private let space: Name
  private let own: Name

  package init(_ namespace: String?, _ name: String) {
    space = Name(namespace ?? "")
    own = Name(name)
  }

  /// The namespace; empty if there is none.
  package var namespace: String { space.text }
  package var name: String { own.text }

  /// `NAMESPACE/NAME`, as lists and messages write it.
  package var text: String { "\(namespace)/\(name)" }
}

extension Scope {
  /// The OAEP label of an object's ciphertexts.
  package func label(of object: NamespacedName) -> [UInt8] {
    label(namespace: object.namespace, name: object.name)
  }
}
