/// The sealed-secrets controller's certificate file, and every reason to refuse it.

internal import COpenSSL

/// One certificate with an RSA key of 2,048 to 16,384 bits.
package struct Certificate: Sendable {
  package let key: RSAPublicKey
  /// The validity period, in seconds since 1970, both ends included.
  package let notBefore: Int
  package let notAfter: Int

  /// What is wrong with a certificate file.
  package enum Fault: Error, Equatable {
    /// No certificate; `found` has the labels of the other PEM blocks.
    case none(found: [String])
    /// A byte-order mark of UTF-16 or UTF-8 precedes it, so a PEM reader finds nothing.
    case encoded(String)
    /// More than one certificate.
    case several(count: Int)
    case privateKey
    /// A block that is not a certificate in base64.
    case unreadable(String)
    case notRSA(type: String)
    case tooSmall(bits: Int)
    case tooLarge(bits: Int)
    /// A key whose ciphertexts others could decrypt.
    case noKey(RSAPublicKey.Fault)
    case notYetValid(notBefore: Int)
    case expired(notAfter: Int)
  }

  /// A fault, and the line of its PEM block, counted from 1.
  package struct Failure: Error {
    package let fault: Fault
    package let line: Int
  }

  /// Reads a PEM file.
  ///
  /// Text outside the PEM blocks is allowed (RFC 7468 section 2).
  ///
  /// - Parameter now: seconds since 1970, for the check of the validity period.
  package init(pem: [UInt8], now: Int) throws(Failure) {
    for (mark, name) in [([0xFF, 0xFE], "UTF-16"), ([0xFE, 0xFF], "UTF-16")] as [([UInt8], String)]
    where pem.starts(with: mark) {
      throw Failure(fault: .encoded(name), line: 1)
    }
    if pem.starts(with: [0xEF, 0xBB, 0xBF]) {
      throw Failure(fault: .encoded("UTF-8 with a byte-order mark"), line: 1)
    }
    let blocks = PEMBlock.find(in: pem)
    if let block = blocks.first(where: { $0.label.hasSuffix("PRIVATE KEY") }) {
      throw Failure(fault: .privateKey, line: block.line)
    }
    let certificates = blocks.filter { $0.label == "CERTIFICATE" || $0.label == "X509 CERTIFICATE" }
    // OpenSSL's own form of a certificate: kubeseal does not read it, and with two it is unclear
    // which one is meant.
    let isTrusted = blocks.contains { $0.label == "TRUSTED CERTIFICATE" }
    guard let block = certificates.first, !isTrusted else {
      throw Failure(fault: .none(found: blocks.map(\.label)), line: blocks.first?.line ?? 1)
    }
    if certificates.count > 1 {
      throw Failure(fault: .several(count: certificates.count), line: certificates[1].line)
    }
    do {
      try self.init(block: block, now: now)
    } catch {
      throw Failure(fault: error, line: block.line)
    }
  }

  private init(block: PEMBlock, now: Int) throws(Fault) {
    let parsed = block.bytes.withUnsafeBytes { bytes -> OpaquePointer? in
      // The BIO keeps the pointer, so it must not outlive this closure.
      guard let bio = BIO_new_mem_buf(bytes.baseAddress, Int32(bytes.count)) else { return nil }
      defer { BIO_free(bio) }
      return PEM_read_bio_X509(bio, nil, nil, nil)
    }
    guard let certificate = parsed else {
      throw .unreadable(OpenSSLError("PEM_read_bio_X509").description)
    }
    defer { X509_free(certificate) }
    key = try Certificate.key(of: certificate)
    guard let notBefore = Certificate.seconds(X509_get0_notBefore(certificate)),
      let notAfter = Certificate.seconds(X509_get0_notAfter(certificate))
    else { throw .unreadable("its validity is not a time") }
    self.notBefore = notBefore
    self.notAfter = notAfter
    if now < notBefore { throw .notYetValid(notBefore: notBefore) }
    if now > notAfter { throw .expired(notAfter: notAfter) }
  }

  /// The RSA key of a certificate, if it has a size and numbers that can be used.
  private static func key(of certificate: OpaquePointer) throws(Fault) -> RSAPublicKey {
    guard let key = X509_get_pubkey(certificate) else {
      throw .unreadable(OpenSSLError("X509_get_pubkey").description)
    }
    guard EVP_PKEY_get_base_id(key) == EVP_PKEY_RSA else {
      let type = EVP_PKEY_get0_type_name(key).map { String(cString: $0) } ?? "unknown"
      EVP_PKEY_free(key)
      throw .notRSA(type: type)
    }
    let made: RSAPublicKey
    do {
      made = try RSAPublicKey(takingOwnershipOf: key, encoded: X509_get_X509_PUBKEY(certificate))
    } catch {
      throw .unreadable(error.description)
    }
    guard made.bits >= 2048 else { throw .tooSmall(bits: made.bits) }
    // Every use of a larger one takes seconds, and OpenSSL's own limit is the same
    // (OPENSSL_RSA_MAX_MODULUS_BITS).
    guard made.bits <= 16_384 else { throw .tooLarge(bits: made.bits) }
    do throws(RSAPublicKey.Fault) {
      try made.checkNumbers()
      try RSAPublicKey.checkSigns(X509_get0_pubkey_bitstr(certificate))
    } catch { throw .noKey(error) }
    return made
  }

  private static func seconds(_ time: UnsafePointer<ASN1_TIME>?) -> Int? {
    guard let epoch = ASN1_TIME_set(nil, 0) else { return nil }
    defer { ASN1_STRING_free(epoch) }
    var days: Int32 = 0
    var seconds: Int32 = 0
    guard let time, ASN1_TIME_diff(&days, &seconds, epoch, time) == 1 else { return nil }
    return Int(days) * 86_400 + Int(seconds)
  }
}

/// One `-----BEGIN …-----` block of a PEM file.
package struct PEMBlock {
  package let label: String
  /// The line of its BEGIN, counted from 1.
  package let line: Int
  /// The offsets of the block in the file, from its BEGIN to the end of its END line.
  package let range: Range<Int>
  package let bytes: [UInt8]

  /// Finds all blocks; a block without an END reaches to the end of the file.
  package static func find(in pem: [UInt8]) -> [PEMBlock] {
    pem.withUnsafeBytes { find(in: $0) }.map {
      PEMBlock(label: $0.label, line: $0.line, range: $0.range, bytes: Array(pem[$0.range]))
    }
  }

  /// Finds all blocks of bytes that may be secret, and copies only the labels.
  package static func find(
    in pem: UnsafeRawBufferPointer
  ) -> [(label: String, line: Int, range: Range<Int>)] {
    var blocks: [(label: String, line: Int, range: Range<Int>)] = []
    var open: (label: String, line: Int, start: Int)?
    var line = 1
    var start = 0
    while start < pem.count {
      let end = pem[start...].firstIndex { $0 == 10 || $0 == 13 } ?? pem.count
      let text = UnsafeRawBufferPointer(rebasing: pem[start..<end])
      if let label = label(of: text, "-----BEGIN ") {
        if let open { blocks.append((open.label, open.line, open.start..<start)) }
        open = (label, line, start)
      } else if let begun = open, label(of: text, "-----END ") != nil {
        blocks.append((begun.label, begun.line, begun.start..<end))
        open = nil
      }
      let isCRLF = end + 1 < pem.count && pem[end] == 13 && pem[end + 1] == 10
      start = end + (isCRLF ? 2 : 1)
      line += 1
    }
    if let open { blocks.append((open.label, open.line, open.start..<pem.count)) }
    return blocks
  }

  private static func label(of line: UnsafeRawBufferPointer, _ prefix: String) -> String? {
    var end = line.count
    while end > 0, line[end - 1] == 32 || line[end - 1] == 9 { end -= 1 }
    let line = UnsafeRawBufferPointer(rebasing: line[..<end])
    guard line.count < 80, line.starts(with: prefix.utf8),
      line.suffix(5).elementsEqual("-----".utf8)
    else { return nil }
    let label = line.dropFirst(prefix.utf8.count).dropLast(5)
    return label.isEmpty ? nil : String(decoding: label, as: UTF8.self)
  }
}
