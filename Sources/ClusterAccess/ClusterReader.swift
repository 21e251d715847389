/// Reads the objects that show how far a step has got, through kubectl, and changes none.

internal import Building
internal import Cryptography
package import Kubernetes
internal import Cluster
internal import Manifests
package import Planning
package import Rules
package import Processes
internal import Reporting
package import Repository
internal import Text
internal import Words
internal import Workspace

/// Reads evidence about one environment from its cluster.
package struct ClusterReader {
  private let workspace: LoadedWorkspace
  private let state: EnvironmentState
  private let contexts: [KustomizationContext]
  private let requests: ClusterRequests

  /// - Parameter contexts: the kustomizations of the environment, which build the workloads.
  /// - Parameter kubectl: reaches the cluster.
  package init(
    _ workspace: LoadedWorkspace, _ state: EnvironmentState, _ contexts: [KustomizationContext],
    _ kubectl: Kubectl
  ) {
    self.workspace = workspace
    self.state = state
    self.contexts = contexts
    requests = ClusterRequests(kubectl: kubectl)
  }

  /// - Parameter earlier: earlier evidence.
  /// - Parameter lock: the bytes of the state's lock file; nil for the one in the work tree.
  package func evidence(now: Timestamp, earlier: Evidence?, lock: [UInt8]? = nil) throws -> Evidence
  {
    let loader = EnvironmentLoader(workspace: workspace, environment: state.environment)
    let lock =
      try lock ?? loader.read(state.environment.lockPath, limit: EnvironmentLoader.sealedLimit)
    let reading = try read()
    if let earlier, earlier.cluster?.id != reading.cluster?.id || earlier.cluster == nil {
      Notices.warn(
        "the earlier evidence is of \(earlier.cluster.map { "cluster \($0.id)" } ?? "an unnamed cluster"), and this is \(reading.cluster.map { "cluster \($0.id)" } ?? "a cluster that cannot be identified"): the earlier evidence is ignored"
      )
    }
    return Observation(
      state: state, reading: reading, consumers: BuiltConsumers(state, contexts),
      earlier: earlier, merged: try LockHistory(workspace, state.environment).merged(lock),
      now: now, sha256: { Digest.sha256($0) }
    ).evidence
  }

  private func read() throws -> ClusterReading {
    let secrets = state.files.flatMap(\.template.secrets)
    let configMaps = state.configMaps.flatMap(\.template.configMaps)
    let discovery = try requests.discover()
    var namespaces: [String: NamespaceObjects] = [:]
    // The Secrets that another tool copies, with the namespaces of the copies.
    let copies = secrets.flatMap { secret in
      state.environment.copies(of: secret).namespaces.map {
        (namespace: $0, name: secret.builtName)
      }
    }
    let places = secrets.map { NamespacedName($0.namespace, $0.builtName) }
    let published = configMaps.map { NamespacedName($0.namespace, $0.name) }
    for namespace in (places + published).map(\.namespace) + copies.map(\.namespace) {
      guard namespaces[namespace] == nil, KubernetesNames.faultOfLabel(namespace) == nil else {
        continue
      }
      var listings = try requests.list(kinds, of: namespace, discovery)
      let named = try requests.named(
        secrets: places.filter { $0.namespace === namespace }.map(\.name)
          + copies.filter { $0.namespace === namespace }.map(\.name),
        configMaps: published.filter { $0.namespace === namespace }.map(\.name),
        namespace)
      listings[.configMap] = named.configMaps
      namespaces[namespace] = NamespaceObjects(listings: listings, secrets: named.secrets)
    }
    let nodeNames = Set(namespaces.values.flatMap(\.nodesOfUnendedPods))
    let (cluster, nodes) = try requests.clusterObjects(nodes: nodeNames.sorted())
    var instances: [String: InstanceReading] = [:]
    for cluster in state.readClusters(namespaces) {
      instances[cluster.key] = try requests.instances(of: cluster)
    }
    return ClusterReading(
      cluster: cluster, namespaces: namespaces, nodes: nodes, instances: instances)
  }

  /// The kinds of objects that matter for this environment.
  private var kinds: [ObjectKind] {
    let hasPairs = state.workspace.groups.contains { !$0.roles.isEmpty }
    let built = Set(contexts.flatMap(\.files.workloads).map(\.workload.kind))
    return ObjectKind.all.filter { hasPairs || $0.isNeededAlways }
      + ObjectKind.others.filter { hasPairs && built.contains($0.name) }
  }
}

extension ObjectKind {
  /// Whether it also matters for Secrets without roles.
  fileprivate var isNeededAlways: Bool {
    [.sealedSecret, .pod, .deployment, .statefulSet, .daemonSet].contains(self)
  }
}
