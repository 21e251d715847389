/// Verifiers that would keep the public keys with which they started: the next key reaches none of them.

internal import Manifests
internal import Text
internal import YAML

func keysNotReloaded(_ context: BuildContext) -> [Finding] {
  context.published.flatMap { configMap in
    context.build.objects.compactMap { object -> Finding? in
      guard configMap.isIn(object.identity.namespace),
        object.root.podSpecification?.containersThatKeep(configMap.name).isEmpty == false
      else { return nil }
      return context.finding(
        "keys-not-reloaded", .warning,
        "\(object.identity.words) reads the public keys of ConfigMap '\(configMap.name)' as a variable or by subPath, and has the old ones until its pods start again: the next key does not sign before",
        hint:
          "mount the ConfigMap as a volume, without subPath, and let the verifier read it again; else restart its pods after each 'publish'"
      )
    }
  }
}
