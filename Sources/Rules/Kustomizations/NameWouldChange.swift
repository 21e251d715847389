/// A prefix or suffix renames the SealedSecret, which can then not be opened; references to the
/// Secret do not follow, because kustomize does not know SealedSecrets.

internal import Manifests
internal import YAML

func nameWouldChange(_ context: KustomizationContext) -> [Finding] {
  guard !context.targets.isEmpty else { return [] }
  // For the kustomization's own fields, it is sealed under the new name, and references follow.
  let components = context.changing.filter(\.kustomization.isComponent)
  let fields = components.flatMap { path, kustomization in
    ["namePrefix", "nameSuffix"].compactMap { field -> Finding? in
      guard let node = kustomization.value(field), let value = node.scalar, !value.isEmpty else {
        return nil
      }
      return context.finding(
        "name-would-change", .error,
        "\(field) '\(value)' renames the SealedSecrets, so that the controller cannot open them and pods do not find their Secrets",
        hint:
          "remove \(field) from the component, or keep sealed files out of what the component changes",
        at: Finding.Place(path, node.location))
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
        hint: "apply it to a kustomization without sealed files",
        at: Finding.Place(path, object.location))
    }
}
