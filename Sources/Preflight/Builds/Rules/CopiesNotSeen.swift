/// Copies of a Secret in namespaces that nothing names: their pods hold values, and nobody looks at them.

internal import Manifests
internal import Text

func copiesNotSeen(_ context: BuildContext) -> [Finding] {
  context.targets.compactMap { target in
    guard let annotation = target.unseenCopies else { return nil }
    return context.finding(
      "copies-not-seen", .warning,
      "'\(target.name)' is copied into namespaces that \(annotation) does not name one by one: moltseal live does not see the pods there",
      hint:
        "name each namespace in reflection-auto-namespaces or replicate-to, without patterns; or in the environment: copiedTo: {\(target.name): [NAMESPACE]}"
    )
  }
}
