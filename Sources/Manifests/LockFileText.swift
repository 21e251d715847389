/// Reads and writes a lock file, with one line for each credential.

internal import Kubernetes
internal import Text
package import YAML

extension LockFile {
  /// Reads a lock file.
  ///
  /// - Throws: `YAMLError` for everything that `render` would not have written.
  package init(_ source: SourceText) throws(YAMLError) {
    self.init()
    guard let root = try parseYAML(source).first?.root, root["kind"]?.scalar == "Lock" else {
      throw YAMLError("is not a moltseal lock file", at: Location(line: 1, column: 1))
    }
    environment = root["environment"]?.scalar
    environmentLocation = root["environment"]?.location
    if let node = root["cluster"] {
      guard let name = node.scalar, (1...512).contains(name.utf8.count) else {
        throw YAMLError("has a cluster that cannot be read", at: node.location)
      }
      cluster = name
    }
    for entry in root["credentials"]?.entries ?? [] {
      guard let name = entry.key.scalar, let credential = Credential(entry.value) else {
        throw YAMLError("has a credential that cannot be read", at: entry.key.location)
      }
      credentials[name] = credential
    }
    for node in root["waiting"]?.items ?? [] {
      guard let key = Waiting(node) else {
        throw YAMLError("has a waiting key that cannot be read", at: node.location)
      }
      waiting.append(key)
    }
    // Older versions did not write the field, and wrote the file only for what was to go live.
    isLive = root["live"].map { $0.scalar == "true" } ?? !(root["items"]?.items ?? []).isEmpty
    for node in root["items"]?.items ?? [] { try read(item: node) }
  }

  private mutating func read(item node: Node) throws(YAMLError) {
    let unreadable = YAMLError("has an item that cannot be read", at: node.location)
    guard let secret = node["secret"]?.scalar, let key = node["key"]?.scalar,
      let expression = node["expression"]?.scalar,
      let scope = node["scope"]?.scalar.flatMap({ Scope(rawValue: $0) }),
      let certificate = node["certificate"]?.scalar,
      let ciphertext = node["ciphertext"]?.scalar
    else { throw unreadable }
    let id = ItemID(namespace: node["namespace"]?.scalar, secret: secret, key: key)
    guard items[id] == nil else { throw YAMLError("has an item twice", at: node.location) }
    var rotations: [String: String] = [:]
    for pair in node["rotations"]?.stringEntries ?? [] { rotations[pair.key] = pair.value }
    guard rotations.values.allSatisfy({ Self.isRotation($0) }) else { throw unreadable }
    items[id] = Item(
      expression: expression, scope: scope, certificate: certificate, ciphertext: ciphertext,
      rotations: rotations)
    order.append(id)
  }

  /// Whether a text can be the id of a rotation: it is copied into annotations, pages and requests.
  fileprivate static func isRotation(_ text: String) -> Bool {
    text.begins(with: "r-") && text.utf8.count <= 63
      && text.utf8.allSatisfy { byte in
        (97...122).contains(byte | 0x20) || (48...57).contains(byte) || byte == 45
      }
  }

  /// Renders the whole file; the same content gives the same bytes.
  package func render(environment: String) -> [UInt8] {
    func block(_ pairs: [(String, Tree)]) -> [String] {
      YAMLWriter.block(.map(pairs), indent: 0)
    }
    var lines = [
      "# Written by moltseal, which needs it to rotate. It holds no secret.",
      "# One line for each credential: two steps that exclude each other conflict in git.",
    ]
    lines += block(
      [
        ("apiVersion", .string("moltseal.dev/v1")),
        ("kind", .string("Lock")),
        ("environment", .string(environment)),
        ("live", .scalar(isLive ? "true" : "false", .boolean)),
      ] + (cluster.map { [("cluster", .string($0))] } ?? []))
    let credentials = credentials.sorted { $0.key < $1.key }
    lines.append(credentials.isEmpty ? "credentials: {}" : "credentials:")
    lines += credentials.map { "  \(YAMLWriter.scalar($0.key)): {\($0.value.fields)}" }
    lines += block([
      ("items", .sequence(order.compactMap { id in items[id].map { tree(id, $0) } }))
    ])
    if !waiting.isEmpty {
      lines.append("# The next private keys, sealed; no Secret holds them before they are used.")
      lines += block([("waiting", .sequence(waiting.map(tree)))])
    }
    return Array(lines.map { $0 + "\n" }.joined().utf8)
  }

  private func tree(_ waiting: Waiting) -> Tree {
    var pairs: [(String, Tree)] = [("secret", .string(waiting.id.secret))]
    if let namespace = waiting.id.namespace { pairs.append(("namespace", .string(namespace))) }
    pairs += [
      ("key", .string(waiting.id.key)), ("scope", .string(waiting.scope.rawValue)),
      ("certificate", .string(waiting.certificate)), ("rotation", .string(waiting.rotation)),
      ("sealed", .string(waiting.sealed.base64)),
    ]
    return .map(pairs)
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

extension LockFile.Waiting {
  /// Nil if it cannot be read.
  fileprivate init?(_ node: Node) {
    guard let secret = node["secret"]?.scalar, let key = node["key"]?.scalar,
      let scope = node["scope"]?.scalar.flatMap({ Scope(rawValue: $0) }),
      let certificate = node["certificate"]?.scalar, let rotation = node["rotation"]?.scalar,
      let sealed = node["sealed"]?.scalar.flatMap({ SealedValue(base64: $0) }),
      LockFile.isRotation(rotation), KubernetesNames.faultOfSubdomain(secret) == nil,
      KubernetesNames.faultOfKey(key.without(suffix: " (next)") ?? key) == nil
    else { return nil }
    self.init(
      id: LockFile.ItemID(namespace: node["namespace"]?.scalar, secret: secret, key: key),
      scope: scope, certificate: certificate, sealed: sealed, rotation: rotation)
  }
}

extension LockFile.Credential {
  /// Nil if it cannot be read.
  fileprivate init?(_ node: Node) {
    guard let rotation = node["rotation"]?.scalar,
      let time = node["time"]?.scalar.flatMap({ Timestamp($0) }),
      let generation = node["generation"]?.scalar.map({ Int($0) }) ?? 1,
      (1...1 << 31).contains(generation)
    else { return nil }
    let phase = node["phase"]?.scalar.map { LockFile.Phase(rawValue: $0) }
    if case .some(nil) = phase { return nil }
    let step = node["step"]?.scalar
    let restart = node["restart"]?.scalar
    guard [rotation, step ?? rotation, restart ?? rotation].allSatisfy(LockFile.isRotation) else {
      return nil
    }
    self.init(
      rotation: rotation, time: time, generation: generation, phase: phase ?? nil, step: step)
    role = node["role"]?.scalar
    isAssumed = node["assumed"]?.scalar == "true"
    isCompromised = node["compromised"]?.scalar == "true"
    self.restart = restart
    if let base64 = node["public"]?.scalar, let jwk = node["jwk"]?.scalar {
      publicKey = LockFile.PublicKey(base64: base64, jwk: jwk)
    }
  }

  /// The fields on its line of the lock file.
  fileprivate var fields: String {
    var fields = ["generation: \(generation)"]
    if let phase { fields.append("phase: \(phase.rawValue)") }
    if let role { fields.append("role: \(YAMLWriter.scalar(role))") }
    if step !== rotation { fields.append("step: \(YAMLWriter.scalar(step))") }
    fields.append("rotation: \(YAMLWriter.scalar(rotation))")
    fields.append("time: \(YAMLWriter.quoted(time.description))")
    if isAssumed { fields.append("assumed: true") }
    if let restart { fields.append("restart: \(YAMLWriter.scalar(restart))") }
    if isCompromised { fields.append("compromised: true") }
    if let publicKey {
      fields.append("public: \(YAMLWriter.quoted(publicKey.base64))")
      fields.append("jwk: \(YAMLWriter.quoted(publicKey.jwk))")
    }
    return fields.joined(separator: ", ")
  }
}
