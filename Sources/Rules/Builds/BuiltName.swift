/// What kustomize does to names.

internal import Kubernetes
internal import Text

/// The names and annotations of built objects.
package enum BuiltName {
  /// The name without the hash that a generator appends; nil if it has none.
  ///
  /// The hash has ten characters of kustomize's own alphabet (api/hasher).
  package static func withoutHash(_ name: String) -> String? {
    let bytes = Array(name.utf8)
    guard bytes.count > 11, bytes[bytes.count - 11] == UInt8(ascii: "-"),
      bytes.suffix(10).allSatisfy({ "2456789bcdfghkmt".utf8.contains($0) })
    else { return nil }
    return String(decoding: bytes.dropLast(11), as: UTF8.self)
  }

  /// Whether an annotation is meant for tools that build and apply, not for readers of the Secret.
  static func isForTools(_ key: String) -> Bool {
    [
      "argocd.argoproj.io/", "kustomize.toolkit.fluxcd.io/", "sealedsecrets.bitnami.com/",
      "internal.config.kubernetes.io/", "config.kubernetes.io/", "moltseal.dev/",
    ].contains { key.begins(with: $0) } || ToolAnnotations.isLeftOut(key)
  }
}
