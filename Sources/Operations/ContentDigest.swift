/// Digests of what is no secret, for code that may not see one.

internal import Cryptography

/// Digests of public bytes.
package enum ContentDigest {
  /// Returns the SHA-256 of bytes, as 64 lower-case hex digits.
  package static func sha256(_ bytes: [UInt8]) -> String { Digest.sha256(bytes) }
}
