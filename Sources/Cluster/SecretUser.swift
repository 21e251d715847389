/// A workload, or a pod, that names a Secret, and how far a workload has rolled.

internal import Kubernetes
internal import Manifests
internal import Text
internal import YAML

struct SecretUser {
  let kind: ObjectKind
  let node: Node
  let secret: String

  var place: String { "\(kind.name)/\(node.objectName ?? "?")" }

  /// The init containers of a pod that read the Secret, as variables or from a volume.
  var containers: [String] {
    let paths = Workload.uses(in: node["spec"] ?? node).filter { $0.secret === secret }
      .map(\.path)
    let isInVolume = paths.contains { $0.begins(with: "volumes.") }
    return (node.at("spec", "initContainers")?.items ?? []).compactMap { $0["name"]?.scalar }
      .filter { name in
        isInVolume || paths.contains { $0.begins(with: "initContainers.[name=\(name)]") }
      }
  }

  // MARK: Workloads

  /// Why a workload has not finished rolling; nil if it has.
  func unfinished(_ version: SecretVersion) -> String? {
    if node.number("metadata", "generation") != node["status"]?.number("observedGeneration") {
      return "\(place) status.observedGeneration is behind"
    }
    let annotations = node.at("spec", "template", "metadata", "annotations")
    if let named = annotations?[version.annotation]?.scalar, let rotation = version.rotation,
      named !== rotation
    {
      return "\(place) still names rotation \(named)"
    }
    if node.at("spec", "paused")?.scalar == "true" {
      return "\(place) is paused and cannot roll: run kubectl rollout resume"
    }
    return missingPods
  }

  /// Which pods of a workload are not updated or not available; nil if all are.
  private var missingPods: String? {
    let status = node["status"]
    func count(_ field: String) -> Int { status?.number(field) ?? 0 }
    let wanted = node.number("spec", "replicas") ?? 1
    let scheduled = count("desiredNumberScheduled")
    let isOnDelete = node.at("spec", "updateStrategy", "type")?.scalar == "OnDelete"
    let remark =
      isOnDelete ? ", and rolls only when its pods are deleted (OnDelete)" : ""
    switch kind {
    case .deployment:
      let isDone =
        count("updatedReplicas") == wanted && count("replicas") == wanted
        && count("availableReplicas") == wanted
      return isDone
        ? nil
        : "\(place) has \(count("updatedReplicas")) of \(wanted) pods updated, \(count("availableReplicas")) available, \(count("replicas")) in all"
    case .statefulSet:
      let isDone =
        status?["currentRevision"]?.scalar == status?["updateRevision"]?.scalar
        && count("replicas") == wanted && count("availableReplicas") == wanted
      return isDone
        ? nil : "\(place) has \(count("updatedReplicas")) of \(wanted) pods updated\(remark)"
    case .daemonSet:
      let isDone =
        count("updatedNumberScheduled") == scheduled && count("numberAvailable") == scheduled
      return isDone
        ? nil
        : "\(place) has \(count("updatedNumberScheduled")) of \(scheduled) pods updated\(remark)"
    default: return nil
    }
  }
}

/// The current version of a Secret, as pods show it.
struct SecretVersion {
  /// The annotation of pods with the rotation.
  let annotation: String
  /// The rotation that pods must name, if they name one.
  let rotation: String?
  /// When the Secret was made.
  let made: Timestamp
}
