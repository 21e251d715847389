/// ConfigMap templates, which publish the key sets of key pairs.

internal import Kubernetes
internal import Text
package import YAML

/// One ConfigMap of a template.
package struct TemplateConfigMap: Sendable {
  package let name: String
  package internal(set) var namespace: String?
  package let labels: [(key: String, value: String)]
  package let annotations: [(key: String, value: String)]
  package let items: [TemplateItem]
  package let location: Location

  /// - Throws: `YAMLError` with line and column.
  init(_ root: Node, names: Set<Name>) throws(YAMLError) {
    let reader = try MappingReader(
      root, "the ConfigMap", keys: ["apiVersion", "kind", "metadata", "data"])
    guard try reader.string("apiVersion") == "v1" else {
      throw YAMLError("'apiVersion' must be 'v1'", at: (reader["apiVersion"] ?? root).location)
    }
    let metadata = try Template.metadata(of: "ConfigMap", root, reader)
    (name, namespace) = (metadata.name, metadata.namespace)
    labels = try TemplateSecret.labels(metadata.reader)
    annotations = try TemplateSecret.annotations(metadata.reader)
    var items: [TemplateItem] = []
    for pair in try reader.stringMap("data") {
      if let fault = KubernetesNames.faultOfKey(pair.key) {
        throw YAMLError("the key '\(pair.key)' \(fault)", at: pair.keyNode.location)
      }
      let expression: Expression
      do throws(Expression.Fault) { expression = try Expression(pair.value, names: names) } catch {
        throw YAMLError(error.message, at: pair.valueNode.location)
      }
      for part in expression.parts {
        switch part {
        case .literal, .publicKey, .keySet: continue
        case .value, .previous, .role:
          throw YAMLError(
            "a ConfigMap can contain only '.jwks' and '.public' of a key pair: it is public",
            at: pair.valueNode.location)
        }
      }
      items.append(
        TemplateItem(key: pair.key, expression: expression, location: pair.keyNode.location))
    }
    guard items.contains(where: { !$0.expression.mentioned.isEmpty }) else {
      throw YAMLError(
        "the ConfigMap publishes no key, so it does not need a template", at: root.location)
    }
    self.items = items
    location = root.location
  }

  func built(namespace: String?) -> TemplateConfigMap {
    var copy = self
    copy.namespace = self.namespace ?? namespace
    return copy
  }

  /// Refuses a credential without a public half.
  func check(_ credentials: [Credential]) throws(YAMLError) {
    for item in items {
      for name in item.expression.mentioned
      where credentials.contains(where: { $0.name === name && !$0.isKeyPair }) {
        throw YAMLError(
          "'\(name)' is not a key pair (rsa, ec, ed25519), so it has no public half",
          at: item.location)
      }
    }
  }
}
