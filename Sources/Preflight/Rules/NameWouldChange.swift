/// A prefix or suffix renames the SealedSecret; what was sealed for its name cannot be opened then,
/// and nothing that refers to the Secret follows, for kustomize does not know SealedSecrets.

internal import Manifests
internal import YAML

func nameWouldChange(_ context: KustomizationContext) -> [Finding] {
  guard !context.targets.isEmpty else { return [] }
  // For those of the kustomization itself it is sealed under the new name, and references follow.
  let components = context.changing.filter(\.kustomization.isComponent)
  let fields = components.flatMap { path, kustomization in
    ["namePrefix", "nameSuffix"].compactMap { field -> Finding? in
      guard let node = kustomization.value(field), let value = node.scalar, !value.isEmpty else {
        return nil
      }
      return context.finding(
        "name-would-change", .error,
        "\(field) '\(value)' renames the SealedSecrets, and neither the controller nor the pods would follow",
        hint: "take \(field) out of the component, or its sealed files out of what it acts on",
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
