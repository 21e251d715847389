/// Whether a controller may change the Secret that it made.

package enum SecretOwnership {
  /// Makes the controller create a Secret without an owner.
  package static let skips = "sealedsecrets.bitnami.com/skip-set-owner-references"
  /// The annotations that let a controller change a Secret it does not own (sealed-secrets,
  /// `controller.go`).
  private static let permissions = [
    "sealedsecrets.bitnami.com/managed", "sealedsecrets.bitnami.com/patch",
  ]

  package static let managed = "sealedsecrets.bitnami.com/managed"

  /// The annotations that a Secret gets before it is taken over.
  ///
  /// The controller may then write it, and ArgoCD (gitops-engine `sync_context.go`) and Flux
  /// (kustomize-controller, `prune: disabled`) keep it when it is no longer built.
  package static let preparation = [
    (key: managed, value: "true"),
    (key: "argocd.argoproj.io/sync-options", value: "Prune=false"),
    (key: "argocd.argoproj.io/compare-options", value: "IgnoreExtraneous"),
    (key: "kustomize.toolkit.fluxcd.io/prune", value: "disabled"),
  ]

  /// The annotations with which a controller writes a Secret that it does not own, so that nothing
  /// is garbage-collected with its SealedSecret.
  ///
  /// The controller replaces all annotations of a Secret, so those of the preparation are included:
  /// without `Prune=false`, an ArgoCD that tracks by a label would delete what it does not build.
  package static let adoption = preparation + [(key: skips, value: "true")]

  package static let hint =
    "add sealedsecrets.bitnami.com/managed: \"true\", or remove skip-set-owner-references"

  /// What is wrong with the annotations of a template.
  ///
  /// The controller would create the Secret once and then refuse every change, because it neither
  /// owns the Secret nor may manage it.
  package static func fault(_ annotations: [(key: String, value: String)]) -> String? {
    func has(_ key: String) -> Bool {
      annotations.contains { $0.key == key && $0.value == "true" }
    }
    guard has(skips), !permissions.contains(where: has) else { return nil }
    return
      "skip-set-owner-references without managed: the controller makes the Secret once and never updates it again"
  }
}
