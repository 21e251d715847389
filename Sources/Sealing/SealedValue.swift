/// A ciphertext: the only thing that the stages after sealing may hold.

internal import Cryptography

/// One sealed value in standard base64, as it stands in `spec.encryptedData`.
package struct SealedValue: Sendable, Equatable {
  /// The ciphertext in standard base64, without line breaks.
  package let base64: String

  init(sealed base64: String) { self.base64 = base64 }

  /// Takes a ciphertext from a file; nil where it is not base64.
  package init?(base64: String) {
    guard Base64.decode(base64.utf8) != nil else { return nil }
    self.base64 = base64
  }

  /// `sha256:` and the SHA-256 of the decoded ciphertext in lower-case hex.
  package var digest: String {
    // `init` has decoded it, or `Seal` has made it.
    "sha256:" + Digest.sha256(Base64.decode(base64.utf8) ?? [])
  }
}

/// SHA-256 in lower-case hex, for modules that may not import `Cryptography`.
package func sha256(_ bytes: [UInt8]) -> String { Digest.sha256(bytes) }
