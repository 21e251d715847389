/// Whether a pod whose phase is final has ended: the phase alone does not say that its containers have.
///
/// A kubelet that evicts a pod may leave it without container statuses, and the garbage collector
/// marks the pods of lost nodes Failed while they may still run (`pkg/controller/podgc`).

internal import Kubernetes
internal import Planning
internal import Text
package import YAML

package struct PodEndings: Sendable {
  enum Ending {
    case running
    case ended
    /// Its phase is final, and it may run all the same, for this reason.
    case unsure(String)
  }

  /// When pods were first seen with a final phase, by their uid.
  let since: [String: Timestamp]
  /// The nodes of such pods, as far as they were read.
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
        "is \(phase) without the end of its containers; a later look that remembers this one counts it as ended after \(Timestamp(seconds: end))"
      )
    }
    guard case .objects(let nodes) = nodes else {
      return .unsure(
        "is \(phase) without the end of its containers, and Node/\(node) may not be read")
    }
    guard let found = nodes.first(where: { $0.objectName === node }) else { return .ended }
    guard found.condition("Ready")?["status"]?.scalar == "True" else {
      return .unsure("is \(phase) without the end of its containers, and Node/\(node) is not Ready")
    }
    return .ended
  }
}

extension Node {
  /// Whether a pod's phase is one that it keeps.
  fileprivate var hasFinalPhase: Bool {
    let phase = at("status", "phase")?.scalar
    return phase == "Succeeded" || phase == "Failed"
  }

  /// Whether a pod's phase is final and its containers do not say that they have ended.
  package var isOverByPhaseAlone: Bool {
    guard hasFinalPhase else { return false }
    let main = at("status", "containerStatuses")?.items ?? []
    return main.count < (at("spec", "containers")?.items ?? []).count || main.isEmpty
      || containerStatuses.contains { $0.at("state", "terminated") == nil }
  }

  /// The statuses of all containers of a pod, of whatever kind.
  var containerStatuses: [Node] {
    ["containerStatuses", "initContainerStatuses", "ephemeralContainerStatuses"].flatMap {
      at("status", $0)?.items ?? []
    }
  }

  /// How long a pod may take to end, in seconds; a number beyond any use counts as ten years.
  fileprivate var graceSeconds: Int {
    min(max(number("terminationGracePeriodSeconds") ?? 30, 0), 315_360_000)
  }

  /// Whether an object is younger than a time; not where both are of one second.
  func wasCreated(after time: Timestamp) -> Bool {
    at("metadata", "creationTimestamp")?.scalar.flatMap { Timestamp($0) }.map { $0 > time } ?? false
  }
}
