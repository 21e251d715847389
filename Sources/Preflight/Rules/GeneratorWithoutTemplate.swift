/// A generator entry that no template replaces would stay in production with its dev values.

internal import Manifests
internal import Text

func generatorWithoutTemplate(_ context: KustomizationContext) -> [Finding] {
  let own = context.kustomization.generators.filter {
    context.target(of: $0) == nil && !context.isDeleted($0, of: context.kustomization)
  }.map { (path: context.path, entry: $0) }
  let ofBases = context.files.bases.flatMap { base in
    base.kustomization.generators.filter {
      context.targets(named: $0.name).isEmpty && !context.isDeleted($0, of: base.kustomization)
    }.map { (path: base.path, entry: $0) }
  }
  return (own + ofBases).filter { !context.keepGenerators.includes($0.entry.name) }.map {
    path, entry in
    context.finding(
      "generator-without-template", .error,
      "secretGenerator makes '\(entry.name)', but no template does",
      hint: "add a template for it, or list it under keepGenerators of the environment",
      at: entry.location, in: path)
  }
}
