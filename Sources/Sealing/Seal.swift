/// Values in, ciphertexts out. Here a plaintext ends.
///
/// The format is sealed-secrets' own (`pkg/crypto/crypto.go`):
///
///     uint16 big-endian n
///     n bytes: RSA-OAEP(SHA-256, MGF1-SHA-256, label; 32-byte session key)
///     AES-256-GCM(session key, zero 12-byte nonce, no additional data; value), then its 16-byte tag
///
/// in standard base64. The label binds the ciphertext to namespace and name (see `Scope`), not to
/// the key of the Secret: within one SealedSecret a ciphertext can be moved without decrypting it.

package import Cryptography

/// One value to seal, and the label that says where it may be opened.
package struct SealingJob: Sendable {
  package let label: [UInt8]
  package let value: SecretBytes

  package init(label: [UInt8], value: SecretBytes) {
    self.label = label
    self.value = value
  }
}

/// Seals every job for `key`, each under a session key of its own.
///
/// - Parameter threads: how many threads may work; each takes 128 jobs at a time.
/// - Returns: the ciphertexts in the order of the jobs.
package func seal(
  _ jobs: [SealingJob], for key: RSAPublicKey, threads: Int
) throws -> [SealedValue] {
  try parallelMap(count: jobs.count, threads: threads) { range in
    let encryption = try HybridEncryption(key: key)
    return try range.map { index in
      SealedValue(
        sealed: try encryption.encrypt(jobs[index].value, label: jobs[index].label))
    }
  }
}
