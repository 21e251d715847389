/// How a generated value is made, and how strong it is.

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

  /// The names of the kinds, as in `generate.kind`.
  package static let kinds = [
    "alphanumeric", "password", "base64", "base64url", "hex", "rsa", "ec", "ed25519",
  ]
  /// The curves that JSON Web Keys use for signatures (RFC 7518 section 6.2.1.1).
  package static let curves = ["P-256", "P-384", "P-521"]

  /// Whether it has a public half.
  package var isKeyPair: Bool {
    switch self {
    case .rsa, .ec, .ed25519: true
    case .alphanumeric, .password, .base64, .base64url, .hex: false
    }
  }
  /// The default symbols of a password: safe in a shell's double quotes and in YAML.
  package static let defaultSymbols = Array("!#%&*+-./:=?@^_~".utf8)
  /// The minimum entropy of any value, in bits.
  package static let entropyFloor = 128.0
  /// The maximum length in characters, or size in bytes.
  package static let maximumSize = 4096

  package static let upper = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZ".utf8)
  package static let lower = Array("abcdefghijklmnopqrstuvwxyz".utf8)
  package static let digits = Array("0123456789".utf8)

  /// The entropy of a value in bits: the logarithm of the number of equally likely values.
  package var entropy: Double {
    switch self {
    case .alphanumeric(let length): Double(length) * log2(62)
    case .base64(let bytes), .base64url(let bytes), .hex(let bytes): Double(bytes) * 8
    case .password(let length, let symbols): Self.passwordEntropy(length, symbols.count)
    // The strength of a key is not the number of possible keys (NIST SP 800-57 part 1, table 2).
    // Each of these is strong enough for tokens (RFC 7518 sections 3.3, 3.4).
    case .rsa, .ec, .ed25519: 256
    }
  }

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
