/// Generates new values from recipes.

package import Cryptography
internal import Text
package import Workspace

extension Recipe {
  private enum Generated {
    case value(SecretBytes)
    case pair(KeyPair)
  }

  private func generated() throws -> Generated {
    switch self {
    case .alphanumeric(let length):
      .value(try Randomness.characters(length, from: Self.upper + Self.lower + Self.digits))
    case .password(let length, let symbols):
      .value(try Self.password(of: [Self.upper, Self.lower, Self.digits, symbols], length))
    case .base64(let bytes): .value(Base64.encode(try Randomness.bytes(bytes)))
    case .base64url(let bytes): .value(Base64.encodeURLSafe(try Randomness.bytes(bytes)))
    case .hex(let bytes): .value(Hex.encode(try Randomness.bytes(bytes)))
    case .rsa(let bits): .pair(try KeyPair(.rsa(bits: bits)))
    case .ec(let curve): .pair(try KeyPair(.ec(curve: curve)))
    case .ed25519: .pair(try KeyPair(.ed25519))
    }
  }

  /// Generates a value with OpenSSL's private generator.
  package func generate() throws -> SecretBytes {
    switch try generated() {
    case .value(let value): value
    case .pair(let pair): pair.privateKey
    }
  }

  /// A new key pair; nil for a recipe of another kind.
  package func keyPair() throws -> KeyPair? {
    guard isKeyPair, case .pair(let pair) = try generated() else { return nil }
    return pair
  }

  /// Characters of these classes, with at least one of each.
  private static func password(of classes: [[UInt8]], _ length: Int) throws -> SecretBytes {
    let classes = classes.map { Set($0) }
    return try Randomness.characters(length, from: classes.flatMap { $0.sorted() }) { value in
      classes.allSatisfy { kind in value.contains { kind.contains($0) } }
    }
  }
}
