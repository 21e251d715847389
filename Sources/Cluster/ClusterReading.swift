/// The input of an observation: what was read, and what the repository builds.

package import Planning

/// What was read of a cluster.
package struct ClusterReading: Sendable {
  package let cluster: ClusterIdentity?
  package let namespaces: [String: NamespaceObjects]
  /// The nodes of pods that do not say themselves that they have ended.
  package let nodes: Listing
  /// The instances of the Clusters whose standbys are read, by `ReadCluster.key`.
  package let instances: [String: InstanceReading]

  package init(
    cluster: ClusterIdentity?, namespaces: [String: NamespaceObjects],
    nodes: Listing = .unread("nodes were not requested"),
    instances: [String: InstanceReading] = [:]
  ) {
    self.cluster = cluster
    self.namespaces = namespaces
    self.nodes = nodes
    self.instances = instances
  }

  /// What was read of a namespace; possibly nothing.
  func objects(of namespace: String?) -> NamespaceObjects {
    namespaces[namespace ?? ""] ?? NamespaceObjects(listings: [:], secrets: [])
  }
}

/// What the repository builds.
package struct BuiltConsumers: Sendable {
  /// The workloads that roll, by the Secret that they use, `NAMESPACE/NAME`.
  package let workloads: [String: [(kind: String, name: String)]]
  /// The consumers as in `CredentialEvidence.consumers`, by credential.
  package let places: [String: [String]]

  package init(
    workloads: [String: [(kind: String, name: String)]], places: [String: [String]]
  ) {
    self.workloads = workloads
    self.places = places
  }
}
