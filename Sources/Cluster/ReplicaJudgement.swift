/// Whether the standbys of a database have a role's password, if something reads from them.
///
/// CloudNativePG reports only whether the primary has a password; a standby that lags refuses it.
/// Each instance manager reports its own position (`pkg/management/postgres/webserver`,
/// `/pg/status`, which `kubectl cnpg status` reads).

internal import Manifests
package import Planning
internal import Text
internal import Workspace
package import YAML

/// A CloudNativePG Cluster whose instances are asked.
package struct ReadCluster: Sendable, Hashable {
  package let namespace: String
  package let name: String
  /// Its pods, the primary first: the position that the standbys must reach is then known before
  /// they are asked.
  package let pods: [Instance]

  package struct Instance: Sendable, Hashable {
    package let pod: String
    /// Whether its status is served with TLS, as since CloudNativePG 1.24.
    package let isEncrypted: Bool
  }

  /// The key of its `InstanceReading`.
  package var key: String { "\(namespace)/\(name)" }
}

/// The position of an instance in the log, in bytes.
package struct InstanceStatus: Sendable {
  let pod: String
  /// What a primary has written; nil for a standby.
  let written: UInt64?
  /// What a standby has replayed; nil for a primary.
  let replayed: UInt64?

  /// Nil if `root` is not a status.
  package init?(pod: String, _ root: Node) {
    guard let isPrimary = root["isPrimary"]?.scalar else { return nil }
    func place(_ field: String) -> UInt64? {
      let parts = (root[field]?.scalar ?? "").pieces(between: "/")
      guard parts.count == 2, let high = UInt64(parts[0], radix: 16),
        let low = UInt64(parts[1], radix: 16), high < 1 << 32, low < 1 << 32
      else { return nil }
      return high << 32 | low
    }
    self.pod = pod
    written = isPrimary == "true" ? place("currentLsn") : nil
    replayed = isPrimary == "true" ? nil : place("replayLsn")
  }
}

/// The statuses of a Cluster's instances, or why they could not be read.
package enum InstanceReading: Sendable {
  case statuses([InstanceStatus])
  case unread(String)

  /// Whether every standby has replayed what the primary had written.
  func answer(_ cluster: String, _ names: [String]) -> Answer {
    switch self {
    case .unread(let reason):
      return .unknown(
        "Cluster/\(cluster) has standbys that are read, but their status (get on pods/proxy) cannot be: \(reason)"
      )
    case .statuses(let statuses):
      guard let written = statuses.lazy.compactMap(\.written).first else {
        return .unknown("no instance of Cluster/\(cluster) says that it is the primary")
      }
      for name in names {
        let status = statuses.first { $0.pod === name }
        if status?.written != nil { continue }
        guard let replayed = status?.replayed else {
          return .unknown("Pod/\(name) does not say how far it has replayed")
        }
        guard replayed >= written else {
          return .no(
            "Pod/\(name), a standby, lags \(written - replayed) bytes behind the primary of Cluster/\(cluster)"
          )
        }
      }
      return .yes("every standby of Cluster/\(cluster) has replayed what its primary had written")
    }
  }
}

extension EnvironmentState {
  /// The Clusters whose standbys a consumer of a pair reads from.
  ///
  /// A template, or a pod that uses one of the pair's Secrets, names the service `CLUSTER-ro` or
  /// `CLUSTER-r`.
  package func readClusters(_ namespaces: [String: NamespaceObjects]) -> [ReadCluster] {
    let secrets = files.flatMap(\.template.secrets).filter { $0.pair != nil }
    let texts = secrets.flatMap { $0.items.map(\.expression.text) }
    let names = Set(secrets.map { Name($0.builtName) })
    let used = namespaces.values.flatMap { $0.listing(.pod).nodes ?? [] }.filter { pod in
      pod["spec"].map { Workload.uses(in: $0).contains { names.contains(Name($0.secret)) } }
        ?? false
    }.flatMap { $0["spec"]?.texts ?? [] }
    return namespaces.sorted { $0.key < $1.key }.flatMap { namespace, objects in
      (objects.listing(.cluster).nodes ?? []).compactMap { cluster -> ReadCluster? in
        guard let name = cluster.objectName,
          (texts + used).contains(where: { $0.names("\(name)-ro") || $0.names("\(name)-r") })
        else { return nil }
        return ReadCluster(
          namespace: namespace, name: name, pods: instances(of: cluster, name, objects))
      }
    }
  }

  private func instances(
    of cluster: Node, _ name: String, _ objects: NamespaceObjects
  ) -> [ReadCluster.Instance] {
    let primary = cluster.at("status", "currentPrimary")?.scalar
    return (objects.listing(.pod).nodes ?? []).filter {
      $0.at("metadata", "labels")?["cnpg.io/cluster"]?.scalar === name
        && $0.at("metadata", "labels")?["cnpg.io/jobRole"] == nil
        && $0.at("status", "phase")?.scalar == "Running"
    }.compactMap { pod in
      pod.objectName.map { name in
        ReadCluster.Instance(
          pod: name,
          isEncrypted: pod["spec"]?.texts.contains { $0.holds("status-port-tls") } ?? false)
      }
    }.sorted { ($0.pod == primary ? 0 : 1, $0.pod) < ($1.pod == primary ? 0 : 1, $1.pod) }
  }
}

extension Node {
  /// Every scalar in it.
  fileprivate var texts: [String] {
    if let scalar { return [scalar] }
    return (entries ?? []).flatMap(\.value.texts) + (items ?? []).flatMap(\.texts)
  }
}

extension String {
  /// Whether it contains this host name, and not a longer name that contains it.
  fileprivate func names(_ host: String) -> Bool {
    let bytes = Array(utf8)
    let wanted = Array(host.utf8)
    func isPart(_ byte: UInt8) -> Bool {
      (97...122).contains(byte | 0x20) || (48...57).contains(byte) || byte == 45
    }
    guard bytes.count >= wanted.count else { return false }
    for start in 0...(bytes.count - wanted.count)
    where bytes[start..<start + wanted.count].elementsEqual(wanted) {
      let end = start + wanted.count
      if start > 0, isPart(bytes[start - 1]) || bytes[start - 1] == 46 { continue }
      if end < bytes.count, isPart(bytes[end]) { continue }
      return true
    }
    return false
  }
}
