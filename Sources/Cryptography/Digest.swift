/// SHA-256 of public bytes: certificates, ciphertexts, files.

internal import COpenSSL

package enum Digest {
  /// SHA-256 in lower-case hex, 64 characters.
  ///
  /// Never given a plaintext.
  package static func sha256(_ bytes: UnsafeRawBufferPointer) -> String {
    var digest = [UInt8](repeating: 0, count: 32)
    // It fails only where no provider is loaded; a digest of zeros would match nothing.
    _ = EVP_Digest(bytes.baseAddress, bytes.count, &digest, nil, EVP_sha256(), nil)
    return Hex.encode(digest)
  }

  package static func sha256(_ bytes: [UInt8]) -> String { bytes.withUnsafeBytes { sha256($0) } }
}
