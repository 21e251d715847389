/// What can be told of a ciphertext without a key.

internal import Cryptography

/// The parts of one ciphertext.
package struct CiphertextShape: Sendable {
  package enum Fault: Error {
    case notBase64
    /// It ends before its format does; the number of bytes it has.
    case truncated(Int)
  }

  /// The encrypted session key: one number below the modulus, big-endian.
  package let sessionKey: [UInt8]
  /// The length of the plaintext in bytes.
  package let plaintextLength: Int

  package init(base64: String) throws(Fault) {
    guard let bytes = Base64.decode(base64.utf8) else { throw .notBase64 }
    guard bytes.count > 2 else { throw .truncated(bytes.count) }
    let size = Int(bytes[0]) << 8 | Int(bytes[1])
    guard bytes.count >= 2 + size + 16 else { throw .truncated(bytes.count) }
    sessionKey = Array(bytes[2..<2 + size])
    plaintextLength = bytes.count - 2 - size - 16
  }

  /// Whether the session key is a number that a key of this modulus can have made.
  package func isBelow(_ modulus: [UInt8]) -> Bool {
    sessionKey.count == modulus.count && sessionKey.lexicographicallyPrecedes(modulus)
  }
}
