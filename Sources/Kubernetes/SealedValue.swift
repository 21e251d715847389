/// Ciphertexts, the only form of a value after sealing.

internal import Text

/// One sealed value in standard base64, as in `spec.encryptedData`.
package struct SealedValue: Sendable, Equatable {
  /// The ciphertext in standard base64; without line breaks if it was sealed here.
  package let base64: String

  /// Takes a ciphertext that was sealed here.
  package init(sealed base64: String) { self.base64 = base64 }

  /// Takes a ciphertext from a file; nil if it is not base64.
  package init?(base64: String) {
    guard Base64.decode(base64.utf8, leftOver: .any) != nil else { return nil }
    self.base64 = base64
  }

  /// The decoded ciphertext.
  package var bytes: [UInt8] {
    // `init` decoded it, or it was sealed here.
    Base64.decode(base64.utf8, leftOver: .any) ?? []
  }
}

/// SHA-256 of public bytes, as 64 lower-case hex digits.
///
/// It is passed to the modules that compare ciphertexts with a lock file: they may not import the
/// module that has it, because that module also has the secrets.
package typealias SHA256 = @Sendable ([UInt8]) -> String

extension SealedValue {
  /// `sha256:` and the digest of the decoded ciphertext, as in lock files.
  package func digest(_ sha256: SHA256) -> String { "sha256:" + sha256(bytes) }
}
