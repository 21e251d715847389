/// A SealedSecret that is built under another name or namespace than it was sealed for cannot be opened.

internal import Text
internal import YAML

func builtNameDiffers(_ context: BuildContext) -> [Finding] {
  guard let sealed = context.sealedFor else { return [] }
  let names = Set(context.targets.map { ByBytes($0.builtName) })
  return context.build.sealedSecrets.filter { object in
    let place = "\(object.identity.namespace ?? "")/\(object.identity.name)"
    // What no template has is somebody else's.
    let isOurs =
      names.contains(ByBytes(object.identity.name))
      || object.root.at("metadata", "annotations")?["moltseal.dev/rotation"] != nil
    return isOurs && !sealed.contains(ByBytes(place))
      && !sealed.contains(ByBytes("/\(object.identity.name)"))
  }.map { object in
    context.finding(
      "built-name-differs", .error,
      "\(object.identity.words) is built\(object.identity.namespace.map { " in '\($0)'" } ?? ""), and nothing was sealed for that name and namespace",
      hint: "undo the prefix, suffix or namespace, or seal it anew: moltseal rotate")
  }
}
