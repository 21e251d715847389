/// Whether a controller may change the Secret that it has made.

package enum SecretOwnership {
  /// Makes a Secret that no SealedSecret owns.
  package static let skips = "sealedsecrets.bitnami.com/skip-set-owner-references"
  /// What lets a controller change a Secret that it does not own (sealed-secrets, `controller.go`).
  private static let permissions = [
    "sealedsecrets.bitnami.com/managed", "sealedsecrets.bitnami.com/patch",
  ]

  package static let managed = "sealedsecrets.bitnami.com/managed"

  /// What a Secret is given before it is taken over: the controller may write it, and ArgoCD leaves it
  /// when it is not built any more (gitops-engine `sync_context.go`), and so does Flux
  /// (kustomize-controller, `prune: disabled`).
  package static let preparation = [
    (key: managed, value: "true"),
    (key: "argocd.argoproj.io/sync-options", value: "Prune=false"),
    (key: "argocd.argoproj.io/compare-options", value: "IgnoreExtraneous"),
    (key: "kustomize.toolkit.fluxcd.io/prune", value: "disabled"),
  ]

  /// The annotations with which a controller writes a Secret that it does not own: nothing is
  /// collected when its SealedSecret goes.
  ///
  /// The controller replaces a Secret's annotations as a whole, so those of the preparation are among
  /// them: without `Prune=false` ArgoCD, where it tracks by a label, would delete what it does not build.
  package static let adoption = preparation + [(key: skips, value: "true")]

  package static let hint =
    "add sealedsecrets.bitnami.com/managed: \"true\" beside it, or take it out"

  /// What is wrong with the annotations of a template: the Secret is made once, and every later
  /// change is refused, for it is neither owned nor given up.
  package static func fault(_ annotations: [(key: String, value: String)]) -> String? {
    func has(_ key: String) -> Bool {
      annotations.contains { $0.key == key && $0.value == "true" }
    }
    guard has(skips), !permissions.contains(where: has) else { return nil }
    return
      "skip-set-owner-references without managed: the controller makes the Secret once and never updates it again"
  }
}
