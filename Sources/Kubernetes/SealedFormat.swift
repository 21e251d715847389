/// The layout of a ciphertext, as in sealed-secrets (`pkg/crypto/crypto.go`).
///
///     uint16 big-endian n
///     n bytes: RSA-OAEP(SHA-256, MGF1-SHA-256, label; 32-byte session key)
///     AES-256-GCM(session key, zero 12-byte nonce, no additional data; value), then its 16-byte tag
///
/// in standard base64. The label binds the ciphertext to namespace and name (see `Scope`), not to
/// the key of the Secret: within one SealedSecret a ciphertext can be moved without decrypting it.

internal import Text

package struct SealedFormat: Sendable {
  package enum Fault: Error {
    case notBase64
    /// It is too short for its format; the number of bytes it has.
    case truncated(Int)
  }

  /// The length of the tag in bytes.
  private static let tagSize = 16

  private let bytes: [UInt8]
  private let headSize: Int

  /// The bytes before a session key of this size.
  package static func head(sessionKeySize: Int) -> [UInt8] {
    [UInt8(truncatingIfNeeded: sessionKeySize >> 8), UInt8(truncatingIfNeeded: sessionKeySize)]
  }

  package init(base64: String) throws(Fault) {
    // The controller's decoder is not strict.
    guard let bytes = Base64.decode(base64.utf8, leftOver: .any) else { throw .notBase64 }
    guard bytes.count > 2 else { throw .truncated(bytes.count) }
    let size = Int(bytes[0]) << 8 | Int(bytes[1])
    guard bytes.count >= 2 + size + Self.tagSize else { throw .truncated(bytes.count) }
    self.bytes = bytes
    headSize = 2 + size
  }

  /// The encrypted session key: one number below the modulus, big-endian.
  package var sessionKey: ArraySlice<UInt8> { bytes[2..<headSize] }
  /// The encrypted value and its tag.
  package var body: ArraySlice<UInt8> { bytes[headSize...] }
  /// The length of the plaintext in bytes.
  package var plaintextLength: Int { body.count - Self.tagSize }

  /// Whether it can be for the key with this modulus: the session key has its length and is below
  /// it.
  package func fits(modulus: [UInt8]) -> Bool {
    sessionKey.count == modulus.count && sessionKey.lexicographicallyPrecedes(modulus)
  }
}
