/// Builds a recipe from what a person wrote.

internal import Text
internal import YAML

/// Why a kind and its sizes do not fit together.
package struct RecipeFault: Error {
  package let message: String
  let field: String?
}

/// The fields of a recipe besides its kind, as far as they were given.
package struct RecipeFields {
  let length: Int?
  let bytes: Int?
  let symbols: String?
  let bits: Int?
  let curve: String?

  package init(length: Int?, bytes: Int?, symbols: String?, bits: Int?, curve: String?) {
    self.length = length
    self.bytes = bytes
    self.symbols = symbols
    self.bits = bits
    self.curve = curve
  }

  /// The fields as the workspace file names them.
  static let names = ["length", "symbols", "bytes", "bits", "curve"]

  /// The names of those that were given, in the order in which they are refused.
  fileprivate var given: [String] {
    [
      ("length", length != nil), ("bytes", bytes != nil), ("symbols", symbols != nil),
      ("bits", bits != nil), ("curve", curve != nil),
    ].filter(\.1).map(\.0)
  }
}

extension Recipe {
  /// Builds a recipe from its fields.
  package init(kind name: String, _ fields: RecipeFields) throws(RecipeFault) {
    let reader = RecipeReader(kind: name, fields: fields)
    let kind = CredentialKind.all.first { $0.name == name }
    if let field = reader.misplaced(kind) { throw reader.refusal(of: field) }
    guard let kind else { throw reader.unknown }
    switch kind.fields {
    case .length(let recipe):
      let length = try reader.length()
      try reader.refuseSymbols()
      self = recipe(length)
    case .lengthAndSymbols(let recipe):
      let length = try reader.length()
      self = recipe(length, try reader.symbols(ofLength: length))
    case .bytes(let recipe):
      let bytes = try reader.bytes()
      try reader.refuseSymbols()
      self = recipe(bytes)
    case .bits(let sizes, let recipe): self = recipe(try reader.bits(of: sizes))
    case .curve(let curves, let recipe): self = recipe(try reader.curve(of: curves))
    case .nothing(let recipe): self = recipe
    }
  }
}

/// Reads the fields of one kind, and says what is wrong with them.
private struct RecipeReader {
  let kind: String
  let fields: RecipeFields

  var unknown: RecipeFault {
    let known = Recipe.kinds
    return RecipeFault(
      message:
        "unknown kind '\(kind)'\(nearest(to: kind, among: known)) (known: \(known.joined(separator: ", ")))",
      field: "kind")
  }

  /// The first field that a key pair does not take, or that only a key pair takes.
  func misplaced(_ known: CredentialKind?) -> String? {
    fields.given.first { field in
      switch known?.fields {
      case .bits: field != "bits"
      case .curve: field != "curve"
      case .nothing: true
      case .length, .lengthAndSymbols, .bytes, nil: field == "bits" || field == "curve"
      }
    }
  }

  func refusal(of field: String) -> RecipeFault {
    RecipeFault(message: "kind '\(kind)' takes no '\(field)'", field: field)
  }

  func refuseSymbols() throws(RecipeFault) {
    if fields.symbols != nil { throw refusal(of: "symbols") }
  }

  func length() throws(RecipeFault) -> Int {
    try size(("length", fields.length), not: ("bytes", fields.bytes))
  }

  func bytes() throws(RecipeFault) -> Int {
    try size(("bytes", fields.bytes), not: ("length", fields.length))
  }

  private func size(
    _ own: (field: String, size: Int?), not other: (field: String, size: Int?)
  ) throws(RecipeFault) -> Int {
    if other.size != nil {
      throw RecipeFault(
        message: "kind '\(kind)' takes '\(own.field)', not '\(other.field)'", field: other.field)
    }
    guard let size = own.size, (1...Recipe.maximumSize).contains(size) else {
      throw RecipeFault(
        message: "kind '\(kind)' needs '\(own.field)' from 1 to \(Recipe.maximumSize)",
        field: own.field)
    }
    return size
  }

  func symbols(ofLength length: Int) throws(RecipeFault) -> [UInt8] {
    let chosen = fields.symbols.map { Array($0.utf8) } ?? Recipe.defaultSymbols
    let isSymbol = chosen.allSatisfy { byte in
      (33...126).contains(byte) && !(Recipe.upper + Recipe.lower + Recipe.digits).contains(byte)
    }
    guard isSymbol, !chosen.isEmpty, Set(chosen).count == chosen.count else {
      throw RecipeFault(
        message: "'symbols' must be different printable ASCII characters, no letters or digits",
        field: "symbols")
    }
    guard length >= 4 else {
      throw RecipeFault(
        message: "a password has four classes, so it needs at least 4 characters", field: "length")
    }
    return chosen
  }

  func bits(of sizes: [Int]) throws(RecipeFault) -> Int {
    guard let bits = fields.bits, sizes.contains(bits) else {
      let others = sizes.dropLast().map(String.init).joined(separator: ", ")
      let last = sizes.last.map(String.init) ?? ""
      throw RecipeFault(message: "kind '\(kind)' needs 'bits': \(others) or \(last)", field: "bits")
    }
    return bits
  }

  func curve(of curves: [String]) throws(RecipeFault) -> String {
    guard let curve = fields.curve, curves.contains(where: { $0 === curve }) else {
      throw RecipeFault(
        message: "kind '\(kind)' needs 'curve': \(curves.joined(separator: ", "))", field: "curve")
    }
    return curve
  }
}
