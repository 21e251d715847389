/// Whether every pod has the current version of a Secret, and whether anything names a Secret at
/// all.

internal import Kubernetes
internal import Manifests
internal import Planning
internal import Text
internal import YAML

struct PodJudgement {
  let objects: NamespaceObjects
  let endings: PodEndings
  /// By uid of a pod known to have the Secret's values: when its containers had started.
  var known: [String: String] = [:]
  let sha256: SHA256

  /// Every live object of some kinds that names a Secret, and why the list may be incomplete.
  private func users(of secret: String, _ kinds: [ObjectKind]) -> (
    found: [SecretUser], unread: Answer?
  ) {
    var found: [SecretUser] = []
    for kind in kinds {
      guard let nodes = objects.listing(kind).nodes else { return (found, objects.unread(kind)) }
      for node in nodes {
        guard let pod = kind.podSpecification(node) else { continue }
        if Workload.uses(in: pod).contains(where: { $0.secret === secret }) {
          found.append(SecretUser(kind: kind, node: node, secret: secret))
        }
      }
    }
    return (found, nil)
  }

  /// Whether no pod names a Secret.
  func isUnused(_ secret: String) -> Answer {
    let (pods, unread) = users(of: secret, [.pod])
    return unread ?? pods.first.map { .no("\($0.place) names it") } ?? .yes("no pod names it")
  }

  // MARK: Rolled

  /// Whether every pod that uses the Secret started after it was made, and no workload is still
  /// rolling.
  ///
  /// - Parameter rotation: the rotation that pod templates must name, if they name one.
  /// - Parameter expected: the workloads of the repository that use it.
  func rolled(
    _ secret: String, rotation: String?, made: Timestamp, expected: [(kind: String, name: String)]
  ) -> Answer {
    let version = version(of: secret, rotation, made)
    let (workloads, unread) = users(of: secret, ObjectKind.rolling)
    if let unread { return unread }
    if let other = expected.first(where: { expected in
      !(ObjectKind.rolling + ObjectKind.templated).contains { $0.name == expected.kind }
    }) {
      return .unknown("\(other.kind)/\(other.name): how far this kind has rolled is not read")
    }
    for (kind, name) in expected
    where !workloads.contains(where: { $0.kind.name == kind && $0.node.objectName === name })
      && ObjectKind.rolling.contains(where: { $0.name == kind })
    {
      return .no("\(kind)/\(name) does not exist, or does not use Secret/\(secret) yet")
    }
    for user in workloads {
      if let reason = user.unfinished(version) { return .no(reason) }
    }
    let (pods, unreadPods) = users(of: secret, [.pod])
    if let unreadPods { return unreadPods }
    for user in pods {
      switch state(user, version) {
      case .old(let answer): return answer
      case .waiting(let reason), .unsure(let reason): return .no(reason)
      case .current, .ended: continue
      }
    }
    return .yes(
      pods.isEmpty
        ? "no pod uses Secret/\(secret)"
        : "every pod that uses Secret/\(secret) started after it was made")
  }

  /// Which version of a Secret a pod has.
  private enum PodState {
    /// It has ended, and holds nothing.
    case ended
    /// Every container has started after the Secret was made.
    case current
    /// A container is not running, and will read the Secret when it starts.
    case waiting(String)
    /// It has an older Secret; the answer for all pods.
    case old(Answer)
    /// Its phase is final, but it may still run with an older Secret.
    case unsure(String)
  }

  private func version(
    of secret: String, _ rotation: String?, _ made: Timestamp
  ) -> SecretVersion {
    SecretVersion(
      annotation: Rollout.podAnnotation(secret: secret, sha256), rotation: rotation, made: made)
  }

  private func state(_ user: SecretUser, _ version: SecretVersion) -> PodState {
    let (pod, place) = (user.node, user.place)
    let named = pod.annotation(version.annotation)
    switch endings.ending(of: pod) {
    case .ended: return .ended
    case .unsure(let reason):
      // A pod created after the Secret was made has it, running or not.
      let isOfToday = version.rotation == nil || named == version.rotation
      return isOfToday && pod.wasCreated(after: version.made)
        ? .current : .unsure("\(place) \(reason)")
    case .running: break
    }
    if let named, let rotation = version.rotation, named !== rotation {
      let isEnding = pod.at("metadata", "deletionTimestamp") != nil
      return .old(.no("\(place) has rotation \(named)\(isEnding ? ", and is ending" : "")"))
    }
    let uid = pod.at("metadata", "uid")?.scalar ?? ""
    let known = (self.known[uid] ?? "").pieces(between: " ")
    let statuses = pod.containerStatuses
    var state = statuses.isEmpty ? PodState.waiting("\(place) has not started yet") : .current
    for status in statuses where !known.contains(where: { $0 === status.start }) {
      switch self.state(of: status, user, version.made) {
      case .old(let answer): return .old(answer)
      case .waiting(let reason): state = .waiting(reason)
      case .current, .ended, .unsure: continue
      }
    }
    return state
  }

  /// Which version of a Secret a container of a pod has.
  private func state(of status: Node, _ user: SecretUser, _ made: Timestamp) -> PodState {
    let (pod, place) = (user.node, user.place)
    if let start = status.at("state", "running", "startedAt")?.scalar {
      guard let start = Timestamp(start), start > made else { return .old(.startedBefore(place)) }
      guard KubeletCache.hasRead(made, pod, startedAt: start) else {
        return .old(
          .noUntilRestart(
            "\(place) has started within 2 minutes after the Secret was made, so it may still have the previous one"
          ))
      }
      return .current
    }
    guard let ended = status.at("state", "terminated") else {
      let reason = status.at("state", "waiting", "reason")?.scalar ?? "waiting"
      return .waiting("\(place) is not running: \(reason)")
    }
    // Later containers use what it has made from the Secret.
    guard user.containers.contains(status["name"]?.scalar ?? ""), !pod.wasCreated(after: made)
    else { return .current }
    let start = ended["startedAt"]?.scalar.flatMap { Timestamp($0) }
    guard let start, KubeletCache.hasRead(made, pod, startedAt: start) else {
      return .old(.startedBefore(place))
    }
    return .current
  }

  /// By uid of each pod with the current Secret: when its containers had started.
  func current(_ secret: String, rotation: String?, made: Timestamp) -> [String: String] {
    let version = version(of: secret, rotation, made)
    var found: [String: String] = [:]
    for user in users(of: secret, [.pod]).found {
      guard case .current = state(user, version), let pod = user.node.starts else { continue }
      found[pod.uid] = pod.started
    }
    return found
  }

  /// Whether no running container may have an older Secret.
  func leavesNoOlder(_ secret: String, rotation: String?, made: Timestamp) -> Answer {
    let (pods, unread) = users(of: secret, [.pod])
    if let unread { return unread }
    let version = version(of: secret, rotation, made)
    var unsure: String?
    for user in pods {
      switch state(user, version) {
      case .old(let answer): return answer
      case .unsure(let reason): unsure = unsure ?? reason
      case .current, .ended, .waiting: continue
      }
    }
    if let unsure { return .unknown(unsure) }
    return .yes("no container runs with an older Secret/\(secret)")
  }

  // MARK: Released

  /// Whether no pod in any phase, and no template that pods are made from, names a Secret.
  func released(_ secret: String) -> Answer {
    let (found, unread) = users(of: secret, [.pod] + objects.templated)
    let holders = found.filter { holds($0) }
    if let holder = holders.first {
      let others = holders.count - 1
      return .no(
        "\(holder.place) names Secret/\(secret)\(others > 0 ? ", and \(others) more" : "")")
    }
    if let unread { return unread }
    return .yes(
      "no pod and no template names Secret/\(secret); users outside the cluster are not seen")
  }

  /// Whether an object that names a Secret has it, or will give it to pods.
  private func holds(_ user: SecretUser) -> Bool {
    func count(_ part: String, _ field: String) -> Int { user.node.number(part, field) ?? 0 }
    switch user.kind {
    case .pod:
      if case .ended = endings.ending(of: user.node) { return false }
      return true
    // A Deployment keeps old templates in ReplicaSets that make no pods.
    case .replicaSet, .replicationController:
      return user.node.number("spec", "replicas") ?? 1 > 0 || count("status", "replicas") > 0
    case .job:
      let isOver = ["Complete", "Failed"].contains {
        user.node.condition($0)?["status"]?.scalar == "True"
      }
      return !isOver || count("status", "active") > 0 || count("status", "terminating") > 0
    default: return true
    }
  }
}

extension Node {
  /// The uid of a pod and the `start` of each container that has started; nil if none has.
  fileprivate var starts: (uid: String, started: String)? {
    let started = containerStatuses.compactMap(\.start)
    guard let uid = at("metadata", "uid")?.scalar, !started.isEmpty else { return nil }
    return (uid, started.joined(separator: " "))
  }

  /// `NAME@TIME` from the status of a container that has started.
  fileprivate var start: String? {
    let state = self["state"]
    let time = state?.at("running", "startedAt") ?? state?.at("terminated", "startedAt")
    return time?.scalar.map { "\(self["name"]?.scalar ?? "")@\($0)" }
  }
}

extension Answer {
  fileprivate static func startedBefore(_ place: String) -> Answer {
    .noUntilRestart("\(place) has started before the Secret was made")
  }
}

extension ObjectKind {
  /// The kinds that replace their pods when their template changes.
  static let rolling: [ObjectKind] = [.deployment, .statefulSet, .daemonSet]

  /// The pod specification of an object of this kind.
  func podSpecification(_ node: Node) -> Node? {
    switch self {
    case .pod: node["spec"]
    case .cronJob: node.at("spec", "jobTemplate", "spec", "template", "spec")
    default: node.at("spec", "template", "spec")
    }
  }
}
