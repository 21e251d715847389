/// A reference to a Secret, or to a key of one, that is not built.

internal import Text
internal import YAML

func referenceDangles(_ context: BuildContext) -> [Finding] {
  let isMade = context.isMadeElsewhere
  return context.build.objects.flatMap { object in
    object.references.filter { !$0.isOptional }.compactMap { reference -> Finding? in
      let secret = context.secret(reference.secret, for: object, namespace: reference.namespace)
      guard let secret else {
        guard !isMade(reference.secret) else { return nil }
        return context.finding(
          "reference-dangles", .warning,
          "\(object.identity.words) names the Secret '\(reference.secret)' at \(reference.path), which this kustomization does not build",
          hint: "seal it, or make sure that something else creates it in the cluster")
      }
      guard let key = reference.key, !secret.keys.contains(Name(key)) else { return nil }
      return context.finding(
        "key-dangles", .error,
        "\(object.identity.words) uses the key '\(key)' of '\(reference.secret)' at \(reference.path), but the Secret has no such key",
        hint: "add the key to the template, or fix the name; the pod does not start without it")
    }
  }
}

extension BuildContext {
  /// The names, and prefixes of names, of the Secrets that operators create for this build.
  private var madeElsewhere: (names: Set<Name>, beginnings: [String]) {
    var names: Set<Name> = []
    var beginnings: [String] = []
    for object in build.objects {
      let made = OperatorSecrets.made(by: object)
      names.formUnion(made.names.map { Name($0) })
      beginnings += made.beginnings
      guard ["Ingress", "Gateway"].contains(object.identity.kind) else { continue }
      // cert-manager creates the Secrets that an annotated Ingress names.
      let annotations = object.root.at("metadata", "annotations")?.entries ?? []
      let isAnnotated = annotations.contains {
        $0.key.scalar?.begins(with: "cert-manager.io/") ?? false
      }
      if isAnnotated { names.formUnion(object.references.map { Name($0.secret) }) }
    }
    return (names, beginnings)
  }

  /// Whether an operator creates a Secret that is not built.
  fileprivate var isMadeElsewhere: (String) -> Bool {
    let made = madeElsewhere
    return { name in
      made.names.contains(Name(name)) || made.beginnings.contains { name.begins(with: $0) }
    }
  }
}
