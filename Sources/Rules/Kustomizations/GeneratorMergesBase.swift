/// Without an overlay's entry, the Secret of its base is built again with the base's values.

internal import Manifests
internal import Text
internal import YAML

func generatorMergesBase(_ context: KustomizationContext) -> [Finding] {
  context.entriesToRemove.filter { entry in
    (entry.behavior == "merge" || entry.behavior == "replace")
      && !context.isDeleted("Secret", entry.name)
      && !context.displacement.patched.contains {
        $0.name === entry.name || $0.ownName === entry.name
      }
  }.map { entry in
    let behavior = "behavior: \(entry.behavior ?? "")"
    let (message, hint) =
      if let unread = context.files.unread.first {
        (
          "'\(entry.name)' has \(behavior), and the Secret that it changes comes from \(SecretName.quotedAddress(unread.resource.scalar ?? "")), which is not read here, so that Secret would be built again",
          "delete it with a patch in \(context.path): {apiVersion: v1, kind: Secret, metadata: {name: \(entry.name)}, $patch: delete}"
        )
      } else {
        (
          "'\(entry.name)' has \(behavior), but no base here makes that Secret, so nothing can be built",
          "remove '\(behavior)', so that the cutover removes this entry like any other"
        )
      }
    return context.finding(
      "generator-merges-base", .error, message, hint: hint, at: entry.location)
  }
}
