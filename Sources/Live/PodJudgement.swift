/// Whether every pod has a Secret as it is now, and whether anything names a Secret at all.

internal import Kubernetes
internal import Manifests
internal import Planning
internal import Text
internal import YAML

struct PodJudgement {
  let objects: NamespaceObjects
  let sha256: SHA256

  /// A workload, or a pod, that names a Secret.
  private struct User {
    let kind: ObjectKind
    let node: Node
    var place: String { "\(kind.name)/\(node.objectName ?? "?")" }
  }

  /// Every live object of some kinds that names a Secret; nil where one of the kinds is unread.
  private func users(of secret: String, _ kinds: [ObjectKind]) -> (found: [User], unread: Answer?) {
    var found: [User] = []
    for kind in kinds {
      guard let nodes = objects.listing(kind).nodes else { return (found, objects.unread(kind)) }
      for node in nodes {
        guard let pod = kind.podSpecification(node) else { continue }
        if Workload.uses(in: pod).contains(where: { $0.secret === secret }) {
          found.append(User(kind: kind, node: node))
        }
      }
    }
    return (found, nil)
  }

  // MARK: Rolled

  /// Whether every pod that uses the Secret has started after it was made, and will stay so.
  ///
  /// - Parameter rotation: the rotation that pod templates are to name, where they name one.
  /// - Parameter expected: the workloads of the repository that use it.
  func rolled(
    _ secret: String, rotation: String?, made: Timestamp?, expected: [(kind: String, name: String)]
  ) -> Answer {
    let annotation = Rollout.podAnnotation(secret: secret, sha256)
    let (workloads, unread) = users(of: secret, ObjectKind.rolling)
    if let unread { return unread }
    if let other = expected.first(where: { expected in
      !(ObjectKind.rolling + ObjectKind.templated).contains { $0.name == expected.kind }
    }) {
      return .unknown("\(other.kind)/\(other.name): it is not read how far this kind has rolled")
    }
    for (kind, name) in expected
    where !workloads.contains(where: { $0.kind.name == kind && $0.node.objectName === name })
      && ObjectKind.rolling.contains(where: { $0.name == kind })
    {
      return .no("\(kind)/\(name) is not there, or does not use Secret/\(secret) yet")
    }
    for user in workloads {
      if let reason = unfinished(user, annotation, rotation) { return .no(reason) }
    }
    let (pods, unreadPods) = users(of: secret, [.pod])
    if let unreadPods { return unreadPods }
    for user in pods where !user.node.isFinished {
      if let reason = old(user, annotation, rotation, made) { return .no(reason) }
    }
    return .yes(
      pods.isEmpty
        ? "no pod uses Secret/\(secret)"
        : "every pod that uses Secret/\(secret) has started after it was made")
  }

  /// Why a workload has not finished to roll; nil where it has.
  private func unfinished(_ user: User, _ annotation: String, _ rotation: String?) -> String? {
    let (node, place) = (user.node, user.place)
    let status = node["status"]
    if node.number("metadata", "generation") != status?.number("observedGeneration") {
      return "\(place) status.observedGeneration is behind"
    }
    if let named = node.at("spec", "template", "metadata", "annotations")?[annotation]?.scalar,
      let rotation, named !== rotation
    {
      return "\(place) still names rotation \(named)"
    }
    if node.at("spec", "paused")?.scalar == "true" {
      return "\(place) is paused, and cannot roll: kubectl rollout resume"
    }
    let wanted = node.number("spec", "replicas") ?? 1
    func count(_ field: String) -> Int { status?.number(field) ?? 0 }
    switch user.kind {
    case .deployment:
      guard count("updatedReplicas") == wanted, count("replicas") == wanted,
        count("availableReplicas") == wanted
      else {
        return
          "\(place) has \(count("updatedReplicas")) of \(wanted) pods updated, \(count("availableReplicas")) available, \(count("replicas")) in all"
      }
    case .statefulSet:
      guard status?["currentRevision"]?.scalar == status?["updateRevision"]?.scalar,
        count("replicas") == wanted, count("availableReplicas") == wanted
      else {
        let onDelete = node.at("spec", "updateStrategy", "type")?.scalar == "OnDelete"
        return
          "\(place) has \(count("updatedReplicas")) of \(wanted) pods updated\(onDelete ? ", and rolls only when its pods are deleted (OnDelete)" : "")"
      }
    case .daemonSet:
      let scheduled = count("desiredNumberScheduled")
      guard count("updatedNumberScheduled") == scheduled, count("numberAvailable") == scheduled
      else {
        let onDelete = node.at("spec", "updateStrategy", "type")?.scalar == "OnDelete"
        return
          "\(place) has \(count("updatedNumberScheduled")) of \(scheduled) pods updated\(onDelete ? ", and rolls only when its pods are deleted (OnDelete)" : "")"
      }
    default: break
    }
    return nil
  }

  /// Why a pod may have an older Secret; nil where it cannot.
  private func old(
    _ user: User, _ annotation: String, _ rotation: String?, _ made: Timestamp?
  ) -> String? {
    let (pod, place) = (user.node, user.place)
    if let named = pod.annotation(annotation), let rotation, named !== rotation {
      let isEnding = pod.at("metadata", "deletionTimestamp") != nil
      return "\(place) has rotation \(named)\(isEnding ? ", and is ending" : "")"
    }
    guard let made else { return "nobody knows when the Secret of \(place) was made" }
    let statuses = ["containerStatuses", "initContainerStatuses"].flatMap {
      pod.at("status", $0)?.items ?? []
    }
    guard !statuses.isEmpty else { return "\(place) has not started yet" }
    for status in statuses {
      if let start = status.at("state", "running", "startedAt")?.scalar {
        guard let start = Timestamp(start), start > made else {
          return "\(place) has started before the Secret was made"
        }
      } else if status.at("state", "terminated") == nil {
        return
          "\(place) does not run: \(status.at("state", "waiting", "reason")?.scalar ?? "waiting")"
      }
    }
    return nil
  }

  /// When the last pod that could have an older Secret had ended, at the latest; nil where that is
  /// not known.
  ///
  /// A Deployment counts as available only when no pod but ending ones is of an older template, and
  /// those end within their grace period.
  func othersEnded(_ secret: String, made: Timestamp?) -> Timestamp? {
    guard var end = made else { return nil }
    let (workloads, unread) = users(of: secret, ObjectKind.rolling)
    let (pods, unreadPods) = users(of: secret, [.pod])
    guard unread == nil, unreadPods == nil else { return nil }
    for user in workloads {
      let grace = user.kind.podSpecification(user.node)?.graceSeconds ?? 30
      guard user.kind == .deployment else { continue }
      let progress = user.node.condition("Progressing")
      guard progress?["reason"]?.scalar == "NewReplicaSetAvailable",
        let time = progress?["lastUpdateTime"]?.scalar.flatMap({ Timestamp($0) })
      else { return nil }
      end = max(end, Timestamp(seconds: time.seconds + grace))
    }
    for user in pods {
      if user.node.isFinished {
        // It may have signed until its last container ended.
        guard let time = user.node.finishTime else { return nil }
        end = max(end, time)
        continue
      }
      guard let ready = user.node.condition("Ready")?["lastTransitionTime"]?.scalar,
        let time = Timestamp(ready)
      else { return nil }
      let grace = user.node["spec"]?.graceSeconds ?? 30
      end = max(end, Timestamp(seconds: time.seconds + grace))
    }
    return end
  }

  // MARK: Released

  /// Whether no pod in any phase, and no template that pods are made from, names a Secret.
  func released(_ secret: String) -> Answer {
    let (found, unread) = users(of: secret, [.pod] + objects.templated)
    let holders = found.filter { user in
      // A Deployment keeps the templates of the past in ReplicaSets that make no pod.
      user.kind != .replicaSet
        || user.node.number("spec", "replicas") ?? 1 > 0
        || user.node.number("status", "replicas") ?? 0 > 0
    }
    if let holder = holders.first {
      let others = holders.count - 1
      return .no(
        "\(holder.place) names Secret/\(secret)\(others > 0 ? ", and \(others) more" : "")")
    }
    if let unread { return unread }
    return .yes(
      "no pod and no template names Secret/\(secret); what is outside the cluster is not seen")
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

extension Node {
  /// How long a pod may take to end, in seconds; a number beyond any use counts as ten years.
  fileprivate var graceSeconds: Int {
    min(max(number("terminationGracePeriodSeconds") ?? 30, 0), 315_360_000)
  }

  /// When the last container of a pod ended; nil where one does not say.
  fileprivate var finishTime: Timestamp? {
    let statuses = at("status", "containerStatuses")?.items ?? []
    let times = statuses.map {
      $0.at("state", "terminated", "finishedAt")?.scalar.flatMap { Timestamp($0) }
    }
    return times.contains(nil) ? nil : times.compactMap { $0 }.max()
  }

  /// Whether a pod has ended for good.
  fileprivate var isFinished: Bool {
    let phase = at("status", "phase")?.scalar
    return phase == "Succeeded" || phase == "Failed"
  }
}
