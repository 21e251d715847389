/// Digests of public bytes: certificates, ciphertexts, files.

internal import COpenSSL
internal import Text

package enum Digest {
  /// SHA-256 in lower-case hex, 64 characters.
  ///
  /// Must never receive a plaintext.
  package static func sha256(_ bytes: UnsafeRawBufferPointer) -> String {
    hash(bytes, size: 32, EVP_sha256())
  }

  package static func sha256(_ bytes: [UInt8]) -> String { bytes.withUnsafeBytes { sha256($0) } }

  /// Distinguishes two texts that may contain secret values.
  ///
  /// It is a MAC under a key that only this process has, so it does not help to guess a value.
  ///
  /// - Throws: `OpenSSLError`.
  package static func inThisProcess(_ bytes: UnsafeRawBufferPointer) throws -> [UInt8] {
    var mac = [UInt8](repeating: 0, count: 32)
    var size = 0
    let result = try processKey.get().withBytes { key in
      EVP_Q_mac(
        nil, "HMAC", nil, "SHA256", nil, key.baseAddress, key.count, bytes.baseAddress,
        bytes.count, &mac, mac.count, &size)
    }
    guard result != nil, size == mac.count else { throw OpenSSLError("HMAC") }
    return mac
  }

  private static let processKey = Result { try Randomness.bytes(32) }

  /// The name that git gives a file's bytes: SHA-1, or SHA-256 if `id`, a name from the same
  /// repository, has 64 digits.
  package static func gitBlob(_ bytes: [UInt8], like id: String) -> String {
    let object = Array("blob \(bytes.count)\0".utf8) + bytes
    return object.withUnsafeBytes {
      id.utf8.count == 64 ? sha256($0) : hash($0, size: 20, EVP_sha1())
    }
  }

  private static func hash(
    _ bytes: UnsafeRawBufferPointer, size: Int, _ kind: OpaquePointer?
  ) -> String {
    var digest = [UInt8](repeating: 0, count: size)
    // It fails only if no provider is loaded; a digest of zeros would match nothing.
    _ = EVP_Digest(bytes.baseAddress, bytes.count, &digest, nil, kind, nil)
    return Hex.encode(digest)
  }
}
