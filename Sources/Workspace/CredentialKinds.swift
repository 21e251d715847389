/// The kinds of generated values: what each is called, what it takes, and what it consists of.

internal import Glibc

/// A kind of generated value with its size.
package enum Recipe: Sendable, Equatable {
  /// Letters and digits.
  case alphanumeric(length: Int)
  /// Letters, digits and symbols, at least one of each class.
  case password(length: Int, symbols: [UInt8])
  /// Random bytes as standard base64.
  case base64(bytes: Int)
  /// Random bytes as unpadded URL-safe base64.
  case base64url(bytes: Int)
  /// Random bytes as lower-case hex.
  case hex(bytes: Int)
  /// An RSA key pair with a modulus of this many bits.
  case rsa(bits: Int)
  /// A key pair on a curve: `P-256`, `P-384` or `P-521`.
  case ec(curve: String)
  case ed25519
}

/// A kind as it is written: its name, and the fields that it takes.
struct CredentialKind: Sendable {
  /// As in `generate.kind`.
  let name: String
  let fields: Fields

  /// The fields besides `kind`, and the recipe that they make.
  enum Fields: Sendable {
    case length(@Sendable (Int) -> Recipe)
    case lengthAndSymbols(@Sendable (Int, [UInt8]) -> Recipe)
    case bytes(@Sendable (Int) -> Recipe)
    /// The sizes of a key pair.
    case bits([Int], @Sendable (Int) -> Recipe)
    /// The curves of a key pair.
    case curve([String], @Sendable (String) -> Recipe)
    /// A key pair that has one size.
    case nothing(Recipe)
  }

  /// Every kind, in the order of messages.
  static let all = [
    CredentialKind(name: "alphanumeric", fields: .length { .alphanumeric(length: $0) }),
    CredentialKind(
      name: "password", fields: .lengthAndSymbols { .password(length: $0, symbols: $1) }),
    CredentialKind(name: "base64", fields: .bytes { .base64(bytes: $0) }),
    CredentialKind(name: "base64url", fields: .bytes { .base64url(bytes: $0) }),
    CredentialKind(name: "hex", fields: .bytes { .hex(bytes: $0) }),
    CredentialKind(name: "rsa", fields: .bits([2048, 3072, 4096]) { .rsa(bits: $0) }),
    // The curves that JSON Web Keys use for signatures (RFC 7518 section 6.2.1.1).
    CredentialKind(name: "ec", fields: .curve(["P-256", "P-384", "P-521"]) { .ec(curve: $0) }),
    CredentialKind(name: "ed25519", fields: .nothing(.ed25519)),
  ]
}

extension Recipe {
  /// What the values of a recipe are made of.
  private struct Traits: Sendable {
    /// The characters that a value may have besides letters, digits, `-` and `_`.
    let punctuation: [UInt8]
    let isKeyPair: Bool
    let entropy: @Sendable () -> Double

    init(_ punctuation: [UInt8] = [], entropy: @escaping @Sendable () -> Double) {
      self.punctuation = punctuation
      isKeyPair = false
      self.entropy = entropy
    }

    private init(keyOfStrength bits: Double) {
      // The lines of a PEM.
      punctuation = Array("\n \"+/=".utf8)
      isKeyPair = true
      entropy = { bits }
    }

    /// The strength of a key is not the number of possible keys (NIST SP 800-57 part 1, table 2).
    ///
    /// Each of the kinds is strong enough for tokens (RFC 7518 sections 3.3, 3.4).
    static let keyPair = Traits(keyOfStrength: 256)
  }

  private var traits: Traits {
    switch self {
    case .alphanumeric(let length): Traits { Double(length) * log2(62) }
    case .password(let length, let symbols):
      Traits(symbols) { Self.passwordEntropy(length, symbols.count) }
    case .base64(let bytes): Traits(Array("+/=".utf8)) { Double(bytes) * 8 }
    case .base64url(let bytes), .hex(let bytes): Traits { Double(bytes) * 8 }
    case .rsa, .ec, .ed25519: .keyPair
    }
  }

  /// The names of the kinds, as in `generate.kind`.
  package static let kinds = CredentialKind.all.map(\.name)

  /// Whether it has a public half.
  package var isKeyPair: Bool { traits.isKeyPair }
  /// The entropy of a value in bits: the logarithm of the number of equally likely values.
  package var entropy: Double { traits.entropy() }
  /// The characters that a value may have besides letters, digits, `-` and `_`.
  var punctuation: [UInt8] { traits.punctuation }

  /// The default symbols of a password: safe in a shell's double quotes and in YAML.
  static let defaultSymbols = Array("!#%&*+-./:=?@^_~".utf8)
  /// The minimum entropy of any value, in bits.
  package static let entropyFloor = 128.0
  /// The maximum length in characters, or size in bytes.
  static let maximumSize = 4096

  package static let upper = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZ".utf8)
  package static let lower = Array("abcdefghijklmnopqrstuvwxyz".utf8)
  package static let digits = Array("0123456789".utf8)

  /// Counts the passwords that have every class, by inclusion and exclusion.
  private static func passwordEntropy(_ length: Int, _ symbols: Int) -> Double {
    let sizes = [26, 26, 10, symbols].map(Double.init)
    let total = sizes.reduce(0, +)
    var share = 0.0
    for subset in 0..<16 {
      let missing = sizes.enumerated().filter { subset >> $0.offset & 1 == 1 }.map(\.element)
      let sign = missing.count % 2 == 0 ? 1.0 : -1.0
      share += sign * pow((total - missing.reduce(0, +)) / total, Double(length))
    }
    return share > 0 ? Double(length) * log2(total) + log2(share) : 0
  }
}
