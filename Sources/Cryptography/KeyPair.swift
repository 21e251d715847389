/// Makes signing key pairs: the private half as PKCS#8 PEM, the public half as PEM and JWK.

internal import COpenSSL
internal import Text

/// The public half of a key pair, for a verifier.
package struct PublicKey: Sendable, Equatable {
  /// The DER SubjectPublicKeyInfo (RFC 5280 section 4.1) in base64, on one line.
  package let base64: String
  /// The JSON Web Key (RFC 7517, RFC 8037) with its RFC 7638 thumbprint as `kid`.
  package let jwk: String
}

extension PublicKey {
  /// Reads the public half of a key pair from its DER SubjectPublicKeyInfo, and computes its JSON
  /// Web Key.
  ///
  /// - Parameter base64: exactly one key, in the encoding of the property `base64`.
  /// - Throws: `OpenSSLError` for anything else, and for a kind that no recipe makes.
  package init(base64: String) throws(OpenSSLError) {
    guard let der = Base64.decode(Array(base64.utf8)) else { throw OpenSSLError("base64") }
    let pointer = der.withUnsafeBufferPointer { der -> OpaquePointer? in
      var start = der.baseAddress
      return d2i_PUBKEY(nil, &start, der.count)
    }
    let key = try check(pointer, "d2i_PUBKEY")
    defer { EVP_PKEY_free(key) }
    let kind = try KeyPair.kind(of: key)
    if case .rsa(let bits) = kind {
      // Whoever can change the text could make verifiers trust a key that anybody can sign with.
      let exponent = try KeyPair.number("e", key)
      guard (2048...16_384).contains(bits), exponent.count <= 4,
        exponent.last.map({ $0 & 1 == 1 }) == true,
        exponent.reduce(0, { $0 << 8 | Int($1) }) >= 65_537
      else { throw OpenSSLError("the size of the key") }
    }
    let made = try KeyPair.publicKey(key, kind)
    // A second key after the first, or another encoding of it, does not round-trip.
    guard made.base64 === base64 else { throw OpenSSLError("d2i_PUBKEY") }
    self = made
  }
}

package struct KeyPair: Sendable {
  package enum Kind: Sendable, Equatable {
    /// - Parameter bits: the width of the modulus.
    case rsa(bits: Int)
    /// - Parameter curve: `P-256`, `P-384` or `P-521`.
    case ec(curve: String)
    case ed25519
  }

  /// PKCS#8 PEM (RFC 7468 section 10), with a final line ending.
  package let privateKey: SecretBytes
  package let publicKey: PublicKey

  /// Generates a key pair with OpenSSL's private random generator.
  ///
  /// - Throws: `OpenSSLError`.
  package init(_ kind: Kind) throws(OpenSSLError) {
    let pointer = try KeyPair.generate(kind)
    // Freeing an EVP_PKEY wipes its private half.
    defer { EVP_PKEY_free(pointer) }
    privateKey = try KeyPair.privatePEM(pointer)
    publicKey = try KeyPair.publicKey(pointer, kind)
  }

  private static func generate(_ kind: Kind) throws(OpenSSLError) -> OpaquePointer {
    let name =
      switch kind {
      case .rsa: "RSA"
      case .ec: "EC"
      case .ed25519: "ED25519"
      }
    let context = try check(
      EVP_PKEY_CTX_new_from_name(nil, name, nil), "EVP_PKEY_CTX_new_from_name")
    defer { EVP_PKEY_CTX_free(context) }
    try check(EVP_PKEY_keygen_init(context), "EVP_PKEY_keygen_init")
    switch kind {
    case .rsa(let bits):
      try check(
        EVP_PKEY_CTX_set_rsa_keygen_bits(context, Int32(bits)), "EVP_PKEY_CTX_set_rsa_keygen_bits")
    case .ec(let curve):
      try check(EVP_PKEY_CTX_set_group_name(context, curve), "EVP_PKEY_CTX_set_group_name")
    case .ed25519: break
    }
    var pointer: OpaquePointer?
    try check(EVP_PKEY_generate(context, &pointer), "EVP_PKEY_generate")
    return try check(pointer, "EVP_PKEY_generate")
  }

  private static func privatePEM(_ pointer: OpaquePointer) throws(OpenSSLError) -> SecretBytes {
    let info = try check(EVP_PKEY2PKCS8(pointer), "EVP_PKEY2PKCS8")
    // Freeing it wipes its key.
    defer { PKCS8_PRIV_KEY_INFO_free(info) }
    let length = i2d_PKCS8_PRIV_KEY_INFO(info, nil)
    guard length > 0 else { throw OpenSSLError("i2d_PKCS8_PRIV_KEY_INFO") }
    let der = try SecretBytes(count: Int(length)) { output throws(OpenSSLError) in
      var end = output.bindMemory(to: UInt8.self).baseAddress
      guard i2d_PKCS8_PRIV_KEY_INFO(info, &end) == length else {
        throw OpenSSLError("i2d_PKCS8_PRIV_KEY_INFO")
      }
    }
    return pem(Base64.encode(der))
  }

  /// Lines of 64 characters between BEGIN and END.
  private static func pem(_ base64: SecretBytes) -> SecretBytes {
    let head = Array("-----BEGIN PRIVATE KEY-----\n".utf8)
    let tail = Array("-----END PRIVATE KEY-----\n".utf8)
    let lines = (base64.count + 63) / 64
    return SecretBytes(count: head.count + base64.count + lines + tail.count) { output in
      base64.withBytes { base64 in
        var position = 0
        func put(_ byte: UInt8) {
          output[position] = byte
          position += 1
        }
        head.forEach(put)
        for (index, byte) in base64.enumerated() {
          put(byte)
          if index % 64 == 63 || index == base64.count - 1 { put(10) }
        }
        tail.forEach(put)
      }
    }
  }

  // MARK: The public half

  /// The kind of a key.
  fileprivate static func kind(of pointer: OpaquePointer) throws(OpenSSLError) -> Kind {
    if EVP_PKEY_is_a(pointer, "RSA") == 1 { return .rsa(bits: Int(EVP_PKEY_get_bits(pointer))) }
    if EVP_PKEY_is_a(pointer, "ED25519") == 1 { return .ed25519 }
    let curves = ["prime256v1": "P-256", "secp384r1": "P-384", "secp521r1": "P-521"]
    var name = [CChar](repeating: 0, count: 64)
    var length = 0
    guard EVP_PKEY_is_a(pointer, "EC") == 1,
      EVP_PKEY_get_group_name(pointer, &name, name.count, &length) == 1,
      let curve = curves[
        String(decoding: name[..<length].map(UInt8.init(bitPattern:)), as: UTF8.self)]
    else { throw OpenSSLError("the kind of the key") }
    return .ec(curve: curve)
  }

  fileprivate static func publicKey(
    _ pointer: OpaquePointer, _ kind: Kind
  ) throws(OpenSSLError) -> PublicKey {
    var der: UnsafeMutablePointer<UInt8>?
    let length = i2d_PUBKEY(pointer, &der)
    let bytes = try check(der, "i2d_PUBKEY")
    defer { moltseal_free(bytes) }
    let spki = UnsafeRawBufferPointer(start: bytes, count: Int(length))
    // In the order of their names, as the thumbprint requires.
    var members: [(String, String)]
    switch kind {
    case .rsa:
      members = [
        ("e", urlSafe(try number("e", pointer))), ("kty", "RSA"),
        ("n", urlSafe(try number("n", pointer))),
      ]
    case .ec(let curve):
      let point = try octets("pub", pointer)
      // Uncompressed: 4, then both coordinates.
      let half = (point.count - 1) / 2
      guard point.first == 4, point.count == 2 * half + 1 else { throw OpenSSLError("EC point") }
      members = [
        ("crv", curve), ("kty", "EC"), ("x", urlSafe(Array(point[1...half]))),
        ("y", urlSafe(Array(point[(half + 1)...]))),
      ]
    case .ed25519:
      members = [
        ("crv", "Ed25519"), ("kty", "OKP"), ("x", urlSafe(try octets("pub", pointer))),
      ]
    }
    let canonical = "{" + members.map { "\"\($0)\":\"\($1)\"" }.joined(separator: ",") + "}"
    let thumbprint = try sha256(Array(canonical.utf8))
    members += [("kid", urlSafe(thumbprint)), ("use", "sig")]
    return PublicKey(
      base64: Base64.encode(spki),
      jwk: "{" + members.map { "\"\($0)\":\"\($1)\"" }.joined(separator: ",") + "}")
  }

  fileprivate static func number(
    _ name: String, _ pointer: OpaquePointer
  ) throws(OpenSSLError) -> [UInt8] {
    var number: OpaquePointer?  // <BIGNUM>
    try check(EVP_PKEY_get_bn_param(pointer, name, &number), "EVP_PKEY_get_bn_param")
    defer { BN_free(number) }
    var bytes = [UInt8](repeating: 0, count: Int((BN_num_bits(number) + 7) / 8))
    guard BN_bn2bin(number, &bytes) == Int32(bytes.count) else { throw OpenSSLError("BN_bn2bin") }
    return bytes
  }

  private static func octets(
    _ name: String, _ pointer: OpaquePointer
  ) throws(OpenSSLError) -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: 256)
    var length = 0
    try check(
      EVP_PKEY_get_octet_string_param(pointer, name, &bytes, bytes.count, &length),
      "EVP_PKEY_get_octet_string_param")
    return Array(bytes[..<length])
  }

  private static func sha256(_ bytes: [UInt8]) throws(OpenSSLError) -> [UInt8] {
    var digest = [UInt8](repeating: 0, count: 32)
    try check(EVP_Digest(bytes, bytes.count, &digest, nil, EVP_sha256(), nil), "EVP_Digest")
    return digest
  }

  /// URL-safe base64 without padding (RFC 4648 section 5) of public bytes.
  private static func urlSafe(_ bytes: [UInt8]) -> String {
    var text = ""
    for scalar in bytes.withUnsafeBytes({ Base64.encode($0) }).unicodeScalars {
      switch scalar {
      case "+": text += "-"
      case "/": text += "_"
      case "=": break
      default: text.unicodeScalars.append(scalar)
      }
    }
    return text
  }
}
