/// Copies of a Secret in namespaces that nothing lists: `live` does not see the pods that use them.

internal import Manifests
internal import Text

func copiesNotSeen(_ context: BuildContext) -> [Finding] {
  context.targets.compactMap { target in
    guard let annotation = target.unseenCopies else { return nil }
    return context.finding(
      "copies-not-seen", .warning,
      "'\(target.name)' is copied into namespaces that \(annotation) does not list individually, so moltseal live does not see the pods there",
      hint:
        "list each namespace in reflection-auto-namespaces or replicate-to, without patterns, or set copiedTo: {\(target.name): [NAMESPACE]} in the environment"
    )
  }
}
