/// Copies of a Secret that another tool makes in other namespaces.
///
/// Reflector (`emberstack/kubernetes-reflector`), Replicator (`mittwald/kubernetes-replicator`) and
/// Config Syncer (`kubeops/config-syncer`, formerly kubed) are configured by annotations of the
/// Secret.

internal import Text

/// Where copies of a Secret are.
package struct SecretCopies: Sendable {
  /// The namespaces that the annotations or a person name.
  package private(set) var namespaces: [String] = []
  /// The annotation that selects namespaces without naming them; nil if there is none.
  package private(set) var open: String?
  /// The annotation that allows others to take a copy under any name; nil if there is none.
  package private(set) var pulled: String?

  /// The annotations that list namespaces, or patterns of their names, separated by commas.
  private static let lists = [
    "reflector.v1.k8s.emberstack.com/reflection-allowed-namespaces",
    "reflector.v1.k8s.emberstack.com/reflection-auto-namespaces",
    "replicator.v1.mittwald.de/replicate-to",
    "replicator.v1.mittwald.de/replication-allowed-namespaces",
  ]
  /// The ones that allow others to take a copy.
  private static let takers = [lists[0], lists[3]]
  /// The annotations that select namespaces in another way.
  private static let others = [
    "reflector.v1.k8s.emberstack.com/reflection-allowed",
    "replicator.v1.mittwald.de/replication-allowed",
    "replicator.v1.mittwald.de/replicate-to-matching", "kubed.appscode.com/sync",
  ]

  /// - Parameter annotations: those of the Secret.
  /// - Parameter own: its own namespace; nil if it has none yet.
  /// - Parameter named: all namespaces of copies, as a person says; annotations that select
  ///   namespaces in another way are then not in question.
  package init(
    _ annotations: [(key: String, value: String)], own: String?, named: [String] = []
  ) {
    defer {
      for name in named where name != own && !namespaces.contains(name) { namespaces.append(name) }
      if !named.isEmpty { open = nil }
    }
    // A Secret of any name may pull the copy.
    pulled = annotations.first { Self.takers.contains($0.key) }?.key
    for (key, value) in annotations where Self.lists.contains(key) {
      let names = value.pieces(between: ",").map { String($0.filter { $0 != " " }) }
      for name in names where !name.isEmpty {
        if KubernetesNames.faultOfLabel(name) != nil {
          open = key
        } else if name != own, !namespaces.contains(name) {
          namespaces.append(name)
        }
      }
    }
    guard namespaces.isEmpty, open == nil else { return }
    open = annotations.first { Self.others.contains($0.key) && $0.value != "false" }?.key
  }
}
