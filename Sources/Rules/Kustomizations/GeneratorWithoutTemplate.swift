/// A generator entry without a template would stay in production with its dev values.

internal import Manifests
internal import Text

func generatorWithoutTemplate(_ context: KustomizationContext) -> [Finding] {
  let own = context.kustomization.generators.filter {
    context.target(of: $0) == nil && !context.isDeleted($0, of: context.kustomization)
  }.map { (path: context.path, entry: $0, name: $0.name) }
  let ofBases = context.files.bases.flatMap { base in
    base.kustomization.generators.map {
      (path: base.path, entry: $0, name: base.builtName($0.name))
    }.filter { _, entry, name in
      context.targets(named: name).isEmpty && !context.isDeleted(entry, of: base)
    }
  }
  let kept = context.keepGenerators
  return (own + ofBases).filter { !kept.includes($0.entry.name) && !kept.includes($0.name) }.map {
    path, entry, name in
    context.finding(
      "generator-without-template", .error,
      "secretGenerator makes '\(name)', but no template does",
      hint: "add a template for it, or list it under keepGenerators of the environment",
      at: Finding.Place(path, entry.location))
  }
}
