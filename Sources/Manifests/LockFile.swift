/// `moltseal.lock`: what was sealed when, from which expression and for which key. No secret in it.

package import Kubernetes
internal import Text
package import YAML

package struct LockFile: Sendable, Equatable {
  /// The last rotation of a credential.
  package struct Credential: Sendable, Equatable {
    package let rotation: String
    package let time: Timestamp

    package init(rotation: String, time: Timestamp) {
      self.rotation = rotation
      self.time = time
    }
  }

  /// Where an item stands.
  ///
  /// Items are told apart by it.
  package struct ItemID: Sendable, Hashable {
    package let namespace: String?
    package let secret: String
    package let key: String

    package init(namespace: String?, secret: String, key: String) {
      self.namespace = namespace
      self.secret = secret
      self.key = key
    }

    package static func == (left: ItemID, right: ItemID) -> Bool {
      left.namespace === right.namespace && left.secret === right.secret && left.key === right.key
    }

    package func hash(into hasher: inout Hasher) {
      for text in [namespace ?? "", secret, key] { hasher.combine(ByBytes(text)) }
    }
  }

  /// What is known of one ciphertext.
  package struct Item: Sendable, Equatable {
    package let expression: String
    package let scope: Scope
    /// The fingerprint of the certificate that sealed it.
    package let certificate: String
    /// The digest of the ciphertext, as `SealedValue` makes it.
    package let ciphertext: String
    /// For each credential in it, the rotation that its value is from.
    package let rotations: [String: String]

    package init(
      expression: String, scope: Scope, certificate: String, ciphertext: String,
      rotations: [String: String]
    ) {
      self.expression = expression
      self.scope = scope
      self.certificate = certificate
      self.ciphertext = ciphertext
      self.rotations = rotations
    }

    package static func == (left: Item, right: Item) -> Bool {
      left.expression === right.expression && left.scope == right.scope
        && left.certificate === right.certificate && left.ciphertext === right.ciphertext
        && left.rotations == right.rotations
    }
  }

  package var credentials: [String: Credential]
  package var items: [ItemID: Item]
  /// The order in which items are written.
  package var order: [ItemID]

  package init() {
    credentials = [:]
    items = [:]
    order = []
  }

  /// Reads a lock file.
  ///
  /// - Throws: `YAMLError` for everything that `render` would not have written.
  package init(_ source: SourceText) throws(YAMLError) {
    self.init()
    guard let root = try parseYAML(source).first?.root, root["kind"]?.scalar == "Lock" else {
      throw YAMLError("is not a moltseal lock file", at: Location(line: 1, column: 1))
    }
    for entry in root["credentials"]?.entries ?? [] {
      guard let name = entry.key.scalar, let rotation = entry.value["rotation"]?.scalar,
        let time = entry.value["time"]?.scalar.flatMap({ Timestamp($0) })
      else { throw YAMLError("has a credential it cannot read", at: entry.key.location) }
      credentials[name] = Credential(rotation: rotation, time: time)
    }
    for node in root["items"]?.items ?? [] {
      guard let secret = node["secret"]?.scalar, let key = node["key"]?.scalar,
        let expression = node["expression"]?.scalar,
        let scope = node["scope"]?.scalar.flatMap({ Scope(rawValue: $0) }),
        let certificate = node["certificate"]?.scalar,
        let ciphertext = node["ciphertext"]?.scalar
      else { throw YAMLError("has an item it cannot read", at: node.location) }
      let id = ItemID(namespace: node["namespace"]?.scalar, secret: secret, key: key)
      guard items[id] == nil else { throw YAMLError("has an item twice", at: node.location) }
      var rotations: [String: String] = [:]
      for pair in node["rotations"]?.stringEntries ?? [] { rotations[pair.key] = pair.value }
      items[id] = Item(
        expression: expression, scope: scope, certificate: certificate, ciphertext: ciphertext,
        rotations: rotations)
      order.append(id)
    }
  }

  /// The whole file.
  ///
  /// The same content gives the same bytes.
  package func render(environment: String) -> [UInt8] {
    let credentials = credentials.sorted { $0.key < $1.key }.map { name, value in
      (
        name,
        Tree.map([("rotation", .string(value.rotation)), ("time", .string(value.time.description))])
      )
    }
    let root = Tree.map([
      ("apiVersion", .string("moltseal.dev/v1")),
      ("kind", .string("Lock")),
      ("environment", .string(environment)),
      ("credentials", .map(credentials)),
      ("items", .sequence(order.compactMap { id in items[id].map { tree(id, $0) } })),
    ])
    let lines = YAMLWriter.block(root, indent: 0).map { $0 + "\n" }.joined()
    return Array(
      ("# Written by moltseal, which needs it to rotate. It holds no secret.\n" + lines).utf8)
  }

  private func tree(_ id: ItemID, _ item: Item) -> Tree {
    var pairs: [(String, Tree)] = [("secret", .string(id.secret))]
    if let namespace = id.namespace { pairs.append(("namespace", .string(namespace))) }
    pairs += [
      ("key", .string(id.key)),
      ("expression", .string(item.expression)),
      ("scope", .string(item.scope.rawValue)),
      ("certificate", .string(item.certificate)),
      ("ciphertext", .string(item.ciphertext)),
      (
        "rotations",
        .map(item.rotations.sorted { $0.key < $1.key }.map { ($0.key, .string($0.value)) })
      ),
    ]
    return .map(pairs)
  }
}
