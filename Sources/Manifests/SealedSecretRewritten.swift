/// A SealedSecret rewritten from what was read, to be sent to a controller.

package import YAML

extension SealedSecretDocument {
  /// The object with only the fields of a SealedSecret, so that nothing else in the file is sent.
  ///
  /// - Parameter root: the object that the document was read from.
  package func rewritten(_ root: Node) -> Tree {
    var spec: [(String, Tree)] = [
      ("encryptedData", .map(items.map { ($0.key, .string($0.base64)) }))
    ]
    if let template = root.at("spec", "template"), template.entries != nil {
      spec.append(("template", .map(Self.template(template))))
    }
    return .map([
      ("apiVersion", .string("bitnami.com/v1alpha1")), ("kind", .string("SealedSecret")),
      ("metadata", .map(placed(Self.metadata(root["metadata"])))), ("spec", .map(spec)),
    ])
  }

  /// The metadata with the namespace that it is built in.
  private func placed(_ metadata: [(String, Tree)]) -> [(String, Tree)] {
    let metadata = metadata.map { $0.0 == "name" ? ("name", Tree.string(sealedName)) : $0 }
    guard let namespace, !metadata.contains(where: { $0.0 == "namespace" }) else { return metadata }
    return [("name", .string(sealedName)), ("namespace", .string(namespace))]
      + metadata.filter { $0.0 != "name" }
  }

  private static func template(_ node: Node) -> [(String, Tree)] {
    var pairs: [(String, Tree)] = []
    if node["metadata"]?.entries != nil {
      pairs.append(("metadata", .map(metadata(node["metadata"]))))
    }
    if let type = node["type"]?.scalar { pairs.append(("type", .string(type))) }
    if let immutable = node["immutable"], immutable.scalarType == .boolean {
      // YAML has other words for a boolean, and JSON does not.
      let isTrue = ["true", "yes", "on", "y"].contains(immutable.scalar?.lowercased() ?? "")
      pairs.append(("immutable", .scalar(isTrue ? "true" : "false", .boolean)))
    }
    if let data = node["data"]?.stringEntries, !data.isEmpty {
      pairs.append(("data", .map(data.map { ($0.key, .string($0.value)) })))
    }
    return pairs
  }

  private static func metadata(_ node: Node?) -> [(String, Tree)] {
    var pairs: [(String, Tree)] = []
    for field in ["name", "namespace"] {
      if let text = node?[field]?.scalar { pairs.append((field, .string(text))) }
    }
    for field in ["labels", "annotations"] {
      let strings = node?[field]?.stringEntries ?? []
      if !strings.isEmpty {
        pairs.append((field, .map(strings.map { ($0.key, .string($0.value)) })))
      }
    }
    return pairs
  }
}
