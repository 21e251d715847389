/// A misspelt entry of keepGenerators would not protect its generator from the cutover.

internal import Manifests
internal import Text
internal import YAML

func unknownKeptGenerator(_ context: KustomizationContext) -> [Finding] {
  guard !context.entriesToRemove.isEmpty else { return [] }
  let generated =
    context.kustomization.generators.map(\.name)
    + context.files.bases.flatMap { base in
      base.kustomization.generators.flatMap { [$0.name, base.builtName($0.name)] }
    }
  let names =
    generated + context.files.plugins.map(\.object.name)
    + context.files.objects.filter(\.object.holdsValues).map(\.object.name)
  return context.keepGenerators.filter { !names.includes($0) }.map { name in
    context.finding(
      "unknown-kept-generator", .error,
      "keepGenerators names '\(name)', which nothing here makes\(nearest(to: name, among: names))",
      hint: "name one that secretGenerator makes: \(generated.joined(separator: ", "))",
      at: context.kustomization.value("secretGenerator")?.location)
  }
}
