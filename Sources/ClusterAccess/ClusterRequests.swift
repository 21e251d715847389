/// Requests to kubectl and their answers: two starts per namespace, and two more in total.

internal import Cryptography
internal import Cluster
internal import Planning
internal import Processes
internal import Text
internal import YAML

struct ClusterRequests {
  let kubectl: Kubectl

  /// The largest list of a namespace, in bytes.
  private static let limit = 256 << 20

  /// The kinds that the server lists.
  struct Discovery {
    let resources: Set<String>
    /// Why the list may be incomplete; nil if it is complete.
    let fault: String?

    /// Whether the list has what every cluster has; if not, each kind is requested by its own path.
    var isUsable: Bool { resources.contains(ObjectKind.pod.resource) }
  }

  func discover() throws -> Discovery {
    let answer = try explained { try kubectl.resources() }
    let resources = Set(
      String(decoding: answer.output, as: UTF8.self).pieces(between: "\n").filter { !$0.isEmpty })
    if resources.isEmpty, let failure = answer.failures.first {
      throw Controller.explained(failure)
    }
    return Discovery(resources: resources, fault: answer.failures.first?.message)
  }

  // MARK: Lists

  func list(
    _ kinds: [ObjectKind], of namespace: String, _ discovery: Discovery
  ) throws -> [ObjectKind: Listing] {
    guard discovery.isUsable else {
      return try ClusterPaths(kubectl: kubectl).list(kinds, namespace)
    }
    var listings: [ObjectKind: Listing] = [:]
    let known = kinds.filter { discovery.resources.contains($0.resource) }
    for kind in kinds where !discovery.resources.contains(kind.resource) {
      listings[kind] =
        kind.isBuiltIn || discovery.fault != nil
        ? .unread(discovery.fault ?? "the server lacks a kind that every cluster has")
        : .noSuchKind
    }
    let answer = try explained {
      try kubectl.list(known.map(\.resource), namespace: namespace, limit: Self.limit)
    }
    if let failure = answer.failures.first, answer.output.isEmpty, failure.reason == nil {
      throw Controller.explained(failure)
    }
    let root = Controller.json(answer.output)
    let items = root.flatMap { $0["kind"]?.scalar == "List" ? $0["items"]?.items ?? [] : [$0] }
    for kind in known {
      if let failure = answer.failures.first(where: { $0.concerns(kind) }) {
        listings[kind] = .unread(failure.words)
      } else if let items {
        listings[kind] = .objects(items.filter { $0.isOf(kind) })
      } else {
        listings[kind] = .unread("the server's answer is not a list")
      }
    }
    return listings
  }

  // MARK: The cluster

  /// Returns the cluster's identity, and some of its nodes.
  func clusterObjects(nodes names: [String]) throws -> (ClusterIdentity?, Listing) {
    let answer = try explained { try kubectl.clusterObjects(nodes: names) }
    let root = Controller.json(answer.output)
    let items = root.map { $0["kind"]?.scalar == "List" ? $0["items"]?.items ?? [] : [$0] } ?? []
    let failure = answer.failures.first { !$0.message.holds("\"kube-system\"") }
    let nodes: Listing =
      failure.map { .unread($0.words) }
      ?? .objects(items.filter { $0["kind"]?.scalar == "Node" })
    let namespace = items.first { $0["kind"]?.scalar == "Namespace" }
    if let uid = namespace?.at("metadata", "uid")?.scalar {
      return (ClusterIdentity(id: uid, server: kubectl.serverInCluster), nodes)
    }
    // The server's address identifies the cluster only if the namespace does not exist or may not
    // be read. Evidence without an identity would lose what was seen before.
    if let failure = answer.failures.first(where: {
      // A server that cannot list its kinds reports the same here.
      $0.reason != "Forbidden" && !$0.message.begins(with: "nodes ")
        && !$0.message.holds("have a resource type")
    }) {
      throw Controller.explained(failure)
    }
    return (try server(), nodes)
  }

  /// Reads the status of a database's instances, with one start of kubectl each.
  func instances(of cluster: ReadCluster) throws -> InstanceReading {
    var statuses: [InstanceStatus] = []
    for instance in cluster.pods {
      let scheme = instance.isEncrypted ? "https" : "http"
      let path =
        "/api/v1/namespaces/\(cluster.namespace)/pods/\(scheme):\(instance.pod):8000/proxy/pg/status"
      do throws(any Error) {
        let answer = try kubectl.get(path)
        guard let root = Controller.json(answer),
          let status = InstanceStatus(pod: instance.pod, root)
        else { return .unread("the answer of Pod/\(instance.pod) is not a status") }
        statuses.append(status)
      } catch let failure as Kubectl.Failure {
        return .unread(failure.words)
      } catch { throw Controller.explained(error) }
    }
    return .statuses(statuses)
  }

  private func server() throws -> ClusterIdentity? {
    let lines = try explained {
      String(decoding: try kubectl.server(), as: UTF8.self).pieces(between: "\n")
    }
    guard let server = lines.first, !server.isEmpty else { return nil }
    let authority = lines.dropFirst().joined(separator: "\n")
    return ClusterIdentity(
      id: "\(server) \(Digest.sha256(Array(authority.utf8)).prefix(64))", server: server)
  }

  func explained<Value>(_ ask: () throws -> Value) throws -> Value {
    do { return try ask() } catch { throw Controller.explained(error) }
  }
}

extension Kubectl.Failure {
  /// The reason why something is unknown.
  var words: String { "\(message) (\(reason ?? "no reason"))" }

  /// The resource that the message names, if any: `pods is forbidden`, `(get pods)`.
  private var resource: String? {
    if let (name, _) = message.place(of: " is forbidden"), !name.holds(" ") { return name }
    guard let (_, end) = message.place(of: "(get "), let (name, _) = end.place(of: ")") else {
      return nil
    }
    return name
  }

  /// Whether the failure may concern a kind; one that names no known resource may concern any.
  fileprivate func concerns(_ kind: ObjectKind) -> Bool {
    guard let resource else { return true }
    return resource === kind.resource || resource === kind.plural
  }
}

extension Node {
  fileprivate func isOf(_ kind: ObjectKind) -> Bool {
    guard self["kind"]?.scalar == kind.name, let version = self["apiVersion"]?.scalar else {
      return false
    }
    // The server may answer with another version of the group.
    let group = version.place(of: "/")?.before ?? ""
    return kind.resource === (group.isEmpty ? kind.plural : "\(kind.plural).\(group)")
  }
}
