/// What a PEM value contains, without using it.

internal import COpenSSL
internal import Text

/// The blocks of one value in PEM (RFC 7468), and whether OpenSSL reads them.
package struct PEMContent {
  /// The result of reading one block.
  package enum Reading: Equatable {
    case certificate, privateKey
    /// A private key that needs a passphrase.
    case encryptedKey
    /// Base64 between valid BEGIN and END lines, of a kind that is not examined.
    case other
    /// Nothing that OpenSSL accepts.
    case unreadable
  }

  /// The label of each block, such as `PRIVATE KEY`, and its content.
  package let blocks: [(label: String, reading: Reading)]

  /// Reads every block of a value; text between the blocks is allowed.
  package init(_ value: SecretBytes) {
    blocks = value.withBytes { bytes in
      PEMBlock.find(in: bytes).map { block in
        (
          block.label,
          PEMContent.reading(UnsafeRawBufferPointer(rebasing: bytes[block.range]), block.label)
        )
      }
    }
  }

  /// Whether a private key belongs to a certificate; nil if one of them cannot be read.
  ///
  /// - Parameter certificate: the first one counts, as in TLS servers.
  package static func isPair(certificate: SecretBytes, key: SecretBytes) -> Bool? {
    defer { ERR_clear_error() }
    return certificate.withBytes { certificate -> Bool? in
      key.withBytes { key -> Bool? in
        guard
          let parsed = first(
            "CERTIFICATE", in: certificate, { PEM_read_bio_X509($0, nil, asksNobody, nil) })
        else { return nil }
        defer { X509_free(parsed) }
        guard let pair = first("PRIVATE KEY", in: key, { readKey($0) }) else { return nil }
        defer { EVP_PKEY_free(pair) }
        return X509_check_private_key(parsed, pair) == 1
      }
    }
  }

  /// Reads the first block whose label ends with `label`.
  private static func first(
    _ label: String, in bytes: UnsafeRawBufferPointer, _ read: (OpaquePointer) -> OpaquePointer?
  ) -> OpaquePointer? {
    guard let block = PEMBlock.find(in: bytes).first(where: { $0.label.ends(with: label) }) else {
      return nil
    }
    return with(UnsafeRawBufferPointer(rebasing: bytes[block.range])) { read($0) }
  }

  private static func reading(_ block: UnsafeRawBufferPointer, _ label: String) -> Reading {
    defer { ERR_clear_error() }
    if label == "CERTIFICATE" || label == "X509 CERTIFICATE" || label == "TRUSTED CERTIFICATE" {
      guard let parsed = with(block, { PEM_read_bio_X509_AUX($0, nil, asksNobody, nil) }) else {
        return .unreadable
      }
      X509_free(parsed)
      return .certificate
    }
    // OpenSSL knows neither OpenSSH's own format nor PGP's.
    if label.begins(with: "PGP ") { return .other }
    if label.ends(with: "PRIVATE KEY"), label != "OPENSSH PRIVATE KEY" {
      ERR_clear_error()
      guard let key = with(block, { readKey($0) }) else {
        return OpenSSLError("PEM_read_bio_PrivateKey").reasons.contains { $0.contains("password") }
          ? .encryptedKey : .unreadable
      }
      EVP_PKEY_free(key)
      return .privateKey
    }
    return isArmoured(block) ? label.ends(with: "PRIVATE KEY") ? .privateKey : .other : .unreadable
  }

  /// Replaces OpenSSL's own callback, which asks on the terminal if a PEM says that it is
  /// encrypted.
  private static let asksNobody:
    @convention(c) (
      UnsafeMutablePointer<CChar>?, Int32, Int32, UnsafeMutableRawPointer?
    ) -> Int32 = { _, _, _, _ in -1 }

  private static func readKey(_ bio: OpaquePointer) -> OpaquePointer? {
    PEM_read_bio_PrivateKey(bio, nil, asksNobody, nil)
  }

  private static func isArmoured(_ block: UnsafeRawBufferPointer) -> Bool {
    with(block) { bio in
      var name: UnsafeMutablePointer<CChar>?
      var header: UnsafeMutablePointer<CChar>?
      var data: UnsafeMutablePointer<UInt8>?
      var count = 0
      guard PEM_read_bio(bio, &name, &header, &data, &count) == 1 else { return false }
      moltseal_free(name)
      moltseal_free(header)
      OPENSSL_cleanse(data, count)
      moltseal_free(data)
      return count > 0
    } ?? false
  }

  /// Passes a reader of the block to `body`; it must not outlive the bytes.
  private static func with<T>(
    _ block: UnsafeRawBufferPointer, _ body: (OpaquePointer) -> T?
  ) -> T? {
    guard let bio = BIO_new_mem_buf(block.baseAddress, Int32(block.count)) else { return nil }
    defer { BIO_free(bio) }
    return body(bio)
  }
}
