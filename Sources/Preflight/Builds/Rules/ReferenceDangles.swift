/// A reference to a Secret, or to a key of one, that nothing builds.

internal import Text
internal import YAML

func referenceDangles(_ context: BuildContext) -> [Finding] {
  let made = context.madeElsewhere
  return context.build.objects.flatMap { object in
    object.references.filter { !$0.isOptional }.compactMap { reference -> Finding? in
      let secret = context.secret(reference.secret, for: object, namespace: reference.namespace)
      guard let secret else {
        guard !made.contains(ByBytes(reference.secret)) else { return nil }
        return context.finding(
          "reference-dangles", .warning,
          "\(object.identity.words) names the Secret '\(reference.secret)' at \(reference.path), which nothing here builds",
          hint: "seal it, or leave it to whoever makes it in the cluster")
      }
      guard let key = reference.key, !secret.keys.contains(ByBytes(key)) else { return nil }
      return context.finding(
        "key-dangles", .error,
        "\(object.identity.words) takes the key '\(key)' of '\(reference.secret)' at \(reference.path), which it has not",
        hint: "give the template this key, or correct the name; the pod does not start without it")
    }
  }
}

extension BuildContext {
  /// The Secrets that operators make for objects of this build: CloudNativePG, cert-manager, External
  /// Secrets.
  fileprivate var madeElsewhere: Set<ByBytes> {
    var names: Set<ByBytes> = []
    for object in build.objects {
      switch object.identity.kind {
      case "Cluster":
        for suffix in ["app", "superuser", "ca", "server", "replication"] {
          names.insert(ByBytes("\(object.identity.name)-\(suffix)"))
        }
      case "Certificate", "ExternalSecret":
        for path in [["spec", "secretName"], ["spec", "target", "name"], ["metadata", "name"]] {
          let node = path.reduce(Optional(object.root)) { $0?[$1] }
          if let name = node?.scalar { names.insert(ByBytes(name)) }
        }
      case "Ingress", "Gateway":
        // cert-manager makes what an annotated Ingress names.
        let annotations = object.root.at("metadata", "annotations")?.entries ?? []
        guard
          annotations.contains(where: {
            $0.key.scalar?.begins(with: "cert-manager.io/") ?? false
          })
        else { continue }
        for reference in object.references { names.insert(ByBytes(reference.secret)) }
      default: continue
      }
    }
    return names
  }
}
