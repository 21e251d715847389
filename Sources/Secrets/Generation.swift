/// Generates new values from recipes.

package import Cryptography
internal import Text
package import Workspace

extension Recipe {
  /// Generates a value with OpenSSL's private generator.
  package func generate() throws -> SecretBytes {
    if let pair = try keyPair() { return pair.privateKey }
    switch self {
    case .alphanumeric(let length):
      return try Randomness.characters(length, from: Self.upper + Self.lower + Self.digits)
    case .password(let length, let symbols):
      let classes = [Self.upper, Self.lower, Self.digits, symbols].map { Set($0) }
      return try Randomness.characters(length, from: classes.flatMap { $0.sorted() }) { value in
        classes.allSatisfy { kind in value.contains { kind.contains($0) } }
      }
    case .base64(let bytes): return Base64.encode(try Randomness.bytes(bytes))
    case .base64url(let bytes): return Base64.encodeURLSafe(try Randomness.bytes(bytes))
    case .hex(let bytes): return Hex.encode(try Randomness.bytes(bytes))
    // `keyPair` is nil only for the kinds above.
    case .rsa, .ec, .ed25519: preconditionFailure("a key pair was returned")
    }
  }

  /// A new key pair; nil for a recipe of another kind.
  package func keyPair() throws -> KeyPair? {
    switch self {
    case .rsa(let bits): try KeyPair(.rsa(bits: bits))
    case .ec(let curve): try KeyPair(.ec(curve: curve))
    case .ed25519: try KeyPair(.ed25519)
    case .alphanumeric, .password, .base64, .base64url, .hex: nil
    }
  }
}
