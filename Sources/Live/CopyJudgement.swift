/// Since when copies of a Secret in other namespaces have its values.

internal import Kubernetes
internal import Planning
internal import Text
internal import YAML

extension SecretCopies {
  /// Those of a copy that name the version which it is of.
  static let versions = [
    "reflector.v1.k8s.emberstack.com/reflected-version",
    "replicator.v1.mittwald.de/replicated-from-version",
  ]

  /// What is said of what is not seen; empty where all is.
  var unseen: String {
    (open ?? pulled).map { "; copies in namespaces that \($0) does not name are not seen" } ?? ""
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
