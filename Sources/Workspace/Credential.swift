/// A generated or supplied value, named in the workspace file.

internal import Kubernetes
internal import Text
package import YAML

package struct Credential: Sendable {
  package enum Source: Sendable, Equatable {
    case generated(Recipe)
    /// Issued by a third party.
    case supplied(Need)
  }

  /// Whether a supplied value has to be there.
  package enum Need: Sendable {
    case required
    /// It is left out if it is absent.
    case optional
  }

  package let name: String
  package let source: Source
  /// Seconds after which it is due; nil if it is never due.
  package let rotateEvery: Int?
  /// Seconds for which something signed with it stays valid.
  package let tokenLifetime: Int?
  /// Seconds after which a step counts as arrived if the cluster cannot be read (`--assume-live`).
  package let settle: Int?
  /// Seconds for which a verifier may keep the public keys it has read.
  package let cacheTime: Int?
  /// The credentials whose values this supplied one contains, in a form that moltseal cannot make.
  package let holds: [String]
  /// The two roles that alternate; empty if there is one.
  package let roles: [Role]
  package let location: Location

  /// One of two roles that take turns to log in.
  package struct Role: Sendable, Equatable {
    /// The suffix that is added to the name of the template's Secret, after a hyphen.
    package let suffix: String
    /// Its login name.
    package let login: String
    let location: Location

    package static func == (left: Role, right: Role) -> Bool {
      left.suffix === right.suffix && left.login === right.login
    }
  }

  /// The suffix that names the value published ahead.
  package static let nextSuffix = ".next"

  /// The name of one role's value.
  package static func member(_ pair: String, _ suffix: String) -> String { "\(pair)@\(suffix)" }

  /// The credential of the workspace file that a value belongs to.
  package static func group(of name: String) -> String {
    name.without(suffix: nextSuffix) ?? name.without(suffix: previousSuffix) ?? name.place(of: "@")?
      .before ?? name
  }

  /// The credential of the workspace file that this is, or is part of.
  package var group: String { Credential.group(of: name) }

  /// The value of each role, as a credential of its own.
  package var members: [Credential] {
    roles.map { part(Credential.member(name, $0.suffix)) }
  }

  /// The suffix that names the public half of a key pair's previous key.
  package static let previousSuffix = ".previous"

  /// The value that is published ahead.
  package var next: Credential { part(name + Credential.nextSuffix) }

  private func part(_ name: String) -> Credential {
    Credential(self, name: name)
  }

  private init(_ whole: Credential, name: String) {
    self.name = name
    source = whole.source
    rotateEvery = whole.rotateEvery
    tokenLifetime = whole.tokenLifetime
    settle = whole.settle
    cacheTime = whole.cacheTime
    holds = whole.holds
    roles = []
    location = whole.location
  }

  package var isSupplied: Bool { if case .supplied = source { true } else { false } }
  package var isKeyPair: Bool {
    if case .generated(let recipe) = source { recipe.isKeyPair } else { false }
  }
  package var isOptional: Bool { source == .supplied(.optional) }

  /// The environment variable that a supplied value comes from.
  package var variable: String {
    "MOLTSEAL_"
      + name.uppercased().pieces(between: "-").joined(separator: "_")
  }

  static let fields = [
    "generate", "use", "rotateEvery", "supplied", "optional", "tokenLifetime", "settle",
    "cacheTime", "roles", "holds",
  ]
  static let recipeFields = ["kind"] + RecipeFields.names

  init(name: String, keyNode: Node, _ node: Node) throws(YAMLError) {
    try Credential.checkName(name, at: keyNode.location)
    let reader = try MappingReader(node, "credential '\(name)'", keys: Self.fields)
    source = try Credential.source(reader)
    self.name = name
    rotateEvery = try Credential.duration("rotateEvery", reader)
    tokenLifetime = try Credential.duration("tokenLifetime", reader)
    settle = try Credential.duration("settle", reader)
    cacheTime = try Credential.duration("cacheTime", reader)
    roles = try Credential.roles(reader)
    holds = try reader.strings("holds").map(\.text)
    location = keyNode.location
    try checkFields(reader)
  }

  private static func checkName(_ name: String, at location: Location) throws(YAMLError) {
    guard isName(name) else {
      throw YAMLError(
        "'\(name)' is not a credential name: use lower-case letters, digits and '-', a letter first",
        at: location)
    }
    guard name != "fingerprint" else {
      throw YAMLError(
        "a credential cannot be named 'fingerprint': MOLTSEAL_FINGERPRINT belongs to the certificate",
        at: location)
    }
  }

  /// Reads where the value comes from.
  private static func source(_ reader: MappingReader) throws(YAMLError) -> Source {
    let location = reader.node.location
    let use = try reader.string("use")
    if let use, use != "jwt" {
      throw YAMLError(
        "'use' can only be 'jwt', not '\(use)'", at: reader["use"]?.location ?? location)
    }
    let isSupplied = try reader.boolean("supplied") ?? false
    let isOptional = try reader.boolean("optional") ?? false
    switch (reader["generate"], isSupplied) {
    case (let generate?, false):
      let recipe = try recipe(generate)
      try checkStrength(recipe, use: use, at: generate.location)
      if isOptional {
        throw YAMLError("only a supplied credential can be optional", at: location)
      }
      return .generated(recipe)
    case (nil, true): return .supplied(isOptional ? .optional : .required)
    case (_?, true):
      throw YAMLError("\(reader.what) is both generated and supplied", at: location)
    case (nil, false):
      throw YAMLError("\(reader.what) needs 'generate' or 'supplied: true'", at: location)
    }
  }

  /// Refuses fields that this kind of credential does not have.
  private func checkFields(_ reader: MappingReader) throws(YAMLError) {
    if let node = reader["holds"], !isSupplied {
      throw YAMLError("only a supplied credential can have 'holds'", at: node.location)
    }
    if let node = reader["roles"], isSupplied {
      throw YAMLError("only a generated credential can have roles", at: node.location)
    }
    if let node = reader["cacheTime"], !isKeyPair {
      throw YAMLError("only a key pair can have a 'cacheTime'", at: node.location)
    }
    if let node = reader["roles"], isKeyPair {
      throw YAMLError("a key pair cannot have 'roles': it is not a password", at: node.location)
    }
  }

  /// Reads `{a: app_a, b: app_b}`: the suffix of the Secret's name and the login of each role.
  private static func roles(_ reader: MappingReader) throws(YAMLError) -> [Role] {
    guard let node = reader["roles"] else { return [] }
    var roles: [Role] = []
    for pair in try reader.stringMap("roles") {
      if let fault = KubernetesNames.faultOfLabel(pair.key) {
        throw YAMLError("the suffix '\(pair.key)' \(fault)", at: pair.keyNode.location)
      }
      guard !pair.value.isEmpty, pair.value.utf8.allSatisfy({ $0 > 32 && $0 < 127 }) else {
        throw YAMLError(
          "a role's name must be printable ASCII without spaces, not '\(pair.value)'",
          at: pair.valueNode.location)
      }
      if roles.contains(where: { $0.login === pair.value }) {
        throw YAMLError("the role '\(pair.value)' is listed twice", at: pair.valueNode.location)
      }
      roles.append(
        Role(suffix: pair.key, login: pair.value, location: pair.keyNode.location))
    }
    guard roles.count == 2 else {
      throw YAMLError(
        "'roles' needs two roles that alternate, such as {a: app_a, b: app_b}, not \(roles.count)",
        at: node.location)
    }
    return roles
  }

  private static func recipe(_ node: Node) throws(YAMLError) -> Recipe {
    let reader = try MappingReader(node, "generate", keys: recipeFields)
    guard let kind = try reader.string("kind") else {
      throw YAMLError("'generate' needs a 'kind'", at: node.location)
    }
    // A field without a value would be ignored, which its author did not intend.
    for entry in node.entries ?? [] where entry.value.isNull {
      throw YAMLError(
        "'\(entry.key.scalar ?? "")' of 'generate' has no value", at: entry.key.location)
    }
    // A field of the wrong type is reported before one that does not fit the kind.
    let (length, bytes) = (try reader.integer("length"), try reader.integer("bytes"))
    let symbols = try reader.string("symbols")
    let (bits, curve) = (try reader.integer("bits"), try reader.string("curve"))
    let fields = RecipeFields(
      length: length, bytes: bytes, symbols: symbols, bits: bits, curve: curve)
    do throws(RecipeFault) { return try Recipe(kind: kind, fields) } catch {
      throw YAMLError(error.message, at: (error.field.flatMap { reader[$0] } ?? node).location)
    }
  }

  private static func checkStrength(
    _ recipe: Recipe, use: String?, at location: Location
  ) throws(YAMLError) {
    let floor = use == "jwt" ? 256.0 : Recipe.entropyFloor
    guard recipe.entropy < floor else { return }
    let reason = use == "jwt" ? " for a JWT key (RFC 7518 section 3.2)" : ""
    throw YAMLError(
      "gives \(Int(recipe.entropy)) bits of entropy; the minimum is \(Int(floor))\(reason)",
      at: location)
  }

  /// Reads `30d`, `4w`, `12h`, `45m` in seconds.
  private static func duration(_ key: String, _ reader: MappingReader) throws(YAMLError) -> Int? {
    guard let node = reader[key] else { return nil }
    let units = ["m": 60, "h": 3600, "d": 86_400, "w": 604_800]
    guard let text = node.scalar, let unit = units[String(text.suffix(1))],
      text.dropLast().utf8.allSatisfy({ (48...57).contains($0) }), let count = Int(text.dropLast()),
      (1...100_000).contains(count)
    else {
      throw YAMLError("'\(key)' must be a duration such as 30d or 4w", at: node.location)
    }
    return count * unit
  }

  private static func isName(_ name: String) -> Bool {
    guard let first = name.utf8.first, (97...122).contains(first), name.utf8.count <= 63 else {
      return false
    }
    return name.utf8.allSatisfy { (97...122).contains($0) || (48...57).contains($0) || $0 == 45 }
  }
}
