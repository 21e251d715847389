/// Reads one Secret as Kubernetes would, and refuses one that it would read differently than
/// written.

package import Cryptography
internal import Kubernetes
internal import Text
package import YAML

/// A Secret with its plaintexts.
package struct SecretManifest {
  package struct Item {
    package let key: String
    package let value: SecretBytes
    package let location: Location
  }

  package var metadata: SecretMetadata
  package let type: String?
  package let immutable: Bool?
  /// The decoded values of `data`, and the values of `stringData`, which override them, in order.
  package let items: [Item]
  package let location: Location
}

/// Reads Secrets from trees whose values were withheld.
struct SecretReader {
  private static let fields = [
    "apiVersion", "kind", "metadata", "type", "immutable", "data", "stringData",
  ]
  let values: WithheldValues
  let kinds: SecretStream.Kinds
  private(set) var warnings: [YAMLError] = []

  init(values: WithheldValues, kinds: SecretStream.Kinds = .every) {
    self.values = values
    self.kinds = kinds
  }

  mutating func secret(_ root: Node) throws(YAMLError) -> SecretManifest {
    guard let entries = root.entries else {
      throw YAMLError("is \(root.kindName), not a Secret", at: root.location)
    }
    try SecretReader.checkDuplicates(root)
    let kind = try text(root["kind"], "'kind'") ?? "Secret"
    if kind == "SealedSecret", kinds == .secretsOnly {
      throw YAMLError(
        "is a SealedSecret, which is already sealed", at: root.location,
        hint: "pass the plain Secret; to seal the same values for another key, run moltseal reseal")
    }
    if kind != "Secret", kinds == .secretsOnly {
      throw YAMLError(
        "is \(SecretName.quoted(kind)), not a Secret; only Secrets can be sealed",
        at: root.location, hint: "remove the other objects from the input")
    }
    for entry in entries { try check(entry.key, SecretReader.fields, "the Secret") }
    if kind != "Secret" {
      warnings.append(
        YAMLError("is \(SecretName.quoted(kind)); it is sealed as a Secret", at: root.location))
    }
    return SecretManifest(
      metadata: try metadata(root["metadata"]), type: try text(root["type"], "'type'"),
      immutable: try boolean(root["immutable"]), items: try items(root), location: root.location)
  }

  // MARK: Values

  private mutating func items(_ root: Node) throws(YAMLError) -> [SecretManifest.Item] {
    var items: [SecretManifest.Item] = []
    var places: [Name: Int] = [:]
    for field in ["data", "stringData"] {
      for entry in try mapping(root[field], "'\(field)'") {
        let key = try self.key(entry.key, "'\(field)'")
        let value = try field == "data" ? encoded(entry.value, key) : plain(entry.value, key)
        let item = SecretManifest.Item(key: key, value: value, location: entry.key.location)
        if let fault = KubernetesNames.faultOfKey(key) {
          warnings.append(
            YAMLError(
              "the API server will refuse this: \(SecretName.quoted(key)) \(fault)",
              at: item.location))
        }
        if let place = places[Name(key)] {
          items[place] = item
        } else {
          places[Name(key)] = items.count
          items.append(item)
        }
      }
    }
    return items
  }

  private func encoded(_ node: Node, _ key: String) throws(YAMLError) -> SecretBytes {
    let text = try withheld(node, key)
    guard node.scalarType == .string else {
      throw YAMLError(
        "\(SecretName.quoted(key)) of data is \(node.kindName), not base64; quote it",
        at: node.location)
    }
    guard let value = text.withBytes({ Base64.decodeSecret($0) }) else {
      throw YAMLError(
        "\(SecretName.quoted(key)) of data is not base64 (standard alphabet, padded, no leftover bits)",
        at: node.location)
    }
    return value
  }

  private func plain(_ node: Node, _ key: String) throws(YAMLError) -> SecretBytes {
    let value = try withheld(node, key)
    guard node.scalarType == .string || value.withBytes({ ScalarType.keepsText($0) }) else {
      let what = node.scalarType == .null ? "; write \"\" for an empty one" : "; quote it"
      throw YAMLError(
        "\(SecretName.quoted(key)) of stringData is \(node.kindName), which would not be sealed as written\(what)",
        at: node.location)
    }
    return value
  }

  private func withheld(_ node: Node, _ key: String) throws(YAMLError) -> SecretBytes {
    guard case .withheld(let index, _) = node.content else {
      throw YAMLError(
        "\(SecretName.quoted(key)) is \(node.kindName), not a value", at: node.location)
    }
    try SecretReader.checkTag(node, SecretName.quoted(key))
    return values[index]
  }

  // MARK: Metadata

  private mutating func metadata(_ node: Node?) throws(YAMLError) -> SecretMetadata {
    var metadata = SecretMetadata()
    for entry in try mapping(node, "'metadata'") {
      let value = entry.value
      let key = entry.key.scalar ?? ""
      if SecretMetadata.serverFields.contains(key) { continue }
      try check(entry.key, SecretMetadata.fields, "metadata")
      switch key {
      case "name": metadata.name = try text(value, "'name'") ?? ""
      case "generateName": metadata.generateName = try text(value, "'generateName'") ?? ""
      case "namespace": metadata.namespace = try text(value, "'namespace'") ?? ""
      case "labels": metadata.labels = try strings(value, "'labels'")
      case "annotations": metadata.annotations = try strings(value, "'annotations'")
      case "finalizers":
        guard let items = value.items ?? (value.isNull ? [] : nil) else {
          throw YAMLError("'finalizers' is \(value.kindName), not a list", at: value.location)
        }
        for item in items {
          metadata.finalizers.append(try text(item, "one of 'finalizers'") ?? "")
        }
      case "managedFields": metadata.managedFields = Tree(value)
      default: continue
      }
    }
    for (name, fault) in [
      (metadata.name, KubernetesNames.faultOfSubdomain(metadata.name)),
      (metadata.namespace, KubernetesNames.faultOfLabel(metadata.namespace)),
    ] where !name.isEmpty {
      guard let fault, let node else { continue }
      warnings.append(
        YAMLError("the API server will refuse this: '\(name)' \(fault)", at: node.location))
    }
    return metadata
  }

  private func strings(_ node: Node, _ what: String) throws(YAMLError) -> [Name: String] {
    var strings: [Name: String] = [:]
    for entry in try mapping(node, what) {
      let key = try self.key(entry.key, what)
      // Some of them keep the whole Secret in plain text.
      if ToolAnnotations.isLeftOut(key) { continue }
      guard let value = try text(entry.value, "'\(key)' of \(what)") else {
        throw YAMLError(
          "'\(key)' of \(what) is a null; write \"\" for an empty one", at: entry.value.location)
      }
      strings[Name(key)] = value
    }
    return strings
  }

  // MARK: Fields

  private func mapping(_ node: Node?, _ what: String) throws(YAMLError) -> [Node.Entry] {
    guard let node, !node.isNull else { return [] }
    guard let entries = node.entries else {
      throw YAMLError("\(what) is \(node.kindName), not a mapping", at: node.location)
    }
    return entries
  }

  private func key(_ node: Node, _ what: String) throws(YAMLError) -> String {
    guard let text = try text(node, "a key of \(what)") else {
      throw YAMLError("a key of \(what) is a null; quote it", at: node.location)
    }
    return text
  }

  /// A scalar that is read as written; nil for a null.
  private func text(_ node: Node?, _ what: String) throws(YAMLError) -> String? {
    guard let node, !node.isNull else { return nil }
    guard let text = node.scalar else {
      throw YAMLError("\(what) is \(node.kindName), not a string", at: node.location)
    }
    try SecretReader.checkTag(node, what)
    guard node.isReadAsWritten else {
      throw YAMLError(
        "\(what) is \(node.kindName), which would not be read as written; quote it\(SecretName.isTelling(text) ? ": \"\(text)\"" : "")",
        at: node.location)
    }
    return text
  }

  private func boolean(_ node: Node?) throws(YAMLError) -> Bool? {
    guard let node, !node.isNull else { return nil }
    guard node.scalarType == .boolean, let text = node.scalar?.lowercased() else {
      throw YAMLError("'immutable' is \(node.kindName), not true or false", at: node.location)
    }
    return ["true", "yes", "on", "y"].contains(text)
  }

  /// Warns about an unknown field, and refuses one that Go would treat as a known one.
  private mutating func check(
    _ key: Node, _ known: [String], _ what: String
  ) throws(YAMLError) {
    guard let name = key.scalar else {
      throw YAMLError("\(what) has a key that is \(key.kindName)", at: key.location)
    }
    if known.contains(name) { return }
    if let meant = known.first(where: { $0.lowercased() == name.lowercased() }) {
      throw YAMLError("'\(name)' must be written '\(meant)'", at: key.location)
    }
    warnings.append(
      YAMLError(
        "\(SecretName.quoted(name)) of \(what) is unknown and is not sealed\(nearest(to: name, among: known))",
        at: key.location))
  }

  private static func checkTag(_ node: Node, _ what: String) throws(YAMLError) {
    guard let fault = node.faultOfStringTag else { return }
    throw YAMLError("\(what) has \(fault)", at: node.location)
  }

  private static func checkDuplicates(_ node: Node) throws(YAMLError) {
    if let duplicate = node.duplicateEntry {
      throw YAMLError(
        "\(SecretName.quoted(duplicate.key.scalar ?? "")) is listed twice; only one of the two would be sealed",
        at: duplicate.key.location)
    }
    for item in node.items ?? [] { try checkDuplicates(item) }
    for entry in node.entries ?? [] { try checkDuplicates(entry.value) }
  }
}
