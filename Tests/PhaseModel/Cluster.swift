/// The running system: Secrets, a Deployment, two pods, a database and tokens, and the events that
/// change them.

import Planning

/// A pod, and what it read from the Secrets when it started.
struct Pod: Hashable, Comparable {
  /// The rotation of the API's Secret that its template names, given by the keys of that Secret.
  var named: [UInt8]
  var role: UInt8
  var keys: [UInt8]
  var password: UInt8

  private var order: [UInt8] { named + [role] + keys + [password] }
  static func < (left: Pod, right: Pod) -> Bool {
    left.order.lexicographicallyPrecedes(right.order)
  }
}

struct Cluster: Hashable {
  /// The keys of the API's Secret: current, previous, next.
  var keys: [UInt8]
  /// The password in each role's Secret.
  var secrets: [UInt8]
  /// What the template of the Deployment names.
  var named: [UInt8]
  var role: UInt8
  /// The passwords in the database.
  var database: [UInt8]
  var pods: [Pod]
  /// The keys with valid tokens, one bit each.
  var tokens: UInt64 = 0
  /// The public keys in the live ConfigMap, and in the cache of each verifier; only for key pairs.
  var published: [UInt8] = []
  var caches: [[UInt8]] = []

  init(_ content: Content, pods count: Int, _ subject: Subject) {
    keys = content.signing(subject)
    if subject == .pairs {
      published = content.keys
      caches = Array(repeating: content.keys, count: 2)
    }
    secrets = content.passwords
    named = keys
    role = content.role
    database = content.passwords
    let pod = Pod(
      named: named, role: role, keys: keys, password: secrets[Int(role)])
    pods = Array(repeating: pod, count: count)
    settle()
  }

  /// Pods sign; the order of two equal pods does not matter.
  mutating func settle() {
    for pod in pods where pod.keys[0] != 0 { tokens |= 1 << UInt64(pod.keys[0]) }
    pods.sort()
    caches.sort { $0.lexicographicallyPrecedes($1) }
  }

  /// Why somebody is refused; nil if nobody is.
  var refusal: String? {
    for pod in pods {
      if pod.password != database[Int(pod.role)] {
        return
          "a pod logs in as role \(name(pod.role)) with password \(pod.password), and the database has \(database[Int(pod.role)])"
      }
      guard pod.keys[0] != 0, caches.isEmpty else { continue }
      for key in UInt8(1)..<63 where tokens >> UInt64(key) & 1 == 1 && !pod.keys.contains(key) {
        return
          "a pod that knows the keys \(pod.keys.filter { $0 != 0 }) is shown a token of key \(key)"
      }
    }
    for cache in caches {
      for key in UInt8(1)..<63 where tokens >> UInt64(key) & 1 == 1 && !cache.contains(key) {
        return
          "a verifier that knows the keys \(cache.filter { $0 != 0 }) is shown a token of key \(key)"
      }
    }
    return nil
  }

  /// The truth about the cluster, compared with the content of the repository.
  func truth(_ content: Content, _ subject: Subject) -> [Fact: Bool] {
    let wanted = content.signing(subject)
    let isRolled =
      keys == wanted && named == wanted && role == content.role
      && pods.allSatisfy { $0.named == wanted && $0.keys == wanted && $0.role == content.role }
    let others = tokens & ~(1 << UInt64(content.current))
    let idle = 1 - content.role
    return [
      .merged: true,
      .synced: keys == wanted && secrets == content.passwords,
      .unsealed: keys == wanted && secrets == content.passwords,
      .published: published == content.keys && caches.allSatisfy { $0 == content.keys },
      .rolled: isRolled,
      .expired: isRolled && others == 0,
      .altered: secrets[Int(idle)] == content.passwords[Int(idle)]
        && database[Int(idle)] == content.passwords[Int(idle)],
      .released: role != idle && pods.allSatisfy { $0.role != idle },
    ]
  }
}

func name(_ role: UInt8) -> String { role == 0 ? "a" : "b" }

/// Every possible event, in any order.
enum Event: Hashable {
  case syncKeys, syncSecret(UInt8), syncDeployment, syncConfigMap
  /// A verifier's cache expires, and it reads the ConfigMap again.
  case refresh(Int)
  case alter(UInt8)
  /// A pod is replaced with one of the present template.
  case roll(Int)
  /// A pod's container starts again, and reads the Secrets again.
  case restart(Int)
  /// The tokens of a key expire.
  case expire(UInt8)
  case step(Int)
  case revert

  var words: String {
    switch self {
    case .syncKeys: "sync api"
    case .syncSecret(let role): "sync secret \(name(role))"
    case .syncDeployment: "sync deployment"
    case .syncConfigMap: "sync configmap"
    case .refresh(let verifier): "refresh \(verifier)"
    case .alter(let role): "alter \(name(role))"
    case .roll(let pod): "roll \(pod)"
    case .restart(let pod): "restart \(pod)"
    case .expire(let key): "expire \(key)"
    case .step: "step"
    case .revert: "revert"
    }
  }
}

extension Cluster {
  /// The cluster after an event; nil if it cannot happen, or changes nothing.
  func after(_ event: Event, _ content: Content, _ subject: Subject) -> Cluster? {
    var cluster = self
    switch event {
    case .syncKeys: cluster.keys = content.signing(subject)
    case .syncConfigMap: cluster.published = content.keys
    case .refresh(let verifier): cluster.caches[verifier] = published
    case .syncSecret(let role): cluster.secrets[Int(role)] = content.passwords[Int(role)]
    case .syncDeployment:
      cluster.named = content.signing(subject)
      cluster.role = content.role
    case .alter(let role): cluster.database[Int(role)] = secrets[Int(role)]
    case .roll(let index):
      guard index < pods.count, pods[index].named != named || pods[index].role != role else {
        return nil
      }
      cluster.pods[index] = Pod(
        named: named, role: role, keys: keys, password: secrets[Int(role)])
    case .restart(let index):
      guard index < pods.count else { return nil }
      cluster.pods[index].keys = keys
      cluster.pods[index].password = secrets[Int(pods[index].role)]
    case .expire(let key):
      guard !pods.contains(where: { $0.keys[0] == key }) else { return nil }
      cluster.tokens &= ~(1 << UInt64(key))
    case .step, .revert: return nil
    }
    cluster.settle()
    return cluster == self ? nil : cluster
  }
}

extension Content {
  /// The content of the API's Secret: all keys, or for a key pair the private key that signs.
  func signing(_ subject: Subject) -> [UInt8] { subject == .pairs ? [current, 0, 0] : keys }
}
