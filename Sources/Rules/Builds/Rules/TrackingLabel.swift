/// A Secret made by the controller has the label by which ArgoCD knows what an application owns.

internal import Manifests
internal import Text
internal import YAML

/// With label tracking (the default before ArgoCD 3.0), a Secret with the application's label
/// counts as part of the application; git has no such Secret, so the next sync prunes it.
func trackingLabel(_ context: BuildContext) -> [Finding] {
  // `app.kubernetes.io/instance` is a common label, and ArgoCD's own only where ArgoCD is used.
  let isArgoCD = context.build.objects.contains { object in
    (object.root.at("metadata", "annotations")?.stringEntries ?? []).contains {
      $0.key.begins(with: "argocd.argoproj.io/")
    }
  }
  let labels =
    ["argocd.argoproj.io/instance"] + (isArgoCD ? ["app.kubernetes.io/instance"] : [])
  let built = context.build.sealedSecrets.map { object in
    (name: object.identity.name, keys: object.labels.map(\.key))
  }
  let templates = context.targets.map { (name: $0.builtName, keys: $0.labels) }
  var said: Set<Name> = []
  return (built + templates).compactMap { name, keys in
    guard let label = keys.first(where: labels.contains), said.insert(Name(name)).inserted
    else { return nil }
    return context.finding(
      "tracking-label", .warning,
      "the Secret '\(name)' gets the label \(label); if ArgoCD tracks by labels, it counts the Secret as part of the application, and the next sync prunes it",
      hint:
        "remove the label from the template or from the labels of the kustomization, or set application.resourceTrackingMethod to annotation"
    )
  }
}
