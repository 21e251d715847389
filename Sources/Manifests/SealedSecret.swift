/// A SealedSecret to be written: the only code that writes one.

package import Kubernetes
package import YAML

/// The content that one SealedSecret should have.
package struct SealedSecret: Sendable {
  package let name: String
  /// Absent if the scope is cluster-wide, or if the kustomization supplies it.
  package let namespace: String?
  /// Annotations of the SealedSecret itself: for GitOps, the scope, the rotation.
  let annotations: [(key: String, value: String)]
  let template: Template
  /// The items, in the order in which they are written.
  package let items: [(key: String, value: SealedValue)]

  /// The Secret that it becomes, without its values.
  package struct Template: Sendable {
    /// Its metadata, its own name and namespace included.
    let metadata: Tree
    let type: String?
    let immutable: Bool?

    package init(metadata: Tree, type: String?, immutable: Bool?) {
      self.metadata = metadata
      self.type = type
      self.immutable = immutable
    }

    /// Metadata with only labels and annotations.
    package static func metadata(
      name: String, namespace: String?, labels: [(key: String, value: String)],
      annotations: [(key: String, value: String)]
    ) -> Tree {
      var metadata: [(String, Tree)] = [("name", .string(name))]
      if let namespace { metadata.append(("namespace", .string(namespace))) }
      for (field, pairs) in [("labels", labels), ("annotations", annotations)]
      where !pairs.isEmpty {
        metadata.append((field, .map(pairs.map { ($0.key, .string($0.value)) })))
      }
      return .map(metadata)
    }
  }

  package init(
    name: String, namespace: String?, annotations: [(key: String, value: String)],
    template: Template, items: [(key: String, value: SealedValue)]
  ) {
    self.name = name
    self.namespace = namespace
    self.annotations = annotations
    self.template = template
    self.items = items
  }

  /// The labels or annotations of the template.
  func templateStrings(_ field: String) -> [(key: String, value: String)] {
    guard case .mapping(let pairs) = template.metadata,
      case .mapping(let strings)? = pairs.first(where: { $0.key == .string(field) })?.value
    else { return [] }
    return strings.compactMap { pair in
      guard case .scalar(let key, _) = pair.key, case .scalar(let value, _) = pair.value else {
        return nil
      }
      return (key, value)
    }
  }

  /// The fields of a SealedSecret in the order in which Go writes them as JSON.
  package static let order = [
    "kind", "apiVersion", "metadata", "spec", "template", "encryptedData", "name", "generateName",
    "namespace", "labels", "annotations", "finalizers", "type", "immutable", "data",
  ]

  /// The object with its fields in the order of `format`: Go's structs for JSON, by name for YAML.
  package func tree(_ format: ManifestFormat) -> Tree {
    var metadata: [(String, Tree)] = [("name", .string(name))]
    if let namespace { metadata.append(("namespace", .string(namespace))) }
    if !annotations.isEmpty {
      metadata.append(("annotations", .map(annotations.map { ($0.key, .string($0.value)) })))
    }
    var fields: [(String, Tree)] = [("metadata", template.metadata)]
    if let type = template.type, !type.isEmpty { fields.append(("type", .string(type))) }
    if let immutable = template.immutable {
      fields.append(("immutable", .scalar(immutable ? "true" : "false", .boolean)))
    }
    let data = Tree.map(items.map { ($0.key, .string($0.value.base64)) })
    switch format {
    case .json:
      return .map([
        ("kind", .string("SealedSecret")), ("apiVersion", .string("bitnami.com/v1alpha1")),
        ("metadata", .map(metadata)),
        ("spec", .map([("template", .map(fields)), ("encryptedData", data)])),
      ])
    case .yaml:
      return .map([
        ("apiVersion", .string("bitnami.com/v1alpha1")), ("kind", .string("SealedSecret")),
        ("metadata", .map(metadata)),
        ("spec", .map([("encryptedData", data), ("template", .map(fields))])),
      ])
    }
  }
}

/// The format of a manifest.
package enum ManifestFormat: String, CaseIterable, Sendable {
  case yaml, json

  /// Appends `tree` as one document, as kubeseal does: YAML after `---`, JSON before a newline.
  ///
  /// - Parameter drain: is given the output now and then, and may take it.
  package func write(
    _ tree: Tree, to output: inout [UInt8], drain: (inout [UInt8]) -> Void = { _ in }
  ) {
    switch self {
    case .yaml:
      output += "---\n".utf8
      YAMLWriter.block(tree, indent: 0) { line in
        output += line.utf8
        output.append(10)
        drain(&output)
      }
    case .json:
      JSONWriter.write(tree, to: &output, drain: drain)
      output.append(10)
    }
  }
}
