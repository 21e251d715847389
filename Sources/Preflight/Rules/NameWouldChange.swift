/// A prefix or suffix renames the SealedSecret, and what was sealed for its name cannot be opened.

internal import Manifests
internal import Sealing
internal import YAML

func nameWouldChange(_ context: KustomizationContext) -> [Finding] {
  guard context.targets.contains(where: { $0.scope == .strict }) else { return [] }
  return [
    ("namePrefix", context.kustomization.namePrefix),
    ("nameSuffix", context.kustomization.nameSuffix),
  ]
  .compactMap { field, value in
    value.map { value in
      context.finding(
        "name-would-change", .error,
        "\(field) '\(value)' renames the SealedSecrets, and the controller could not open them",
        hint: "take \(field) out, or seal namespace-wide (scopes of the environment)",
        at: context.kustomization.value(field)?.location)
    }
  }
}
