/// A generator entry that no template replaces would stay in production with its dev values.

internal import Manifests

func generatorWithoutTemplate(_ context: KustomizationContext) -> [Finding] {
  context.kustomization.generators.filter {
    !context.keepGenerators.contains($0.name) && context.target(of: $0) == nil
  }.map { entry in
    context.finding(
      "generator-without-template", .error,
      "secretGenerator makes '\(entry.name)', but no template does",
      hint: "add a template for it, or list it under keepGenerators of the environment",
      at: entry.location)
  }
}
