/// Builds a recipe from what a person wrote.

internal import Text
internal import YAML

/// Why a kind and its sizes do not fit together.
package struct RecipeFault: Error {
  package let message: String
  let field: String?
}

extension Recipe {
  /// The recipe of a key pair; nil for any other kind.
  private static func keyPair(
    kind: String, bits: Int?, curve: String?, others: [(field: String, isGiven: Bool)]
  ) throws(RecipeFault) -> Recipe? {
    let takes = ["rsa": "bits", "ec": "curve", "ed25519": ""][kind]
    let given = others + [("bits", bits != nil), ("curve", curve != nil)]
    if let field = given.first(where: { $0.isGiven && $0.field != takes ?? $0.field })?.field {
      throw RecipeFault(message: "kind '\(kind)' takes no '\(field)'", field: field)
    }
    switch kind {
    case "rsa":
      guard let bits, [2048, 3072, 4096].contains(bits) else {
        throw RecipeFault(message: "kind 'rsa' needs 'bits': 2048, 3072 or 4096", field: "bits")
      }
      return .rsa(bits: bits)
    case "ec":
      guard let curve, curves.contains(where: { $0 === curve }) else {
        throw RecipeFault(
          message: "kind 'ec' needs 'curve': \(curves.joined(separator: ", "))", field: "curve")
      }
      return .ec(curve: curve)
    case "ed25519": return .ed25519
    default:
      for (field, isGiven) in [("bits", bits != nil), ("curve", curve != nil)] where isGiven {
        throw RecipeFault(message: "kind '\(kind)' takes no '\(field)'", field: field)
      }
      return nil
    }
  }

  /// Builds a recipe from its fields.
  package init(
    kind: String, length: Int?, bytes: Int?, symbols: String?, bits: Int? = nil,
    curve: String? = nil
  ) throws(RecipeFault) {
    if let pair = try Recipe.keyPair(
      kind: kind, bits: bits, curve: curve,
      others: [
        ("length", length != nil), ("bytes", bytes != nil), ("symbols", symbols != nil),
      ])
    {
      self = pair
      return
    }
    let countsBytes = ["base64", "base64url", "hex"].contains(kind)
    guard Recipe.kinds.contains(kind) else {
      throw RecipeFault(
        message:
          "unknown kind '\(kind)'\(nearest(to: kind, among: Recipe.kinds)) (known: \(Recipe.kinds.joined(separator: ", ")))",
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
          message: "a password has four classes, so it needs at least 4 characters", field: "length"
        )
      }
      self = .password(length: size, symbols: chosen)
    }
  }
}
