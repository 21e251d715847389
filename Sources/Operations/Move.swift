/// Where a SealedSecret moves when it is sealed again.

internal import Kubernetes

/// The namespace and the name to move to; nil for each that stays.
package struct Move: Sendable {
  let namespace: String?
  let name: String?

  /// Nothing moves.
  static let none = Move(namespace: nil, name: nil)

  package init(namespace: String?, name: String?) {
    self.namespace = namespace
    self.name = name
  }

  var isNone: Bool { namespace == nil && name == nil }

  /// Where an object is after the move.
  func target(of object: NamespacedName) -> NamespacedName {
    NamespacedName(namespace ?? object.namespace, name ?? object.name)
  }
}
