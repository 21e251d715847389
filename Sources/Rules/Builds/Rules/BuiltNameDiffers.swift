/// A SealedSecret cannot be opened if it is built under a name or namespace it was not sealed for.

internal import Kubernetes
internal import Text
internal import YAML

func builtNameDiffers(_ context: BuildContext) -> [Finding] {
  guard let sealed = context.known.sealedFor else { return [] }
  let names = Set(context.targets.map { Name($0.builtName) })
  return context.build.sealedSecrets.filter { object in
    let place = object.identity.namespacedName.text
    // A SealedSecret without a template or a rotation annotation belongs to somebody else.
    let isOurs =
      names.contains(Name(object.identity.name))
      || object.root.at("metadata", "annotations")?["moltseal.dev/rotation"] != nil
    return isOurs && !sealed.contains(Name(place))
      && !sealed.contains(Name("/\(object.identity.name)"))
  }.map { object in
    context.finding(
      "built-name-differs", .error,
      "\(object.identity.words) is built\(object.identity.namespace.map { " in '\($0)'" } ?? ""), but nothing was sealed for that name and namespace",
      hint: "remove the prefix, suffix or namespace, or seal it again with moltseal rotate")
  }
}
