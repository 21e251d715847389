/// Annotations that tools leave on a live Secret, and that a sealed one must not have.

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

  /// Whether an annotation contains a copy of the object, including its values.
  ///
  /// These are the annotations of kubectl, kubecfg and operators, however they spell "last
  /// applied", of kapp and of Rancher's object sets, and the command line of `--record`.
  package static func holdsCopy(_ key: String) -> Bool {
    let letters = key.lowercased().filter { $0 != "-" && $0 != "_" && $0 != "." }
    let name = Path.name(key).lowercased()
    return ["lastapplied", "lasthandled"].contains { letters.contains($0) }
      || key.lowercased().begins(with: "kapp.k14s.io/original")
      || ["original", "applied", "change-cause"].contains(name)
  }
}
