/// A misspelt entry of keepGenerators would be cut over with the others.

internal import Manifests
internal import YAML

func unknownKeptGenerator(_ context: KustomizationContext) -> [Finding] {
  let names = context.kustomization.generators.map(\.name)
  guard !context.entriesToRemove.isEmpty else { return [] }
  return context.keepGenerators.filter { !names.contains($0) }.map { name in
    context.finding(
      "unknown-kept-generator", .error,
      "keepGenerators names '\(name)', which secretGenerator does not make",
      hint: "it makes: \(names.joined(separator: ", "))",
      at: context.kustomization.value("secretGenerator")?.location)
  }
}
