/// Since when the copies of a Secret in other namespaces have its values.

internal import Kubernetes
internal import Planning
internal import Text
internal import YAML

extension SecretCopies {
  /// The annotations of a copy that name the version it was made from.
  static let versions = [
    "reflector.v1.k8s.emberstack.com/reflected-version",
    "replicator.v1.mittwald.de/replicated-from-version",
  ]

  /// A remark about copies that are not seen; empty if all are seen.
  var unseen: String {
    (open ?? pulled).map { "; copies in namespaces that \($0) does not name are not seen" } ?? ""
  }

  /// When a copy got the Secret's current values; nil if there is no copy.
  static func madeTime(
    of copy: SecretReading, _ place: String, source: SecretReading
  ) -> Known<Timestamp>? {
    switch copy {
    case .absent: return nil
    case .forbidden: return .unknown("\(place), a copy, cannot be read")
    case .unread(let reason): return .unknown("\(place), a copy: \(reason)")
    case .metadata(let copy):
      guard let version = versions.lazy.compactMap({ copy.annotation($0) }).first else {
        return .unknown("\(place), a copy, does not say which version it is a copy of")
      }
      guard let current = source.object?.at("metadata", "resourceVersion")?.scalar else {
        return .unknown(
          "\(place) is a copy of version \(version), but the Secret's own version is unknown")
      }
      guard version === current else {
        return .unknown("\(place) is a copy of version \(version), but the Secret is at \(current)")
      }
      let times = (copy.at("metadata", "managedFields")?.items ?? []).filter {
        $0.at("fieldsV1", "f:data") != nil
      }.compactMap { $0["time"]?.scalar.flatMap { Timestamp($0) } }
      return times.max().map { .known($0) }
        ?? .unknown("\(place), a copy, does not say when it got its values")
    }
  }
}
