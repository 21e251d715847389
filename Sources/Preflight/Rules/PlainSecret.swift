/// A Secret with its values in the repository is built for production as it is.

internal import Manifests
internal import Text

func plainSecret(_ context: KustomizationContext) -> [Finding] {
  context.files.objects.filter { _, object in
    object.holdsValues && !object.isAllowedInPlain && context.targets(named: object.name).isEmpty
      && !context.keepGenerators.includes(object.name)
      && !context.isDeleted("Secret", object.name, namespace: object.namespace)
  }.map { path, object in
    context.finding(
      "plain-secret", .warning,
      "the Secret '\(object.name)' stands here with its values, and is built for production",
      hint:
        "give it a template; if its values may be known, list it under keepGenerators, or annotate it with moltseal.dev/allow: REASON",
      at: object.location, in: path)
  }
}
