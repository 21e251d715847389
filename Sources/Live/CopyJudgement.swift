/// Copies of a Secret that another tool makes in other namespaces, with pods of their own.
///
/// Reflector (`emberstack/kubernetes-reflector`), Replicator (`mittwald/kubernetes-replicator`) and
/// Config Syncer (`kubeops/config-syncer`, once kubed) are told by annotations of the Secret.

internal import Kubernetes
internal import Planning
internal import Text
internal import YAML

package struct Replication: Sendable {
  /// The namespaces that the annotations name.
  package private(set) var namespaces: [String] = []
  /// The annotation that means namespaces which it does not name; nil where there is none.
  private(set) var open: String?

  /// The annotations that list namespaces, or patterns of their names, with commas between them.
  private static let lists = [
    "reflector.v1.k8s.emberstack.com/reflection-allowed-namespaces",
    "reflector.v1.k8s.emberstack.com/reflection-auto-namespaces",
    "replicator.v1.mittwald.de/replicate-to",
    "replicator.v1.mittwald.de/replication-allowed-namespaces",
  ]
  /// Those of them that let others take a copy.
  private static let pulled = [lists[0], lists[3]]
  /// Those that choose namespaces in another way.
  private static let others = [
    "reflector.v1.k8s.emberstack.com/reflection-allowed",
    "replicator.v1.mittwald.de/replication-allowed",
    "replicator.v1.mittwald.de/replicate-to-matching", "kubed.appscode.com/sync",
  ]
  /// Those of a copy that name the version which it is of.
  static let versions = [
    "reflector.v1.k8s.emberstack.com/reflected-version",
    "replicator.v1.mittwald.de/replicated-from-version",
  ]

  /// - Parameter annotations: those of the Secret.
  package init(_ annotations: [(key: String, value: String)], own: String) {
    // What may be pulled is pulled by a Secret of any name.
    open = annotations.first { Self.pulled.contains($0.key) }?.key
    for (key, value) in annotations where Self.lists.contains(key) {
      let names = value.pieces(between: ",").map { String($0.filter { $0 != " " }) }
      for name in names where !name.isEmpty {
        if KubernetesNames.faultOfLabel(name) != nil {
          open = key
        } else if name != own, !namespaces.contains(name) {
          namespaces.append(name)
        }
      }
    }
    guard namespaces.isEmpty, open == nil else { return }
    open = annotations.first { Self.others.contains($0.key) && $0.value != "false" }?.key
  }

  /// What is said of what is not seen; empty where all is.
  var unseen: String {
    open.map { "; copies in namespaces that \($0) does not name are not seen" } ?? ""
  }

  /// When a copy got the values that the Secret has; nil where there is no copy.
  static func madeTime(
    of copy: SecretReading, _ place: String, source: SecretReading
  ) -> Known<Timestamp>? {
    switch copy {
    case .absent: return nil
    case .forbidden: return .unknown("\(place), a copy, may not be read")
    case .unread(let reason): return .unknown("\(place), a copy: \(reason)")
    case .metadata(let copy):
      guard let version = versions.lazy.compactMap({ copy.annotation($0) }).first else {
        return .unknown("\(place), a copy, does not say of which version it is")
      }
      guard let current = source.object?.at("metadata", "resourceVersion")?.scalar else {
        return .unknown(
          "\(place) is a copy of version \(version), and the Secret's own is not known")
      }
      guard version === current else {
        return .unknown("\(place) is a copy of version \(version), and the Secret is at \(current)")
      }
      let times = (copy.at("metadata", "managedFields")?.items ?? []).filter {
        $0.at("fieldsV1", "f:data") != nil
      }.compactMap { $0["time"]?.scalar.flatMap { Timestamp($0) } }
      return times.max().map { .known($0) }
        ?? .unknown("\(place), a copy, does not say since when it has its values")
    }
  }
}
