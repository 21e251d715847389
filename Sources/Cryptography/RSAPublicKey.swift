/// The controller's public key, with its fingerprint and size.

internal import COpenSSL

/// An RSA public key of at least 2048 bits.
///
/// Safe to share between threads.
package final class RSAPublicKey: @unchecked Sendable {
  // `@unchecked`: an EVP_PKEY is reference-counted and not changed after it was read.
  let pointer: OpaquePointer  // <EVP_PKEY>

  /// SHA-256 over the DER SubjectPublicKeyInfo: `sha256:` and 64 lower-case hex digits.
  package let fingerprint: String
  /// The width of the modulus in bits.
  package let bits: Int
  /// The length of one encrypted session key in bytes.
  package var size: Int { (bits + 7) / 8 }

  /// Takes ownership of an `EVP_PKEY` that is known to be RSA.
  ///
  /// - Parameter encoded: the `X509_PUBKEY` that it was read from, if any: that has its encoding at
  ///   hand, whereas a key has to be encoded again.
  init(
    takingOwnershipOf pointer: OpaquePointer, encoded: OpaquePointer? = nil
  ) throws(OpenSSLError) {
    self.pointer = pointer
    self.bits = Int(EVP_PKEY_get_bits(pointer))
    var der: UnsafeMutablePointer<UInt8>?
    let length = encoded.map { i2d_X509_PUBKEY($0, &der) } ?? i2d_PUBKEY(pointer, &der)
    let bytes = try check(der, "i2d_PUBKEY")
    defer { moltseal_free(bytes) }
    self.fingerprint =
      "sha256:" + Digest.sha256(UnsafeRawBufferPointer(start: bytes, count: Int(length)))
  }

  /// The modulus as `size` big-endian bytes.
  package var modulus: [UInt8] {
    var number: OpaquePointer?  // <BIGNUM>
    guard EVP_PKEY_get_bn_param(pointer, "n", &number) == 1 else { return [] }
    defer { BN_free(number) }
    var bytes = [UInt8](repeating: 0, count: size)
    return BN_bn2binpad(number, &bytes, Int32(size)) == Int32(size) ? bytes : []
  }

  deinit { EVP_PKEY_free(pointer) }
}
