/// ArgoCD applies custom resources last within a wave, so that a SealedSecret may share the wave of
/// its pods, but a later wave comes too late.

internal import Manifests
internal import Text
internal import YAML

func syncWave(_ context: BuildContext) -> [Finding] {
  // Without waves, nothing waits for one.
  guard context.build.objects.contains(where: { $0.syncWave != nil }) else { return [] }
  return context.build.objects.flatMap { object in
    let own = object.syncWave ?? 0
    let late = Set(
      object.references.compactMap { reference -> Name? in
        guard
          let secret = context.secret(
            reference.secret, for: object, namespace: reference.namespace),
          secret.isSealedSecret, (secret.syncWave ?? 0) > own
        else { return nil }
        return Name(secret.identity.name)
      })
    return late.map(\.text).sorted().map { name in
      context.finding(
        "sync-wave", .error,
        "\(object.identity.words) is in wave \(own), but uses the SealedSecret '\(name)' of a later wave, so the sync waits forever",
        hint: "annotate the template with argocd.argoproj.io/sync-wave: \"\(own - 1)\"")
    }
  }
}

/// Pods that a rotation replaces while their Secret is still changing.
///
/// Some start with the old value under the new annotation, and nothing replaces them again.
func syncOrder(_ context: BuildContext) -> [Finding] {
  let names = Set(context.targets.filter { !$0.isRole }.map { Name($0.builtName) })
  let usesWaves = context.build.objects.contains { $0.syncWave != nil }
  for object in context.build.objects where object.isRolledByAnnotation {
    for reference in object.references where names.contains(Name(reference.secret)) {
      guard
        let secret = context.secret(
          reference.secret, for: object, namespace: reference.namespace),
        secret.isSealedSecret, (secret.syncWave ?? 0) == (object.syncWave ?? 0)
      else { continue }
      return [
        context.finding(
          "sync-order", .warning,
          "the SealedSecret '\(secret.identity.name)' is not applied before \(object.identity.words), so after a rotation pods can start before the new value exists, and keep the old one",
          remedy: .applyBefore(wave: usesWaves ? (object.syncWave ?? 0) - 1 : nil))
      ]
    }
  }
  return []
}

extension BuiltObject {
  /// Its ArgoCD wave; nil if it does not set one, which counts as 0.
  package var syncWave: Int? {
    root.at("metadata", "annotations")?["argocd.argoproj.io/sync-wave"]?.scalar
      .flatMap { Int32($0) }.map { Int($0) }
  }
}
