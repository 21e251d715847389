/// The cluster of a pair of roles: two Secrets, a database with a standby, and clients that read their login once.

import Kubernetes
import Cluster
import Manifests
import Planning
import YAML

struct SimulatedClient {
  let uid: Int
  /// Its Deployment.
  let workload: String
  let created: Int
  var started: Int
  let role: String
  var password: String
  var deleted: Int?
}

struct SimulatedPair {
  private struct Secret {
    var items: [(String, String)]
    var rotation: String
    var written: Int
    var version: Int
    var generation: Int
    /// Older values that kubelets may still have for two minutes.
    var cached: String

    var password: String { items.first { $0.0 == "password" }?.1 ?? "" }
  }

  private struct Sealed {
    var items: [(String, String)]
    var rotation: String
    var inner: String
    var generation: Int
  }

  static let roles = ["a", "b"]

  private var sealed: [String: Sealed] = [:]
  private var secrets: [String: Secret] = [:]
  /// The passwords of the primary, and the version of the Secret that each came from.
  private var primary: [String: (password: String, version: Int)] = [:]
  /// The primary's changes in order; the standby has replayed this many of them.
  private var log: [(role: String, password: String)] = []
  private var replayed = 0
  private var standby: [String: String] = [:]
  /// The role that each Deployment names.
  private(set) var named: [String: String] = [:]
  private(set) var clients: [SimulatedClient] = []
  private var nextUID = 1

  init(_ commit: Commit, at now: Int) {
    for role in Self.roles {
      syncSecret(role, commit)
      unseal(role, at: now)
      alter(role)
    }
    replay()
    syncDeployment("api", to: "a")
    start("api", at: now + 1)
  }

  // MARK: Events

  mutating func syncSecret(_ role: String, _ commit: Commit) {
    let document = commit.files.lazy.compactMap {
      $0.manifest?.documents.first { $0.name == "db-\(role)" }
    }.first
    guard let document else { return }
    let items = document.items.map { ($0.key, $0.base64) }
    let inner =
      document.templateAnnotations.first { $0.key == "moltseal.dev/rotation" }?.value ?? ""
    let old = sealed[role]
    let isSame = old.map { $0.items.elementsEqual(items, by: ==) && $0.inner == inner } ?? false
    sealed[role] = Sealed(
      items: items, rotation: document.rotation ?? "", inner: inner,
      generation: (old?.generation ?? 0) + (isSame ? 0 : 1))
  }

  mutating func unseal(_ role: String, at now: Int) {
    guard let sealed = sealed[role], secrets[role]?.generation != sealed.generation else { return }
    let old = secrets[role]
    secrets[role] = Secret(
      items: sealed.items, rotation: sealed.inner, written: now, version: (old?.version ?? 0) + 1,
      generation: sealed.generation, cached: old?.password ?? "")
  }

  /// The operator gives the role the password from its Secret.
  mutating func alter(_ role: String) {
    guard let secret = secrets[role], primary[role]?.version != secret.version else { return }
    primary[role] = (secret.password, secret.version)
    log.append((role, secret.password))
  }

  mutating func replay() {
    for (role, password) in log[replayed...] { standby[role] = password }
    replayed = log.count
  }

  mutating func syncDeployment(_ name: String, to role: String) { named[name] = role }

  mutating func start(_ workload: String, at now: Int) {
    guard let role = named[workload], let secret = secrets[role] else { return }
    clients.append(
      SimulatedClient(
        uid: nextUID, workload: workload, created: now, started: now, role: role,
        password: secret.password))
    nextUID += 1
  }

  /// Replaces a client of an older template; it hangs on a lost node, or ends.
  mutating func roll(at now: Int, hangs: Bool) -> Bool {
    guard
      let index = clients.firstIndex(where: { $0.deleted == nil && $0.role != named[$0.workload] })
    else { return false }
    let workload = clients[index].workload
    if hangs { clients[index].deleted = now } else { clients.remove(at: index) }
    start(workload, at: now)
    return true
  }

  mutating func restart(_ index: Int, at now: Int, isStale: Bool) {
    guard let secret = secrets[clients[index].role] else { return }
    clients[index].started = now
    // A new pod makes its kubelet ask.
    let mayBeStale = isStale && clients[index].created <= secret.written
    clients[index].password =
      mayBeStale && now <= secret.written + 120 && !secret.cached.isEmpty
      ? secret.cached : secret.password
  }

  /// Whether every database has the password that git has for a role.
  func hasArrived(_ role: String, _ commit: Commit) -> Bool {
    let document = commit.files.lazy.compactMap {
      $0.manifest?.documents.first { $0.name == "db-\(role)" }
    }.first
    let password = document?.items.first { $0.key == "password" }?.base64
    return secrets[role]?.password == password && primary[role]?.password == password
      && standby[role] == password
  }

  /// Every client is replaced, because its template has changed.
  mutating func replaceAll(at now: Int) {
    let workloads = clients.map(\.workload)
    clients = []
    for workload in workloads { start(workload, at: now) }
  }

  mutating func endLost() { clients.removeAll { $0.deleted != nil } }

  /// Why a client is refused; nil if none is.
  var refusal: String? {
    for client in clients {
      if primary[client.role]?.password != client.password {
        return "the primary refuses \(client.workload)-\(client.uid) as \(client.role)"
      }
      if standby[client.role] != client.password {
        return "the standby refuses \(client.workload)-\(client.uid) as \(client.role)"
      }
    }
    return nil
  }

  // MARK: Answers of the server

  func reading(at now: Int) throws -> ClusterReading {
    func time(_ seconds: Int) -> String { Timestamp(seconds: seconds).description }
    func json(_ text: String) throws -> Node { try SimulatedCluster.json(text) }
    func spec(_ role: String) -> String {
      "{\"containers\": [{\"name\": \"c\", \"envFrom\": [{\"secretRef\": {\"name\": \"db-\(role)\"}}]}]}"
    }
    var listings: [ObjectKind: Listing] = [
      .statefulSet: .objects([]), .daemonSet: .objects([]), .replicaSet: .objects([]),
      .replicationController: .objects([]), .job: .objects([]), .cronJob: .objects([]),
    ]
    listings[.sealedSecret] = .objects(
      try Self.roles.compactMap { role in
        guard let sealed = sealed[role], let secret = secrets[role] else { return nil }
        let isObserved = secret.generation == sealed.generation
        let items = sealed.items.map { "\"\($0.0)\": \"\($0.1)\"" }.joined(separator: ", ")
        return try json(
          """
          {"kind": "SealedSecret", "metadata": {"name": "db-\(role)", "uid": "s\(role)",
            "generation": \(sealed.generation), "annotations": {"moltseal.dev/rotation": "\(sealed.rotation)"}},
           "spec": {"encryptedData": {\(items)},
            "template": {"metadata": {"annotations": {"moltseal.dev/rotation": "\(sealed.inner)"}}}},
           "status": {"observedGeneration": \(isObserved ? sealed.generation : sealed.generation - 1),
            "conditions": [{"type": "Synced", "status": "True", "lastUpdateTime": "\(time(secret.written))"}]}}
          """)
      })
    let metadata = try Self.roles.compactMap { role -> (String, SecretReading)? in
      guard let secret = secrets[role] else { return nil }
      let fields = secret.items.map { "\"f:\($0.0)\": {}" }.joined(separator: ", ")
      return (
        "db-\(role)",
        .metadata(
          try json(
            """
            {"metadata": {"name": "db-\(role)", "resourceVersion": "\(secret.version)",
              "annotations": {"moltseal.dev/rotation": "\(secret.rotation)"},
              "managedFields": [{"manager": "controller", "operation": "Update",
                "time": "\(time(secret.written))", "fieldsV1": {"f:data": {\(fields)}}}]}}
            """))
      )
    }
    listings[.deployment] = .objects(
      try named.sorted { $0.key < $1.key }.map { name, role in
        let own = clients.filter { $0.workload == name && $0.deleted == nil }
        return try json(
          """
          {"kind": "Deployment", "metadata": {"name": "\(name)", "generation": 1},
           "spec": {"replicas": 1, "template": {"metadata": {}, "spec": \(spec(role))}},
           "status": {"observedGeneration": 1, "replicas": \(own.count), "availableReplicas": \(own.count),
             "updatedReplicas": \(own.count { $0.role == role })}}
          """)
      })
    let instances = try (1...2).map { number in
      try json(
        """
        {"metadata": {"name": "pg-\(number)", "labels": {"cnpg.io/cluster": "pg"}}, "spec": {"containers": []},
         "status": {"phase": "Running"}}
        """)
    }
    listings[.pod] = .objects(
      try clients.map { client in
        let end = client.deleted.map { ", \"deletionTimestamp\": \"\(time($0))\"" } ?? ""
        return try json(
          """
          {"metadata": {"name": "\(client.workload)-\(client.uid)", "uid": "c\(client.uid)",
            "creationTimestamp": "\(time(client.created))"\(end)},
           "spec": \(spec(client.role)), "status": {"phase": "Running", "containerStatuses": [
             {"name": "c", "state": {"running": {"startedAt": "\(time(client.started))"}}}]}}
          """)
      } + instances)
    let managed = Self.roles.map {
      "{\"name\": \"app_\($0)\", \"login\": true, \"passwordSecret\": {\"name\": \"db-\($0)\"}}"
    }
    let given = Self.roles.map {
      "\"app_\($0)\": {\"resourceVersion\": \"\(primary[$0]?.version ?? 0)\"}"
    }
    listings[.cluster] = .objects([
      try json(
        """
        {"metadata": {"name": "pg"}, "spec": {"managed": {"roles": [\(managed.joined(separator: ", "))]}},
         "status": {"currentPrimary": "pg-1", "managedRolesStatus": {
           "byStatus": {"reconciled": ["app_a", "app_b"]}, "passwordStatus": {\(given.joined(separator: ", "))}}}}
        """)
    ])
    func status(_ pod: String, _ text: String) throws -> InstanceStatus? {
      InstanceStatus(pod: pod, try json(text))
    }
    func place(_ count: Int) -> String { "0/\(String(count, radix: 16, uppercase: true))" }
    let statuses = [
      try status("pg-1", "{\"isPrimary\": true, \"currentLsn\": \"\(place(log.count))\"}"),
      try status("pg-2", "{\"isPrimary\": false, \"replayLsn\": \"\(place(replayed))\"}"),
    ].compactMap { $0 }
    return ClusterReading(
      cluster: ClusterIdentity(id: "c", server: nil),
      namespaces: ["ns": NamespaceObjects(listings: listings, secrets: metadata)],
      nodes: .objects([]), instances: ["ns/pg": .statuses(statuses)])
  }
}
