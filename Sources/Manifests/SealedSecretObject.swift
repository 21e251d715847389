/// A SealedSecret as the tree that kubeseal writes for it.

package import Sealing
package import YAML

/// What goes into one SealedSecret object.
package struct SealedSecretObject {
  package let name: String
  package let namespace: String
  package let scope: Scope
  /// The template's metadata, its own name and namespace included.
  package let templateMetadata: Tree
  package let type: String?
  package let immutable: Bool?
  package let items: [(key: String, value: SealedValue)]

  package init(
    name: String, namespace: String, scope: Scope, templateMetadata: Tree, type: String?,
    immutable: Bool?, items: [(key: String, value: SealedValue)]
  ) {
    self.name = name
    self.namespace = namespace
    self.scope = scope
    self.templateMetadata = templateMetadata
    self.type = type
    self.immutable = immutable
    self.items = items.sortedByKey()
  }

  /// The fields of a SealedSecret in the order in which Go writes them as JSON.
  package static let order = [
    "kind", "apiVersion", "metadata", "spec", "template", "encryptedData", "name", "generateName",
    "namespace", "labels", "annotations", "finalizers", "type", "immutable", "data",
  ]

  /// The object with its fields in the order of `format`: Go's structs for JSON, by name for YAML.
  package func tree(_ format: ManifestFormat) -> Tree {
    var metadata: [(String, Tree)] = [("name", .string(name))]
    if !namespace.isEmpty { metadata.append(("namespace", .string(namespace))) }
    if let annotation = scope.annotation {
      metadata.append(("annotations", .map([(annotation, .string("true"))])))
    }
    var template: [(String, Tree)] = [("metadata", templateMetadata)]
    if let type, !type.isEmpty { template.append(("type", .string(type))) }
    if let immutable {
      template.append(("immutable", .scalar(immutable ? "true" : "false", .boolean)))
    }
    let data = Tree.map(items.map { ($0.key, .string($0.value.base64)) })
    switch format {
    case .json:
      return .map([
        ("kind", .string("SealedSecret")), ("apiVersion", .string("bitnami.com/v1alpha1")),
        ("metadata", .map(metadata)),
        ("spec", .map([("template", .map(template)), ("encryptedData", data)])),
      ])
    case .yaml:
      return .map([
        ("apiVersion", .string("bitnami.com/v1alpha1")), ("kind", .string("SealedSecret")),
        ("metadata", .map(metadata)),
        ("spec", .map([("encryptedData", data), ("template", .map(template))])),
      ])
    }
  }
}

/// How a manifest is written.
package enum ManifestFormat: String, CaseIterable, Sendable {
  case yaml, json

  /// Appends `tree` as one document, as kubeseal does: YAML begun by `---`, JSON ended by a newline.
  ///
  /// - Parameter drain: is given the output now and then, and may take what is there.
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
