/// ArgoCD applies custom resources last within a wave: pods wait for a SealedSecret of their own wave,
/// and a later one comes too late.

internal import Manifests
internal import Text
internal import YAML

func syncWave(_ context: BuildContext) -> [Finding] {
  // Where nobody uses waves, nobody waits for one.
  guard context.build.objects.contains(where: { $0.syncWave != nil }) else { return [] }
  return context.build.objects.flatMap { object in
    let own = object.syncWave ?? 0
    let late = Set(
      object.references.compactMap { reference -> ByBytes? in
        guard
          let secret = context.secret(
            reference.secret, for: object, namespace: reference.namespace),
          secret.isSealedSecret, (secret.syncWave ?? 0) > own
        else { return nil }
        return ByBytes(secret.identity.name)
      })
    return late.map(\.text).sorted().map { name in
      context.finding(
        "sync-wave", .error,
        "\(object.identity.words) is of wave \(own), and the SealedSecret '\(name)' that it names of a later one: the sync waits for ever",
        hint: "give the template argocd.argoproj.io/sync-wave: \"\(own - 1)\"")
    }
  }
}

/// Pods that a rotation replaces while their Secret is being changed: some start with the old value under the new
/// annotation, and nothing replaces them again.
func syncOrder(_ context: BuildContext) -> [Finding] {
  let names = Set(context.targets.filter { !$0.isRole }.map { ByBytes($0.builtName) })
  let usesWaves = context.build.objects.contains { $0.syncWave != nil }
  for object in context.build.objects where object.isRolledByAnnotation {
    for reference in object.references where names.contains(ByBytes(reference.secret)) {
      guard
        let secret = context.secret(
          reference.secret, for: object, namespace: reference.namespace),
        secret.isSealedSecret, (secret.syncWave ?? 0) == (object.syncWave ?? 0)
      else { continue }
      return [
        context.finding(
          "sync-order", .warning,
          "nothing applies the SealedSecret '\(secret.identity.name)' before \(object.identity.words): after a rotation, pods can start before the new value is there, and keep the old one",
          remedy: .applyBefore(wave: usesWaves ? (object.syncWave ?? 0) - 1 : nil))
      ]
    }
  }
  return []
}

extension BuiltObject {
  /// Its wave of ArgoCD; nil where it does not say one, which counts as 0.
  package var syncWave: Int? {
    root.at("metadata", "annotations")?["argocd.argoproj.io/sync-wave"]?.scalar
      .flatMap { Int32($0) }.map { Int($0) }
  }
}
