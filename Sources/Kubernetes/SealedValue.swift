/// A ciphertext: the only thing that the stages after sealing may hold.

internal import Text

/// One sealed value in standard base64, as it stands in `spec.encryptedData`.
package struct SealedValue: Sendable, Equatable {
  /// The ciphertext in standard base64, without line breaks where it was sealed here.
  package let base64: String

  /// Takes a ciphertext as it was sealed.
  package init(sealed base64: String) { self.base64 = base64 }

  /// Takes a ciphertext from a file; nil where it is not base64.
  package init?(base64: String) {
    guard Base64.decode(base64.utf8, ignoresRest: true) != nil else { return nil }
    self.base64 = base64
  }

  /// The decoded ciphertext.
  package var bytes: [UInt8] {
    // `init` has decoded it, or it was sealed here.
    Base64.decode(base64.utf8, ignoresRest: true) ?? []
  }
}

/// SHA-256 of public bytes, as 64 lower-case hex digits.
///
/// It is handed to the modules that compare ciphertexts with a lock file: none of them may reach the
/// module that has it, for the same one has the secrets.
package typealias SHA256 = @Sendable ([UInt8]) -> String

extension SealedValue {
  /// `sha256:` and the digest of the decoded ciphertext, as lock files have it.
  package func digest(_ sha256: SHA256) -> String { "sha256:" + sha256(bytes) }
}
