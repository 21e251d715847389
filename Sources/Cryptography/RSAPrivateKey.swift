/// A backed-up controller key, which decrypts what its certificate sealed; only `Unsealing` uses
/// it.

internal import COpenSSL

/// An RSA private key read from PEM (PKCS#1 or PKCS#8).
package final class RSAPrivateKey: @unchecked Sendable {
  // `@unchecked`: an EVP_PKEY is reference-counted and not changed after it was read.
  private let pointer: OpaquePointer  // <EVP_PKEY>
  /// The fingerprint of the matching public key, in the form of `RSAPublicKey`.
  package let fingerprint: String

  /// Why a PEM block could not be read as a key.
  package enum ReadError: Error {
    case unreadable
    case encrypted
    case notRSA(String)
  }

  /// Reads the one private key in `pem`.
  ///
  /// - Parameter passphrase: decrypts an encrypted key. If nil, OpenSSL is told that there is none,
  ///   so that it never asks on the terminal.
  package init(pem: SecretBytes, passphrase: SecretBytes? = nil) throws {
    let pointer: OpaquePointer? = try pem.withBytes { bytes in
      let bio = try check(BIO_new_mem_buf(bytes.baseAddress, Int32(bytes.count)), "BIO_new_mem_buf")
      defer { BIO_free(bio) }
      let owner = passphrase.map { Unmanaged.passUnretained($0).toOpaque() }
      return PEM_read_bio_PrivateKey(
        bio, nil,
        { buffer, size, _, owner in
          guard let buffer, let owner else { return -1 }
          let passphrase = Unmanaged<SecretBytes>.fromOpaque(owner).takeUnretainedValue()
          guard passphrase.count <= Int(size) else { return -1 }
          return passphrase.withBytes { bytes in
            UnsafeMutableRawBufferPointer(start: buffer, count: bytes.count).copyMemory(from: bytes)
            return Int32(bytes.count)
          }
        }, owner)
    }
    guard let pointer else {
      let error = OpenSSLError("PEM_read_bio_PrivateKey")
      let encrypted = error.reasons.contains { $0.contains("password") }
      throw encrypted ? ReadError.encrypted : ReadError.unreadable
    }
    guard EVP_PKEY_get_base_id(pointer) == EVP_PKEY_RSA else {
      let name = EVP_PKEY_get0_type_name(pointer).map { String(cString: $0) } ?? "unknown"
      EVP_PKEY_free(pointer)
      throw ReadError.notRSA(name)
    }
    self.pointer = pointer
    EVP_PKEY_up_ref(pointer)
    self.fingerprint = try RSAPublicKey(takingOwnershipOf: pointer).fingerprint
  }

  deinit { EVP_PKEY_free(pointer) }

  /// The length in bytes of a session key encrypted for this key.
  package var size: Int { (Int(EVP_PKEY_get_bits(pointer)) + 7) / 8 }

  /// The result of decrypting a ciphertext.
  package enum Decryption {
    case opened(SecretBytes)
    /// The session key matches this key and label, but the rest was changed or cut off.
    case changed
    /// Another key or label was used, or the session key was changed.
    case notOpened
  }

  /// Decrypts one value, completely or not at all.
  ///
  /// - Parameter sessionKey: the encrypted session key.
  /// - Parameter body: the encrypted value and its tag of 16 bytes.
  package func decrypt(
    sessionKey encrypted: ArraySlice<UInt8>, body: ArraySlice<UInt8>, label: [UInt8]
  ) throws -> Decryption {
    guard encrypted.count == size, body.count >= AESGCM.tagSize else { return .notOpened }
    guard let sessionKey = try encrypted.withUnsafeBytes({ try decryptOAEP($0, label: label) }),
      sessionKey.count == AESGCM.keySize
    else { return .notOpened }
    return try body.withUnsafeBytes { body in
      let cipher = try AESGCM()
      var authentic = false
      let value = try SecretBytes(count: body.count - AESGCM.tagSize) { output in
        authentic = try sessionKey.withBytes { key in
          try cipher.open(body, key: key, into: output)
        }
      }
      return authentic ? .opened(value) : .changed
    }
  }

  /// Decrypts what RSA-OAEP with SHA-256 encrypted under `label`; nil if it does not match.
  ///
  /// - Returns: a message of any length, although the format has only session keys.
  func decryptOAEP(_ encrypted: UnsafeRawBufferPointer, label: [UInt8]) throws -> SecretBytes? {
    guard encrypted.count == size else { return nil }
    let context = try check(EVP_PKEY_CTX_new_from_pkey(nil, pointer, nil), "EVP_PKEY_CTX_new")
    defer { EVP_PKEY_CTX_free(context) }
    try check(EVP_PKEY_decrypt_init(context), "EVP_PKEY_decrypt_init")
    try check(moltseal_set_oaep(context, label, label.count), "EVP_PKEY_CTX_set_params")
    var written = size
    var opened = false
    // OAEP's decoder needs room for the whole modulus, however short the message is.
    let whole = try SecretBytes(count: size) { output throws(OpenSSLError) in
      opened =
        EVP_PKEY_decrypt(
          context, output.baseAddress?.assumingMemoryBound(to: UInt8.self), &written,
          encrypted.baseAddress?.assumingMemoryBound(to: UInt8.self), encrypted.count) == 1
    }
    ERR_clear_error()
    guard opened else { return nil }
    return whole.withBytes {
      SecretBytes(copying: UnsafeRawBufferPointer(rebasing: $0[..<written]))
    }
  }
}
