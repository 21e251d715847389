/// A base that generates the Secret would have it beside the SealedSecret of the same name.

internal import Manifests

func baseGeneratesSecret(_ context: KustomizationContext) -> [Finding] {
  context.bases.flatMap { base in
    base.kustomization.generators.filter { entry in
      context.targets.contains { $0.name == entry.name }
        && !context.keepGenerators.contains(entry.name)
    }.map { entry in
      context.finding(
        "base-generates-secret", .error,
        "this base makes '\(entry.name)' too, and its Secret would stand beside the sealed one",
        hint:
          "move the entry into the overlays that need it, or: moltseal strip \(base.path) --name \(entry.name) --write",
        at: entry.location, in: base.path)
    }
  }
}
