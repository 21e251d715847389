/// Annotations that tools have left on a live Secret, and that must not come back with a sealed one.

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
  /// and operators, of kapp, of Rancher's object sets, and the command line of `--record`.
  static func holdsCopy(_ key: String) -> Bool {
    key.contains("last-applied") || key.contains("last-handled")
      || key.hasPrefix("kapp.k14s.io/original") || key == "objectset.rio.cattle.io/applied"
      || key == "kubernetes.io/change-cause"
  }
}
