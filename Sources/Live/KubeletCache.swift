/// How long a kubelet may give an older Secret or ConfigMap to a container of a pod that it knows already; a new pod
/// makes it ask (`pkg/kubelet/util/manager/cache_based_manager.go`).

internal import Kubernetes
internal import YAML

enum KubeletCache {
  /// In seconds.
  static let lifetime = 120

  /// Whether nothing older is in any kubelet's cache any more.
  static func isOver(_ written: Timestamp, at time: Timestamp) -> Bool {
    time.seconds > written.seconds + lifetime
  }

  /// Whether a container read what was written then when it started.
  static func hasRead(_ written: Timestamp, _ pod: Node, startedAt start: Timestamp) -> Bool {
    start > written && pod.wasCreated(after: written) || isOver(written, at: start)
  }
}
