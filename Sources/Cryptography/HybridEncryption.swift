/// Encrypts each value with a fresh session key, as `HybridEncrypt` in `pkg/crypto/crypto.go` does.

internal import COpenSSL
internal import Text

/// Encrypts values for one public key.
///
/// Use it from one thread only; its contexts are reused.
package final class HybridEncryption {
  private let key: RSAPublicKey
  private let context: OpaquePointer  // <EVP_PKEY_CTX>
  private let cipher: AESGCM
  private let pool: RandomPool
  private let prefix: [UInt8]
  private var label: [UInt8]

  /// - Parameter prefix: the bytes before each ciphertext.
  package init(key: RSAPublicKey, prefix: [UInt8]) throws(OpenSSLError) {
    self.key = key
    self.prefix = prefix
    let context = try check(EVP_PKEY_CTX_new_from_pkey(nil, key.pointer, nil), "EVP_PKEY_CTX_new")
    self.context = context
    self.label = []
    self.cipher = try AESGCM()
    self.pool = try RandomPool()
    try check(EVP_PKEY_encrypt_init(context), "EVP_PKEY_encrypt_init")
    try check(moltseal_set_oaep(context, self.label, 0), "EVP_PKEY_CTX_set_params")
  }

  deinit { EVP_PKEY_CTX_free(context) }

  /// Encrypts to `prefix ‖ RSA-OAEP-SHA-256(session key, label) ‖ AES-256-GCM(value) ‖ tag`.
  ///
  /// - Returns: the ciphertext in standard base64.
  package func encrypt(_ value: SecretBytes, label: [UInt8]) throws -> String {
    try relabel(label)
    let size = key.size
    let start = prefix.count + size
    let length = start + value.count + AESGCM.tagSize
    return try withUnsafeTemporaryAllocation(byteCount: length, alignment: 8) { output in
      output.copyBytes(from: prefix)
      try pool.withBytes(AESGCM.keySize) { sessionKey in
        var written = size
        try check(
          EVP_PKEY_encrypt(
            context,
            output.baseAddress?.advanced(by: prefix.count).assumingMemoryBound(to: UInt8.self),
            &written, sessionKey.baseAddress?.assumingMemoryBound(to: UInt8.self),
            sessionKey.count),
          "EVP_PKEY_encrypt")
        // A modulus of n bytes produces n bytes.
        guard written == size else { throw OpenSSLError("EVP_PKEY_encrypt") }
        try value.withBytes { plaintext in
          try cipher.seal(
            plaintext, key: sessionKey,
            into: UnsafeMutableRawBufferPointer(rebasing: output[start...]))
        }
      }
      return Base64.encode(UnsafeRawBufferPointer(output))
    }
  }

  private func relabel(_ label: [UInt8]) throws(OpenSSLError) {
    guard label != self.label else { return }
    try check(moltseal_set_oaep_label(context, label, label.count), "EVP_PKEY_CTX_set_params")
    self.label = label
  }
}
