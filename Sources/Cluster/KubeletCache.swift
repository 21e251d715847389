/// How long a kubelet may give an old Secret or ConfigMap to a container.
///
/// It does so only for a pod that it already knows; a new pod makes it ask
/// (`pkg/kubelet/util/manager/cache_based_manager.go`).

internal import Kubernetes
internal import YAML

enum KubeletCache {
  /// In seconds.
  static let lifetime = 120

  /// Whether no kubelet's cache has an older version any more.
  static func isOver(_ written: Timestamp, at time: Timestamp) -> Bool {
    time.seconds > written.seconds + lifetime
  }

  /// Whether a container had read this version when it started.
  static func hasRead(_ written: Timestamp, _ pod: Node, startedAt start: Timestamp) -> Bool {
    start > written && pod.wasCreated(after: written) || isOver(written, at: start)
  }
}
