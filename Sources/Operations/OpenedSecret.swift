/// A Secret as the controller would make it; its values are wiped with their owner.

package import Cryptography
internal import Kubernetes
internal import Manifests
internal import Text
package import YAML

package struct OpenedSecret: Sendable {
  package let metadata: Tree
  package let type: String?
  package let immutable: Bool?
  /// The values, sorted by the bytes of their keys.
  package let data: [(key: String, value: SecretBytes)]

  /// - Parameter data: the opened items; `spec.template.data` is rendered from them.
  /// - Parameter version: the version of the controller that would make it.
  /// - Throws: `YAMLError` if only the controller could render that, or if the format is the old
  ///   one.
  init(
    _ document: SealedSecretDocument, _ root: Node,
    data opened: [(key: String, value: SecretBytes)], version: ControllerVersion,
    warn: (String, Location) -> Void
  ) throws(YAMLError) {
    if let deprecated = root.at("spec", "data"), !deprecated.isNull {
      throw YAMLError(
        "spec.data is the old format of one blob, which moltseal cannot open",
        at: deprecated.location)
    }
    let template = root.at("spec", "template")
    metadata = try OpenedSecret.metadata(document, root, template?["metadata"])
    type = template?["type"].flatMap { $0.isNull ? nil : $0.scalar }.flatMap {
      $0.isEmpty ? nil : $0
    }
    immutable = template?["immutable"].flatMap { $0.isNull ? nil : $0.scalar == "true" }
    self.data = try TemplateData(template?["data"], opened, version).rendered(warn).sortedByKey()
  }

  /// The template's metadata in the API's order.
  ///
  /// Name and namespace are those of the SealedSecret, whatever the template says.
  private static func metadata(
    _ document: SealedSecretDocument, _ root: Node, _ template: Node?
  ) throws(YAMLError) -> Tree {
    var pairs: [(String, Tree)] = [("name", .string(document.name))]
    if let generated = template?["generateName"]?.scalar {
      pairs.append(("generateName", .string(generated)))
    }
    if let namespace = document.namespace { pairs.append(("namespace", .string(namespace))) }
    for field in ["labels", "annotations"] {
      // Go reads a null as an empty string.
      let strings = (template?[field]?.entries ?? []).compactMap { entry in
        entry.key.scalar.flatMap { key in
          entry.value.isNull
            ? (key: key, value: "") : entry.value.scalar.map { (key: key, value: $0) }
        }
      }
      guard !strings.isEmpty else { continue }
      pairs.append((field, .strings(strings)))
    }
    if !skipsOwner(template) { pairs.append(owner(document, root)) }
    for field in ["finalizers", "managedFields"] {
      if let value = template?[field], !value.isNull { pairs.append((field, Tree(value))) }
    }
    return .map(pairs)
  }

  /// The owner reference that the controller sets, as kubeseal prints it: without a uid, which only
  /// a cluster knows.
  private static func owner(_ document: SealedSecretDocument, _ root: Node) -> (String, Tree) {
    (
      "ownerReferences",
      .sequence([
        .map([
          ("apiVersion", .string(root["apiVersion"]?.scalar ?? "")),
          ("kind", .string(root["kind"]?.scalar ?? "")),
          ("name", .string(document.name)),
          ("uid", .string("")),
          ("controller", .scalar("true", .boolean)),
        ])
      ])
    )
  }

  /// Whether the template asks for a Secret without an owner.
  private static func skipsOwner(_ metadata: Node?) -> Bool {
    metadata?.at("annotations", "sealedsecrets.bitnami.com/skip-set-owner-references")?.scalar
      == "true"
  }
}
