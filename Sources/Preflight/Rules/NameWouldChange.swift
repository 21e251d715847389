/// A prefix or suffix renames the SealedSecret; what was sealed for its name cannot be opened then,
/// and nothing that refers to the Secret follows, for kustomize does not know SealedSecrets.

internal import Manifests
internal import Text
internal import YAML

func nameWouldChange(_ context: KustomizationContext) -> [Finding] {
  guard !context.targets.isEmpty else { return [] }
  let fields = context.changing.flatMap { path, kustomization in
    ["namePrefix", "nameSuffix"].compactMap { field -> Finding? in
      guard let node = kustomization.value(field), let value = node.scalar, !value.isEmpty else {
        return nil
      }
      return context.finding(
        "name-would-change", .error,
        "\(field) '\(value)' renames the SealedSecrets, and neither the controller nor the pods would follow",
        hint: kustomization.isComponent
          ? "take \(field) out of the component, or its sealed files out of what it acts on"
          : context.wrapper(of: path, field),
        at: node.location, in: path)
    }
  }
  let kinds = [
    "PrefixTransformer", "SuffixTransformer", "PrefixSuffixTransformer", "NamespaceTransformer",
  ]
  return fields
    + context.files.plugins.filter { kinds.contains($0.object.kind) }.map { path, object in
      context.finding(
        "name-would-change", .error,
        "the \(object.kind) '\(object.name)' can rename or move the SealedSecrets",
        hint: "let it act on a kustomization that holds no sealed file", at: object.location,
        in: path)
    }
}

extension KustomizationContext {
  /// The two kustomizations that one with a prefix becomes.
  fileprivate func wrapper(of path: String, _ field: String) -> String {
    let folder = Path.split(path).folder ?? "."
    let inner = Path.join(folder, "app/kustomization.yaml")
    let namespace = kustomization.namespace.map { ", namespace: \($0)" } ?? ""
    return
      "move this file and its resources to \(inner), and let \(path) be {resources: [app]\(namespace)}: the sealed files go there, where the \(field) does not reach them"
  }
}
