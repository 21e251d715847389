/// A plain Secret that is built beside SealedSecrets, or under the name of one.

internal import Kubernetes
internal import Manifests
internal import Text
internal import YAML

func plainSecretBuilt(_ context: BuildContext) -> [Finding] {
  let sealed = context.build.sealedSecrets
  guard !sealed.isEmpty else { return [] }
  return context.build.secrets.compactMap { object in
    let name = object.identity
    let isTaken = sealed.contains { $0.identity.namespacedName == name.namespacedName }
    if isTaken {
      return context.finding(
        "plain-secret", .error,
        "\(name.words) is built beside a SealedSecret of the same name, and the two overwrite each other",
        hint: "remove the plain Secret from this build")
    }
    guard !object.isAllowedInPlain, object.values.count > 0, context.targets.isEmpty else {
      return nil
    }
    return context.finding(
      "plain-secret", .warning,
      "\(name.words) is built with its values in plain text, beside SealedSecrets",
      hint:
        "seal it, or annotate it with \(PlainSecrets.allow): REASON to say why its values may be public"
    )
  }
}

extension BuiltObject {
  fileprivate var isAllowedInPlain: Bool {
    root.at("metadata", "annotations")?[PlainSecrets.allow]?.scalar?.isEmpty == false
  }
}
