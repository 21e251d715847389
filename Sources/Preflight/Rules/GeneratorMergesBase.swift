/// Without an overlay's entry the Secret of its base comes back, with the base's values.

internal import Manifests

func generatorMergesBase(_ context: KustomizationContext) -> [Finding] {
  context.entriesToRemove.filter { $0.behavior == "merge" || $0.behavior == "replace" }.map {
    entry in
    context.finding(
      "generator-merges-base", .error,
      "'\(entry.name)' has behavior: \(entry.behavior ?? ""); without it the base's own Secret comes back",
      hint:
        "take the entry out of the base first (moltseal strip BASE --name \(entry.name) --write)",
      at: entry.location)
  }
}
