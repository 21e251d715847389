/// The cluster of a simulation: what runs, who is refused, and what an API server would answer.

import Kubernetes
import Cluster
import Manifests
import Planning
import YAML

struct SimulatedPod {
  let uid: Int
  let created: Int
  var started: Int
  let named: String
  /// The keys that it has: current, previous, next.
  var keys: [String]
  /// When it was told to end; if its node has lost the server, it goes on.
  var deleted: Int?
  /// Whether it belongs to a workload in the namespace of the copy.
  var isOfCopy = false
  var failure: Failure?

  /// Why its phase is Failed, although nothing is said about its containers.
  enum Failure {
    /// The kubelet has evicted it: nothing runs.
    case evicted
    /// The garbage collector has marked a pod of a lost node: it may still run.
    case lost
  }

  /// Whether its containers run.
  var runs: Bool { failure != .evicted }
}

/// A pod that verifies tokens with the public keys of a ConfigMap.
struct SimulatedVerifier {
  /// Whether it keeps what it read when it started, as a variable or with `subPath`.
  let keeps: Bool
  var created: Int
  var started: Int
  /// The keys that it has.
  var text: String
}

/// The kind of cluster, which does not change.
struct Traits {
  var world = World.keys
  /// Whether the Secret's metadata may be read.
  var readsSecrets = true
  /// A controller before 0.26.1, which does not update its time.
  var isOldController = false
}

struct SimulatedCluster {
  /// The SealedSecret as synced: its items, its own rotation and that of its Secret.
  var sealed: (items: [(String, String)], rotation: String, inner: String, generation: Int)
  /// The Secret: its items, its rotation, when it was written, and by which generation.
  var secret: (items: [(String, String)], rotation: String, written: Int, generation: Int)
  /// Older values, which a kubelet may still have for two minutes.
  private var cached: [String] = []
  /// The Secret in the other namespace: its items, when it was written, and which version it is.
  var copy: (items: [(String, String)], written: Int, version: Int)?
  /// The ConfigMap of public keys, when it was written, and its previous content.
  var configMap: (text: String, written: Int, before: String) = ("", 0, "")
  var verifiers: [SimulatedVerifier] = []
  let traits: Traits
  /// The time at which the controller says it made the Secret.
  private var statusTime: Int
  var named: String
  var replicas = 2
  var pods: [SimulatedPod] = []
  /// Until when tokens of a key are valid.
  var tokens: [String: Int] = [:]
  private var nextUID = 1
  private var rolledAt: Int

  init(_ commit: Commit, _ traits: Traits, at now: Int) {
    self.traits = traits
    statusTime = now
    let content = Self.content(commit)
    sealed = (content.items, content.rotation, content.inner, 1)
    secret = (content.items, content.inner, now, 1)
    named = content.rotation
    rolledAt = now
    cached = keys
    if traits.world == .copies { copy = (content.items, now, 1) }
    // Pods that start with it have it.
    for _ in 0..<replicas { start(at: now + 1) }
    if copy != nil { start(at: now + 1, ofCopy: true) }
    if traits.world == .published {
      syncKeys(commit, at: now)
      configMap.before = configMap.text
      verifiers = [false, true].map {
        SimulatedVerifier(keeps: $0, created: now + 1, started: now + 1, text: configMap.text)
      }
    }
    sign(at: now)
  }

  static func content(
    _ commit: Commit
  ) -> (items: [(String, String)], rotation: String, inner: String) {
    let document = commit.files[0].manifest?.documents[0]
    let items = (document?.items ?? []).map { ($0.key, $0.base64) }
    let inner = document?.templateAnnotations.first { $0.key == "moltseal.dev/rotation" }?.value
    return (items, document?.rotation ?? "", inner ?? "")
  }

  private var keys: [String] { Self.keys(of: secret.items) }

  private static func keys(of items: [(String, String)]) -> [String] {
    ["KEY", "PREVIOUS", "NEXT"].map { key in items.first { $0.0 == key }?.1 ?? "" }
  }

  /// The pods that the Deployment should have.
  var ownPods: [Int] {
    pods.indices.filter { !pods[$0].isOfCopy && pods[$0].deleted == nil && pods[$0].failure == nil }
  }

  // MARK: Events

  mutating func sync(_ commit: Commit) {
    let content = Self.content(commit)
    let isSame =
      content.items.elementsEqual(sealed.items, by: ==) && content.inner == sealed.inner
    sealed = (
      content.items, content.rotation, content.inner, sealed.generation + (isSame ? 0 : 1)
    )
  }

  mutating func unseal(at now: Int) {
    guard secret.generation != sealed.generation else { return }
    if !secret.items.elementsEqual(sealed.items, by: ==) || secret.rotation != sealed.inner {
      cached = keys
      secret = (sealed.items, sealed.inner, now, sealed.generation)
      if !traits.isOldController { statusTime = now }
    } else {
      secret.generation = sealed.generation
    }
  }

  mutating func syncDeployment(_ commit: Commit, at now: Int) {
    named = Self.content(commit).rotation
    rolledAt = now
  }

  mutating func syncKeys(_ commit: Commit, at now: Int) {
    let bytes = commit.configMaps.first?.bytes ?? []
    let root = (try? SourceText(bytes)).flatMap { try? parseYAML($0) }?.first?.root
    let text = root?["data"]?["jwks.json"]?.scalar ?? ""
    guard text != configMap.text else { return }
    configMap = (text, now, configMap.text)
  }

  /// A verifier is replaced, or its container restarts, and the kubelet may have the previous keys.
  mutating func restartVerifier(_ index: Int, at now: Int, isNew: Bool, isStale: Bool) {
    let isOld =
      !isNew && isStale && verifiers[index].created <= configMap.written
      && now <= configMap.written + 120
    verifiers[index].started = now
    if isNew { verifiers[index].created = now }
    verifiers[index].text = isOld ? configMap.before : configMap.text
  }

  /// What a kubelet updates by itself within two minutes, and what a cache updates ten minutes
  /// later.
  mutating func refreshVerifiers(at now: Int) {
    for index in verifiers.indices where !verifiers[index].keeps {
      if now > configMap.written + 720 { verifiers[index].text = configMap.text }
    }
  }

  /// Copies the Secret into the other namespace, some time after it was written.
  mutating func copySecret(at now: Int) {
    guard let copy, copy.version != secret.generation else { return }
    self.copy = (secret.items, now, secret.generation)
  }

  mutating func start(at now: Int, ofCopy: Bool = false) {
    pods.append(
      SimulatedPod(
        uid: nextUID, created: now, started: now, named: named,
        keys: ofCopy ? Self.keys(of: copy?.items ?? []) : keys, deleted: nil, isOfCopy: ofCopy))
    nextUID += 1
  }

  /// The pod that uses the copy is replaced by a new one.
  mutating func replaceUserOfCopy(at now: Int) {
    pods.removeAll { $0.isOfCopy && $0.failure == nil }
    start(at: now, ofCopy: true)
  }

  /// A pod gets the phase Failed, because it was evicted or its node was lost; another pod replaces
  /// it.
  mutating func fail(_ index: Int, at now: Int) {
    pods[index].failure = pods[index].deleted == nil ? .evicted : .lost
    if pods[index].failure == .evicted { start(at: now, ofCopy: pods[index].isOfCopy) }
  }

  /// Replaces one pod of an older template; the old one hangs on a lost node, or ends.
  mutating func roll(at now: Int, hangs: Bool) -> Bool {
    guard
      let index = pods.firstIndex(where: {
        !$0.isOfCopy && $0.failure == nil && $0.deleted == nil && $0.named != named
      })
    else {
      return false
    }
    if hangs { pods[index].deleted = now } else { pods.remove(at: index) }
    start(at: now)
    rolledAt = now
    return true
  }

  /// A container restarts in its pod, and its kubelet may have the previous Secret.
  mutating func restart(_ index: Int, at now: Int, isStale: Bool) {
    guard pods[index].failure == nil, !pods[index].isOfCopy else { return }
    pods[index].started = now
    // A new pod makes its kubelet ask.
    let mayBeStale = isStale && pods[index].created <= secret.written
    pods[index].keys = mayBeStale && now <= secret.written + 120 ? cached : keys
  }

  mutating func sign(at now: Int) {
    for pod in pods where pod.runs {
      tokens[pod.keys[0]] = max(tokens[pod.keys[0]] ?? 0, now + SimulatedRepository.lifetime)
    }
  }

  /// Why somebody is refused; nil if nobody is.
  func refusal(at now: Int) -> String? {
    guard traits.world != .published else {
      for verifier in verifiers {
        for (key, end) in tokens
        where end > now && !verifier.text.utf8.contains(sequence: "\"\(key)\"".utf8) {
          return
            "a verifier that \(verifier.keeps ? "keeps" : "reads") \(verifier.text) is shown a token of \(key)"
        }
      }
      return nil
    }
    for pod in pods where pod.runs {
      for (key, end) in tokens where end > now && !pod.keys.contains(key) {
        return "pod \(pod.uid) with \(pod.keys) is shown a token of \(key)"
      }
    }
    return nil
  }

  // MARK: Answers of the server

  func reading(at now: Int) throws -> ClusterReading {
    func time(_ seconds: Int) -> String { Timestamp(seconds: seconds).description }
    let items = sealed.items.map { "\"\($0.0)\": \"\($0.1)\"" }.joined(separator: ", ")
    let isObserved = secret.generation == sealed.generation
    let sealedText = """
      {"kind": "SealedSecret", "metadata": {"name": "api", "uid": "s", "generation": \(sealed.generation),
        "annotations": {"moltseal.dev/rotation": "\(sealed.rotation)"},
        "managedFields": [{"manager": "controller", "subresource": "status", "time": "\(time(secret.written))"}]},
       "spec": {"encryptedData": {\(items)},
        "template": {"metadata": {"annotations": {"moltseal.dev/rotation": "\(sealed.inner)"}}}},
       "status": {"observedGeneration": \(isObserved ? sealed.generation : sealed.generation - 1),
        "conditions": [{"type": "Synced", "status": "True", "lastUpdateTime": "\(time(statusTime))"}]}}
      """
    let fields = secret.items.map { "\"f:\($0.0)\": {}" }.joined(separator: ", ")
    let secretText = """
      {"metadata": {"name": "api", "resourceVersion": "\(secret.generation)", "annotations": {"moltseal.dev/rotation": "\(secret.rotation)"},
        "managedFields": [{"manager": "controller", "operation": "Update", "time": "\(time(secret.written))",
          "fieldsV1": {"f:data": {\(fields)}}}]}}
      """
    let spec =
      "{\"containers\": [{\"name\": \"c\", \"envFrom\": [{\"secretRef\": {\"name\": \"api\"}}]}]}"
    let live = pods.filter { !$0.isOfCopy && $0.deleted == nil && $0.failure == nil }
    let updated = live.count { $0.named == named }
    let deployment = """
      {"kind": "Deployment", "metadata": {"name": "api", "generation": 1},
       "spec": {"replicas": \(replicas), "template": {"metadata": {"annotations":
         {"moltseal.dev/rotation-api": "\(named)"}}, "spec": \(spec)}},
       "status": {"observedGeneration": 1, "replicas": \(live.count), "updatedReplicas": \(updated),
         "availableReplicas": \(live.count)}}
      """
    let texts = pods.map { pod -> (isOfCopy: Bool, text: String) in
      let annotations = pod.isOfCopy ? "" : "\"moltseal.dev/rotation-api\": \"\(pod.named)\""
      let status =
        pod.failure == nil
        ? "{\"phase\": \"Running\", \"containerStatuses\": [{\"name\": \"c\", \"state\": {\"running\": {\"startedAt\": \"\(time(pod.started))\"}}}]}"
        : "{\"phase\": \"Failed\"}"
      let node = pod.failure == .lost ? "lost" : "ready"
      return (
        pod.isOfCopy,
        """
        {"metadata": {"name": "api-\(pod.uid)", "uid": "p\(pod.uid)",
          "creationTimestamp": "\(time(pod.created))", "annotations": {\(annotations)}},
         "spec": {"nodeName": "\(node)", \(spec.dropFirst()), "status": \(status)}
        """
      )
    }
    func podObjects(ofCopy: Bool) throws -> Listing {
      .objects(try texts.filter { $0.isOfCopy == ofCopy }.map { try Self.json($0.text) })
    }
    let verifierTexts = verifiers.enumerated().map { index, verifier in
      let variable =
        "\"env\": [{\"name\": \"K\", \"valueFrom\": {\"configMapKeyRef\": {\"name\": \"jwks\", \"key\": \"jwks.json\"}}}]"
      return """
        {"metadata": {"name": "verifier-\(index)", "uid": "v\(index)", "creationTimestamp": "\(time(verifier.created))"},
         "spec": {"containers": [{"name": "v"\(verifier.keeps ? ", " + variable : "")}]},
         "status": {"phase": "Running", "containerStatuses": [
           {"name": "v", "state": {"running": {"startedAt": "\(time(verifier.started))"}}}]}}
        """
    }
    let quoted = configMap.text.utf8.reduce(into: "") { text, byte in
      text += byte == 34 ? "\\\"" : String(UnicodeScalar(byte))
    }
    let configMapText = """
      {"metadata": {"name": "jwks", "managedFields": [{"manager": "argocd", "operation": "Apply",
        "time": "\(time(configMap.written))", "fieldsV1": {"f:data": {}}}]}, "data": {"jwks.json": "\(quoted)"}}
      """
    let objects = NamespaceObjects(
      listings: [
        .configMap: .objects([try Self.json(configMapText)]),
        .sealedSecret: .objects([try Self.json(sealedText)]),
        .deployment: .objects([try Self.json(deployment)]), .statefulSet: .objects([]),
        .daemonSet: .objects([]),
        .pod: .objects(
          try (podObjects(ofCopy: false).nodes ?? []) + verifierTexts.map { try Self.json($0) }),
      ],
      secrets: [
        ("api", traits.readsSecrets ? .metadata(try Self.json(secretText)) : .forbidden)
      ])
    var namespaces = ["ns": objects]
    if let copy {
      let text = """
        {"metadata": {"name": "api", "annotations": {"replicator.v1.mittwald.de/replicated-from-version":
          "\(copy.version)"}, "managedFields": [{"manager": "replicator", "operation": "Update",
          "time": "\(time(copy.written))", "fieldsV1": {"f:data": {\(fields)}}}]}}
        """
      namespaces["jobs"] = NamespaceObjects(
        listings: [
          .sealedSecret: .objects([]), .deployment: .objects([]), .statefulSet: .objects([]),
          .daemonSet: .objects([]), .pod: try podObjects(ofCopy: true),
        ], secrets: [("api", .metadata(try Self.json(text)))])
    }
    let nodes =
      pods.contains { $0.failure == .lost }
      ? ["ready": "True", "lost": "Unknown"] : ["ready": "True"]
    return ClusterReading(
      cluster: ClusterIdentity(id: "c", server: nil), namespaces: namespaces,
      nodes: .objects(
        try nodes.map { name, isReady in
          try Self.json(
            "{\"metadata\": {\"name\": \"\(name)\"}, \"status\": {\"conditions\": [{\"type\": \"Ready\", \"status\": \"\(isReady)\"}]}}"
          )
        }))
  }

  static func json(_ text: String) throws -> Node {
    try Array(text.utf8).withUnsafeBytes { bytes in
      var parser = JSONParser(bytes, withholding: .nothing)
      guard let root = try parser.document().root else { throw Failure("no JSON") }
      return root
    }
  }
}

extension String.UTF8View {
  /// Whether the bytes of another text are among them, consecutively.
  fileprivate func contains(sequence other: String.UTF8View) -> Bool {
    let (bytes, wanted) = (Array(self), Array(other))
    guard bytes.count >= wanted.count else { return false }
    return (0...(bytes.count - wanted.count)).contains { start in
      bytes[start..<start + wanted.count].elementsEqual(wanted)
    }
  }
}
