/// Pods that would not notice a rotation: nothing in their template changes with it.

internal import Manifests
internal import Text
internal import YAML

func noRollout(_ context: BuildContext) -> [Finding] {
  let names = Set(context.targets.filter { !$0.isRole }.map { ByBytes($0.builtName) })
  return context.build.objects.compactMap { object in
    // A Job's pods are of one value, and what nobody replaces is told by cannot-roll.
    guard let workload = Workload(object.root), workload.canRoll,
      !["Job", "CronJob"].contains(object.identity.kind)
    else { return nil }
    let used = Set(object.references.map { ByBytes($0.secret) }).intersection(names)
    let sealed = used.filter { name in
      context.build.secrets(named: name.text).contains {
        $0.isSealedSecret
          && $0.root.at("metadata", "annotations")?["moltseal.dev/rotation"] != nil
      }
    }
    guard !sealed.isEmpty, !object.followsRotation else { return nil }
    return context.finding(
      "no-rollout", .warning,
      "\(object.identity.words) uses \(sealed.map(\.text).sorted().joined(separator: ", ")), and nothing replaces its pods when that rotates",
      hint:
        "moltseal apply adds the replacement that does, where the kustomization lets it; else restart them after each rotation, with kubectl rollout restart or Reloader"
    )
  }
}

extension BuiltObject {
  /// Whether its pods are replaced at a rotation: by our annotation, or by Reloader.
  var followsRotation: Bool {
    let own = root.at("metadata", "annotations")?.stringEntries ?? []
    let ofPods = root.at("spec", "template", "metadata", "annotations")?.stringEntries ?? []
    return ofPods.contains { $0.key.begins(with: "moltseal.dev/rotation-") }
      || (own + ofPods).contains {
        $0.key == "reloader.stakater.com/auto" && $0.value == "true"
          || $0.key == "secret.reloader.stakater.com/reload"
          || $0.key == "secret.reloader.stakater.com/auto"
      }
  }
}
