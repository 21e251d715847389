/// Pods that would not notice a rotation because nothing in their template changes.

internal import Manifests
internal import Text
internal import YAML

func noRollout(_ context: BuildContext) -> [Finding] {
  let names = Set(context.targets.filter { !$0.isRole }.map { Name($0.builtName) })
  return context.build.objects.compactMap { object in
    // A Job's pods use one value, and cannot-roll reports the pods that nothing replaces.
    guard let workload = Workload(object.root), workload.canRoll,
      !["Job", "CronJob"].contains(object.identity.kind)
    else { return nil }
    let used = Set(object.references.map { Name($0.secret) }).intersection(names)
    let sealed = used.filter { name in
      context.build.secrets(named: name.text).contains {
        $0.isSealedSecret
          && $0.root.at("metadata", "annotations")?["moltseal.dev/rotation"] != nil
      }
    }
    guard !sealed.isEmpty, !object.followsRotation else { return nil }
    return context.finding(
      "no-rollout", .warning,
      "\(object.identity.words) uses \(sealed.map(\.text).sorted().joined(separator: ", ")), but nothing replaces its pods after a rotation",
      hint:
        "run moltseal apply, which adds a replacements entry for this where the kustomization allows it; otherwise restart the pods after each rotation with kubectl rollout restart or Reloader"
    )
  }
}

extension BuiltObject {
  private var podAnnotations: [(key: String, value: String)] {
    (root.at("spec", "template", "metadata", "annotations")?.stringEntries ?? []).map {
      ($0.key, $0.value)
    }
  }

  /// Whether a rotation replaces its pods, by our annotation or by Reloader.
  fileprivate var followsRotation: Bool { isRolledByAnnotation || isReloaded }

  /// Whether our annotation replaces its pods when it is applied, and Reloader does not.
  var isRolledByAnnotation: Bool {
    !isReloaded && podAnnotations.contains { $0.key.begins(with: "moltseal.dev/rotation-") }
  }

  private var isReloaded: Bool {
    let own = (root.at("metadata", "annotations")?.stringEntries ?? []).map { ($0.key, $0.value) }
    return (own + podAnnotations).contains { key, value in
      key == "reloader.stakater.com/auto" && value == "true"
        || key == "secret.reloader.stakater.com/reload"
        || key == "secret.reloader.stakater.com/auto"
    }
  }
}
