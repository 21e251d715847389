/// One generated or supplied value, as the workspace file names it.

internal import Text
package import YAML

package struct Credential: Sendable {
  package enum Source: Sendable, Equatable {
    case generated(Recipe)
    /// Issued by a third party; left out where it is optional and absent.
    case supplied(optional: Bool)
  }

  package let name: String
  package let source: Source
  /// Seconds after which it is due; nil: never.
  package let rotateEvery: Int?
  /// Seconds for which something signed with it stays valid.
  package let tokenLifetime: Int?
  package let location: Location

  package var isSupplied: Bool { if case .supplied = source { true } else { false } }
  package var isOptional: Bool { source == .supplied(optional: true) }

  /// The environment variable that a supplied value comes from.
  package var variable: String {
    "MOLTSEAL_"
      + name.uppercased().pieces(between: "-").joined(separator: "_")
  }

  static let fields = ["generate", "use", "rotateEvery", "supplied", "optional", "tokenLifetime"]
  static let recipeFields = ["kind", "length", "symbols", "bytes"]

  init(name: String, keyNode: Node, _ node: Node) throws(YAMLError) {
    let what = "credential '\(name)'"
    guard Credential.isName(name) else {
      throw YAMLError(
        "'\(name)' is no credential name: lower-case letters, digits and '-', a letter first",
        at: keyNode.location)
    }
    guard name != "fingerprint" else {
      throw YAMLError(
        "a credential cannot be named 'fingerprint': MOLTSEAL_FINGERPRINT is the certificate's",
        at: keyNode.location)
    }
    let reader = try MappingReader(node, what, keys: Self.fields)
    let use = try reader.string("use")
    if let use, use != "jwt" {
      throw YAMLError(
        "'use' can only be 'jwt', not '\(use)'", at: reader["use"]?.location ?? node.location)
    }
    let isSupplied = try reader.boolean("supplied") ?? false
    let isOptional = try reader.boolean("optional") ?? false
    switch (reader["generate"], isSupplied) {
    case (let generate?, false):
      let recipe = try Credential.recipe(generate)
      try Credential.checkStrength(recipe, use: use, at: generate.location)
      source = .generated(recipe)
      if isOptional {
        throw YAMLError("only a supplied credential can be optional", at: node.location)
      }
    case (nil, true): source = .supplied(optional: isOptional)
    case (_?, true): throw YAMLError("\(what) is both generated and supplied", at: node.location)
    case (nil, false):
      throw YAMLError("\(what) needs 'generate' or 'supplied: true'", at: node.location)
    }
    self.name = name
    rotateEvery = try Credential.duration("rotateEvery", reader)
    tokenLifetime = try Credential.duration("tokenLifetime", reader)
    location = keyNode.location
  }

  private static func recipe(_ node: Node) throws(YAMLError) -> Recipe {
    let reader = try MappingReader(node, "generate", keys: recipeFields)
    guard let kind = try reader.string("kind") else {
      throw YAMLError("'generate' needs a 'kind'", at: node.location)
    }
    // A field without a value says nothing, and was meant to.
    for entry in node.entries ?? [] where entry.value.isNull {
      throw YAMLError(
        "'\(entry.key.scalar ?? "")' of 'generate' has no value", at: entry.key.location)
    }
    // A field that is not of its type is said before one that is not of the kind.
    let (length, bytes) = (try reader.integer("length"), try reader.integer("bytes"))
    let symbols = try reader.string("symbols")
    do throws(RecipeFault) {
      return try Recipe(kind: kind, length: length, bytes: bytes, symbols: symbols)
    } catch {
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
      "gives \(Int(recipe.entropy)) bits of entropy, under the floor of \(Int(floor))\(reason)",
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
      throw YAMLError("'\(key)' must be a time such as 30d or 4w", at: node.location)
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

/// Why a kind and its sizes do not fit together.
package struct RecipeFault: Error {
  package let message: String
  let field: String?
}

extension Recipe {
  /// Puts a recipe together from what a person wrote.
  package init(
    kind: String, length: Int?, bytes: Int?, symbols: String?
  ) throws(RecipeFault) {
    let countsBytes = ["base64", "base64url", "hex"].contains(kind)
    guard Recipe.kinds.contains(kind) else {
      let later = ["rsa", "ec", "ed25519"].contains(kind)
      throw RecipeFault(
        message: later
          ? "kind '\(kind)' is not supported by this version"
          : "unknown kind '\(kind)'\(nearest(to: kind, among: Recipe.kinds)) (known: \(Recipe.kinds.joined(separator: ", ")))",
        field: "kind")
    }
    let (field, other, size) =
      countsBytes ? ("bytes", "length", bytes) : ("length", "bytes", length)
    if (countsBytes ? length : bytes) != nil {
      throw RecipeFault(message: "kind '\(kind)' takes '\(field)', not '\(other)'", field: other)
    }
    guard let size, (1...Recipe.maximumSize).contains(size) else {
      throw RecipeFault(
        message: "kind '\(kind)' needs '\(field)' from 1 to \(Recipe.maximumSize)", field: field)
    }
    if symbols != nil, kind != "password" {
      throw RecipeFault(message: "kind '\(kind)' takes no 'symbols'", field: "symbols")
    }
    switch kind {
    case "alphanumeric": self = .alphanumeric(length: size)
    case "base64": self = .base64(bytes: size)
    case "base64url": self = .base64url(bytes: size)
    case "hex": self = .hex(bytes: size)
    default:
      let chosen = symbols.map { Array($0.utf8) } ?? Recipe.defaultSymbols
      let isSymbol = chosen.allSatisfy { byte in
        (33...126).contains(byte) && !(Recipe.upper + Recipe.lower + Recipe.digits).contains(byte)
      }
      guard isSymbol, !chosen.isEmpty, Set(chosen).count == chosen.count else {
        throw RecipeFault(
          message: "'symbols' must be different printable ASCII characters, no letters or digits",
          field: "symbols")
      }
      guard size >= 4 else {
        throw RecipeFault(
          message: "a password of four classes has 4 characters or more", field: "length")
      }
      self = .password(length: size, symbols: chosen)
    }
  }
}
