/// A Secret in the repository would be built for production with its values in plain text.

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
      "the Secret '\(object.name)' is here with its values in plain text, and is built for production",
      hint:
        "add a template for it; if its values may be public, list it under keepGenerators, or annotate it with moltseal.dev/allow: REASON",
      at: Finding.Place(path, object.location))
  }
}
