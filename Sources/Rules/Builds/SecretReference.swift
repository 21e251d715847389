/// Every place in a built object that names a Secret, whatever the object's kind.

internal import Manifests
internal import Text
internal import YAML

/// One place that names a Secret.
package struct SecretReference: Sendable {
  package let secret: String
  /// The namespace that it names; nil for the namespace of its object.
  package let namespace: String?
  /// The key that it uses; nil if it uses all keys, or any.
  let key: String?
  /// Whether its object works without the Secret.
  let isOptional: Bool
  /// The path of the field.
  let path: String
}

extension BuiltObject {
  /// The places that name a Secret.
  ///
  /// These are in pods, service accounts, Ingress, any custom resource whose field has a usual name
  /// (`secretName`, `…SecretRef`, `…Secret: {name: …}`, `{kind: Secret, name: …}`), and the
  /// annotations of Reloader and ingress-nginx.
  package var references: [SecretReference] {
    guard !isSecret, !isSealedSecret else { return [] }
    var found: [SecretReference] = []
    for entry in root.entries ?? [] {
      let key = entry.key.scalar ?? ""
      if key == "metadata" {
        found += BuiltObject.annotated(entry.value["annotations"])
      } else if key == "imagePullSecrets" || key == "secrets" {
        // A ServiceAccount's own fields.
        found += (entry.value.items ?? []).compactMap { BuiltObject.named($0, key) }
      } else if !["data", "binaryData", "apiVersion", "kind"].contains(key) {
        BuiltObject.collect(entry.value, key, &found)
      }
    }
    let known = Set(found.map { Name($0.path) })
    found += OperatorSecrets.references(in: self).filter { !known.contains(Name($0.path)) }
    // An object does not depend on a Secret that its own operator creates.
    let made = OperatorSecrets.output(of: self)
    return found.filter { !made.includes($0.secret) }
  }

  private static func collect(_ node: Node, _ path: String, _ found: inout [SecretReference]) {
    if node["kind"]?.scalar == "Secret", let reference = named(node, path) {
      found.append(reference)
      return
    }
    for (index, item) in (node.items ?? []).enumerated() {
      collect(item, "\(path).\(index)", &found)
    }
    for entry in node.entries ?? [] {
      let (key, value) = (entry.key.scalar ?? "", entry.value)
      let place = "\(path).\(key)"
      let lower = key.lowercased()
      if key == "annotations" {
        found += annotated(value)
      } else if key == "imagePullSecrets" {
        found += (value.items ?? []).compactMap { named($0, place) }
      } else if lower.ends(with: "secretname") || lower == "existingsecret" {
        guard let text = value.scalar, !text.isEmpty else { continue }
        // Contour writes NAMESPACE/NAME.
        let parts = text.place(of: "/")
        let (name, namespace) = (parts?.after ?? text, parts?.before)
        let keys = node["items"]?.items ?? []
        let isOptional = node["optional"]?.scalar == "true"
        for key in keys.isEmpty ? [nil] : keys.map({ $0["key"]?.scalar }) {
          found.append(
            SecretReference(
              secret: name, namespace: namespace, key: key, isOptional: isOptional, path: place))
        }
      } else if ["secretref", "secretkeyref", "secret", "secretselector"].contains(
        where: { lower.ends(with: $0) }), value["name"]?.scalar != nil
      {
        if let reference = named(value, place) { found.append(reference) }
      } else {
        collect(value, place, &found)
      }
    }
  }

  private static func named(_ node: Node, _ path: String) -> SecretReference? {
    guard let name = node["name"]?.scalar, !name.isEmpty else { return nil }
    return SecretReference(
      secret: name, namespace: node["namespace"]?.scalar,
      key: (node["key"] ?? node["valuesKey"])?.scalar,
      isOptional: node["optional"]?.scalar == "true", path: path)
  }

  private static func annotated(_ annotations: Node?) -> [SecretReference] {
    (annotations?.stringEntries ?? []).flatMap { key, value -> [SecretReference] in
      let names: [String]
      switch key {
      case "secret.reloader.stakater.com/reload":
        names = value.pieces(between: ",").map { $0.trimmed }
      case "nginx.ingress.kubernetes.io/auth-secret",
        "nginx.ingress.kubernetes.io/auth-tls-secret":
        names = [value]
      default: return []
      }
      return names.filter { !$0.isEmpty }.map { name in
        let parts = name.place(of: "/")
        return SecretReference(
          secret: parts?.after ?? name, namespace: parts?.before, key: nil, isOptional: false,
          path: "metadata.annotations.[\(key)]")
      }
    }
  }
}

extension String {
  /// The string without leading and trailing spaces.
  fileprivate var trimmed: String {
    var text = self[...]
    while text.utf8.first == 32 { text = text.dropFirst() }
    while text.utf8.last == 32 { text = text.dropLast() }
    return String(text)
  }
}
