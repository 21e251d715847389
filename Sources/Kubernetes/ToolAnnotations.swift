/// Annotations that tools have left on a live Secret, and that must not come back with a sealed one.

internal import Text

package enum ToolAnnotations {
  /// Annotations that bind a live object to the tool that made it.
  private static let bindings = [
    "kubectl.kubernetes.io/original-replicas",
    "argocd.argoproj.io/tracking-id",
    "argocd.argoproj.io/installation-id",
  ]

  /// Whether an annotation is left out of a SealedSecret.
  package static func isLeftOut(_ key: String) -> Bool {
    holdsCopy(key) || bindings.contains(key)
  }

  /// Whether an annotation holds a copy of the object, its values too: those of kubectl, kubecfg
  /// and operators, however they spell "last applied", of kapp, of Rancher's object sets, and the
  /// command line of `--record`.
  package static func holdsCopy(_ key: String) -> Bool {
    let letters = key.lowercased().filter { $0 != "-" && $0 != "_" && $0 != "." }
    let name = Path.name(key).lowercased()
    return ["lastapplied", "lasthandled"].contains { letters.contains($0) }
      || key.lowercased().begins(with: "kapp.k14s.io/original")
      || ["original", "applied", "change-cause"].contains(name)
  }
}
