/// Turns values into ciphertexts; no plaintext leaves this module.

package import Cryptography
package import Kubernetes
internal import Text

/// One value to seal, and the label that decides where it can be opened.
package struct SealingJob: Sendable {
  package let label: [UInt8]
  package let value: SecretBytes

  package init(label: [UInt8], value: SecretBytes) {
    self.label = label
    self.value = value
  }
}

/// Seals every job for `key`, each with its own session key.
///
/// - Parameter threads: the maximum number of threads; each takes 128 jobs at a time.
/// - Returns: the ciphertexts in the order of the jobs.
package func seal(
  _ jobs: [SealingJob], for key: RSAPublicKey, threads: Int
) throws -> [SealedValue] {
  try parallelMap(count: jobs.count, threads: threads) { range in
    let encryption = try HybridEncryption(
      key: key, prefix: SealedFormat.head(sessionKeySize: key.size))
    return try range.map { index in
      SealedValue(
        sealed: try encryption.encrypt(jobs[index].value, label: jobs[index].label))
    }
  }
}
