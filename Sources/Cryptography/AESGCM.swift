/// AES-256-GCM with a key that is used once.

internal import COpenSSL

/// Encrypts and decrypts with AES-256-GCM, a zero 12-byte nonce and no additional data.
///
/// The zero nonce is safe only because every key seals one value (sealed-secrets,
/// `pkg/crypto/crypto.go`). The context is reused between values and wiped with its owner, because
/// it contains the last key.
///
/// Only tests, which compare with published vectors, pass another nonce or additional data.
final class AESGCM {
  static let keySize = 32
  static let tagSize = 16
  private static let zeroNonce = [UInt8](repeating: 0, count: 12)
  private let nonce: [UInt8]
  private let additionalData: [UInt8]
  private let context: OpaquePointer  // <EVP_CIPHER_CTX>

  init(
    nonce: [UInt8] = AESGCM.zeroNonce, additionalData: [UInt8] = []
  ) throws(OpenSSLError) {
    precondition(nonce.count == AESGCM.zeroNonce.count)
    self.nonce = nonce
    self.additionalData = additionalData
    context = try check(EVP_CIPHER_CTX_new(), "EVP_CIPHER_CTX_new")
    try check(
      EVP_CipherInit_ex(context, EVP_aes_256_gcm(), nil, nil, nil, 1), "EVP_CipherInit_ex")
  }

  deinit {
    EVP_CIPHER_CTX_reset(context)
    EVP_CIPHER_CTX_free(context)
  }

  /// Appends ciphertext and 16-byte tag to `output`, which must have room for `plaintext.count +
  /// 16`.
  func seal(
    _ plaintext: UnsafeRawBufferPointer, key: UnsafeRawBufferPointer,
    into output: UnsafeMutableRawBufferPointer
  ) throws(OpenSSLError) {
    let start = try begin(.encryption, key: key, output: output)
    try update(plaintext, start)
    var final: Int32 = 0
    try check(EVP_CipherFinal_ex(context, start + plaintext.count, &final), "EVP_CipherFinal_ex")
    try check(
      EVP_CIPHER_CTX_ctrl(
        context, EVP_CTRL_AEAD_GET_TAG, Int32(AESGCM.tagSize), start + plaintext.count),
      "EVP_CTRL_AEAD_GET_TAG")
  }

  /// Writes the plaintext of `ciphertext`, whose last 16 bytes are the tag; false if it was
  /// changed.
  func open(
    _ ciphertext: UnsafeRawBufferPointer, key: UnsafeRawBufferPointer,
    into output: UnsafeMutableRawBufferPointer
  ) throws(OpenSSLError) -> Bool {
    let start = try begin(.decryption, key: key, output: output)
    let body = UnsafeRawBufferPointer(rebasing: ciphertext.dropLast(AESGCM.tagSize))
    try update(body, start)
    var tag = Array(ciphertext.suffix(AESGCM.tagSize))
    try check(
      EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_SET_TAG, Int32(AESGCM.tagSize), &tag),
      "EVP_CTRL_AEAD_SET_TAG")
    var final: Int32 = 0
    let authentic = EVP_CipherFinal_ex(context, start + body.count, &final) == 1
    ERR_clear_error()
    return authentic
  }

  private enum Direction { case encryption, decryption }

  private func begin(
    _ direction: Direction, key: UnsafeRawBufferPointer, output: UnsafeMutableRawBufferPointer
  ) throws(OpenSSLError) -> UnsafeMutablePointer<UInt8> {
    precondition(key.count == AESGCM.keySize)
    try check(
      EVP_CipherInit_ex(
        context, nil, nil, key.baseAddress?.assumingMemoryBound(to: UInt8.self), nonce,
        direction == .encryption ? 1 : 0),
      "EVP_CipherInit_ex")
    if !additionalData.isEmpty {
      var written: Int32 = 0
      try check(
        EVP_CipherUpdate(context, nil, &written, additionalData, Int32(additionalData.count)),
        "EVP_CipherUpdate")
    }
    return try check(output.baseAddress, "AES-256-GCM output").assumingMemoryBound(to: UInt8.self)
  }

  private func update(
    _ input: UnsafeRawBufferPointer, _ output: UnsafeMutablePointer<UInt8>
  ) throws(OpenSSLError) {
    guard let base = input.baseAddress, input.count > 0 else { return }
    var written: Int32 = 0
    try check(
      EVP_CipherUpdate(
        context, output, &written, base.assumingMemoryBound(to: UInt8.self), Int32(input.count)),
      "EVP_CipherUpdate")
  }
}
