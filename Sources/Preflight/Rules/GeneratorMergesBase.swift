/// Without an overlay's entry the Secret of its base comes back, with the base's values.

internal import Manifests
internal import Text
internal import YAML

func generatorMergesBase(_ context: KustomizationContext) -> [Finding] {
  context.entriesToRemove.filter { entry in
    (entry.behavior == "merge" || entry.behavior == "replace")
      && !context.isDeleted("Secret", entry.name)
  }.map { entry in
    let behavior = "behavior: \(entry.behavior ?? "")"
    let base = context.files.bases.first { base in
      base.kustomization.generators.contains { $0.name === entry.name }
    }
    let (message, hint): (String, Remedy) =
      if let base {
        (
          "'\(entry.name)' has \(behavior); without it the Secret of \(base.path) comes back",
          .stripBase(
            base.path, name: entry.name,
            then: "and take '\(behavior)' out here: then this entry goes like any other")
        )
      } else if let unread = context.files.unread.first {
        (
          "'\(entry.name)' has \(behavior), and the Secret that it changes is made in '\(unread.resource.scalar ?? "")', which is not read here; it would come back",
          .words(
            "delete it by a patch in \(context.path): {apiVersion: v1, kind: Secret, metadata: {name: \(entry.name)}, $patch: delete}"
          )
        )
      } else {
        (
          "'\(entry.name)' has \(behavior), but no base here makes that Secret, so nothing can be built",
          .words("take '\(behavior)' out: then this entry goes like any other")
        )
      }
    return context.finding(
      "generator-merges-base", .error, message, remedy: hint, at: entry.location)
  }
}
