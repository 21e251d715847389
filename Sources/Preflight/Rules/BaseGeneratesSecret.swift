/// A base that generates the Secret would have it beside the SealedSecret of the same name.

internal import Manifests
internal import Text

func baseGeneratesSecret(_ context: KustomizationContext) -> [Finding] {
  context.files.bases.flatMap { base in
    base.kustomization.generators.filter { entry in
      !context.targets(named: entry.name).isEmpty && !context.keepGenerators.includes(entry.name)
        && !context.isDeleted(entry, of: base.kustomization)
    }.map { entry in
      context.finding(
        "base-generates-secret", .error,
        "this base makes '\(entry.name)' too, and its Secret would stand beside the sealed one",
        remedy: .stripBase(
          base.path, name: entry.name,
          then:
            "and give the overlays that need it an entry of their own; or delete it in \(context.path) by a patch with $patch: delete"
        ),
        at: entry.location, in: base.path)
    }
  }
}
