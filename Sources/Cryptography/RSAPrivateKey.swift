/// A backed-up controller key, which opens what its certificate sealed. Only `Recovery` uses it.

internal import COpenSSL

/// An RSA private key read from PEM (PKCS#1 or PKCS#8, not encrypted).
package final class RSAPrivateKey: @unchecked Sendable {
  // `@unchecked`: an EVP_PKEY is reference-counted and not changed after it was read.
  private let pointer: OpaquePointer  // <EVP_PKEY>
  /// The fingerprint of the matching public key, as `RSAPublicKey` writes it.
  package let fingerprint: String

  /// Why a PEM block gave no key.
  package enum ReadError: Error {
    case unreadable
    case encrypted
    case notRSA(String)
  }

  /// Reads the one private key in `pem`.
  package init(pem: SecretBytes) throws {
    let pointer: OpaquePointer? = try pem.withBytes { bytes in
      let bio = try check(BIO_new_mem_buf(bytes.baseAddress, Int32(bytes.count)), "BIO_new_mem_buf")
      defer { BIO_free(bio) }
      // The callback answers no password, so that OpenSSL never asks on the terminal by itself.
      return PEM_read_bio_PrivateKey(bio, nil, { _, _, _, _ in -1 }, nil)
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

  /// The length in bytes of what this key encrypted.
  package var size: Int { (Int(EVP_PKEY_get_bits(pointer)) + 7) / 8 }

  /// Opens one decoded ciphertext; nil where this key or this label did not make it, or it was changed.
  package func decrypt(_ ciphertext: [UInt8], label: [UInt8]) throws -> SecretBytes? {
    guard ciphertext.count >= 2 else { return nil }
    let size = Int(ciphertext[0]) << 8 | Int(ciphertext[1])
    guard size == self.size, ciphertext.count >= 2 + size + AESGCM.tagSize else { return nil }
    return try ciphertext.withUnsafeBytes { bytes in
      guard let sessionKey = try openSessionKey(bytes[2..<2 + size], label: label) else {
        return nil
      }
      let body = UnsafeRawBufferPointer(rebasing: bytes[(2 + size)...])
      let cipher = try AESGCM()
      var authentic = false
      let value = try SecretBytes(count: body.count - AESGCM.tagSize) { output in
        authentic = try sessionKey.withBytes { key in
          try cipher.open(body, key: key, into: output)
        }
      }
      return authentic ? value : nil
    }
  }

  private func openSessionKey(
    _ encrypted: Slice<UnsafeRawBufferPointer>, label: [UInt8]
  ) throws -> SecretBytes? {
    let context = try check(EVP_PKEY_CTX_new_from_pkey(nil, pointer, nil), "EVP_PKEY_CTX_new")
    defer { EVP_PKEY_CTX_free(context) }
    try check(EVP_PKEY_decrypt_init(context), "EVP_PKEY_decrypt_init")
    try check(moltseal_set_oaep(context, label, label.count), "EVP_PKEY_CTX_set_params")
    let input = UnsafeRawBufferPointer(rebasing: encrypted)
    var written = size
    // OAEP's decoder wants room for the whole modulus, whatever the message's length.
    let whole = try SecretBytes(count: size) { output throws(OpenSSLError) in
      let status = EVP_PKEY_decrypt(
        context, output.baseAddress?.assumingMemoryBound(to: UInt8.self), &written,
        input.baseAddress?.assumingMemoryBound(to: UInt8.self), input.count)
      if status != 1 { written = 0 }
    }
    ERR_clear_error()
    guard written == AESGCM.keySize else { return nil }
    return whole.withBytes { SecretBytes(copying: UnsafeRawBufferPointer(rebasing: $0[..<32])) }
  }
}
