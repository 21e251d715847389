/// Whether a pod with a final phase has ended: the phase alone does not say that its containers
/// have.
///
/// A kubelet that evicts a pod may leave it without container statuses, and the garbage collector
/// marks the pods of lost nodes Failed while they may still run (`pkg/controller/podgc`).

internal import Kubernetes
internal import Planning
internal import Text
internal import YAML

struct PodEndings: Sendable {
  enum Ending {
    case running
    case ended
    /// Its phase is final, but it may still run, for this reason.
    case unsure(String)
  }

  /// When pods were first seen with a final phase, by uid.
  let since: [String: Timestamp]
  /// The nodes of these pods, as far as they were read.
  let nodes: Listing
  let now: Timestamp

  func ending(of pod: Node) -> Ending {
    guard pod.hasFinalPhase else { return .running }
    guard pod.isOverByPhaseAlone, let node = pod.at("spec", "nodeName")?.scalar else {
      return .ended
    }
    let phase = pod.at("status", "phase")?.scalar ?? "final"
    let uid = pod.at("metadata", "uid")?.scalar ?? ""
    let end = (since[uid] ?? now).seconds + (pod["spec"]?.graceSeconds ?? 30)
    guard end < now.seconds else {
      return .unsure(
        "is \(phase), but its containers do not say that they have ended; a later look that remembers this one counts it as ended after \(Timestamp(seconds: end))"
      )
    }
    guard case .objects(let nodes) = nodes else {
      return .unsure(
        "is \(phase), but its containers do not say that they have ended, and Node/\(node) cannot be read"
      )
    }
    guard let found = nodes.first(where: { $0.objectName === node }) else { return .ended }
    guard found.condition("Ready")?["status"]?.scalar == "True" else {
      return .unsure(
        "is \(phase), but its containers do not say that they have ended, and Node/\(node) is not Ready"
      )
    }
    return .ended
  }
}

extension Node {
  /// Whether a pod has a phase that does not change any more.
  fileprivate var hasFinalPhase: Bool {
    let phase = at("status", "phase")?.scalar
    return phase == "Succeeded" || phase == "Failed"
  }

  /// Whether a pod's phase is final but its containers do not say that they have ended.
  var isOverByPhaseAlone: Bool {
    guard hasFinalPhase else { return false }
    let main = at("status", "containerStatuses")?.items ?? []
    return main.count < (at("spec", "containers")?.items ?? []).count || main.isEmpty
      || containerStatuses.contains { $0.at("state", "terminated") == nil }
  }

  /// The statuses of all containers of a pod, of every kind.
  var containerStatuses: [Node] {
    ["containerStatuses", "initContainerStatuses", "ephemeralContainerStatuses"].flatMap {
      at("status", $0)?.items ?? []
    }
  }

  /// The time that a pod may take to end, in seconds; very large numbers count as ten years.
  fileprivate var graceSeconds: Int {
    min(max(number("terminationGracePeriodSeconds") ?? 30, 0), 315_360_000)
  }

  /// Whether an object is younger than a time; false if both are in the same second.
  func wasCreated(after time: Timestamp) -> Bool {
    at("metadata", "creationTimestamp")?.scalar.flatMap { Timestamp($0) }.map { $0 > time } ?? false
  }
}
