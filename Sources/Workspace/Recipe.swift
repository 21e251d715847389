/// How a generated value is to be made, and how strong it is then.

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

  /// The names of the kinds, as `generate.kind` has them.
  package static let kinds = ["alphanumeric", "password", "base64", "base64url", "hex"]
  /// The symbols of a password where none are given: safe in a shell's double quotes and in YAML.
  package static let defaultSymbols = Array("!#%&*+-./:=?@^_~".utf8)
  /// The least entropy of any value, in bits.
  package static let entropyFloor = 128.0
  /// The largest length in characters, or size in bytes.
  package static let maximumSize = 4096

  package static let upper = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZ".utf8)
  package static let lower = Array("abcdefghijklmnopqrstuvwxyz".utf8)
  package static let digits = Array("0123456789".utf8)

  /// The entropy of a value in bits: the logarithm of how many equally likely values there are.
  package var entropy: Double {
    switch self {
    case .alphanumeric(let length): Double(length) * log2(62)
    case .base64(let bytes), .base64url(let bytes), .hex(let bytes): Double(bytes) * 8
    case .password(let length, let symbols): Self.passwordEntropy(length, symbols.count)
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
