/// A namespace that kustomize sets must be the one that the Secret was sealed for.

internal import Kubernetes
internal import Manifests
internal import Text
internal import YAML

func namespaceWouldChange(_ context: KustomizationContext) -> [Finding] {
  context.changing.flatMap { path, kustomization -> [Finding] in
    guard let namespace = kustomization.namespace else { return [] }
    return context.targets.filter { $0.scope != .clusterWide && $0.namespace !== namespace }.map {
      target in
      context.finding(
        "namespace-would-change", .error,
        "namespace '\(namespace)' moves '\(target.name)' out of '\(target.namespacedName.namespace)', the namespace that it is sealed for",
        hint: "use the same namespace in the template and here",
        at: Finding.Place(path, kustomization.value("namespace")?.location))
    }
  }
}
