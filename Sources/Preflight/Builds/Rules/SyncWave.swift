/// ArgoCD applies custom resources last within a wave: pods wait for a SealedSecret of their own wave,
/// and a later one comes too late.

internal import Manifests
internal import Text
internal import YAML

func syncWave(_ context: BuildContext) -> [Finding] {
  func wave(_ object: BuiltObject) -> Int? {
    object.root.at("metadata", "annotations")?["argocd.argoproj.io/sync-wave"]?.scalar
      .flatMap { Int($0) }
  }
  // Where nobody uses waves, nobody waits for one.
  guard context.build.objects.contains(where: { wave($0) != nil }) else { return [] }
  return context.build.objects.flatMap { object in
    let own = wave(object) ?? 0
    let late = Set(
      object.references.compactMap { reference -> ByBytes? in
        guard
          let secret = context.secret(
            reference.secret, for: object, namespace: reference.namespace),
          secret.isSealedSecret, (wave(secret) ?? 0) > own
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
