/// Verifiers that keep the public keys they started with, so that the next key does not reach them.

internal import Manifests
internal import Text
internal import YAML

func keysNotReloaded(_ context: BuildContext) -> [Finding] {
  context.known.published.flatMap { configMap in
    context.build.objects.compactMap { object -> Finding? in
      guard configMap.isIn(object.identity.namespace),
        object.root.podSpecification?.containersThatKeep(configMap.name).isEmpty == false
      else { return nil }
      return context.finding(
        "keys-not-reloaded", .warning,
        "\(object.identity.words) reads the public keys of ConfigMap '\(configMap.name)' from a variable or a subPath, so it keeps the old ones until its pods restart; the next key does not sign before that",
        hint:
          "mount the ConfigMap as a volume without subPath and let the verifier reload it, or restart its pods after each 'publish'"
      )
    }
  }
}
