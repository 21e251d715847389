/// SCRAM-SHA-256 verifiers, the form in which PostgreSQL stores a password.

internal import COpenSSL
internal import Text

package enum SCRAM {
  /// PostgreSQL's own number of iterations (`SCRAM_SHA_256_DEFAULT_ITERATIONS`).
  static let iterations = 4096
  /// The size of a verifier in characters.
  package static let length = 133

  /// Makes the verifier `SCRAM-SHA-256$4096:SALT$STOREDKEY:SERVERKEY` of a password, with a new
  /// salt of 16 bytes.
  ///
  /// See RFC 5802 and RFC 7677; the layout is that of `pg_authid.rolpassword`.
  ///
  /// - Parameter password: printable ASCII, which SASLprep (RFC 4013) leaves unchanged.
  package static func verifier(_ password: SecretBytes) throws(OpenSSLError) -> SecretBytes {
    try verifier(password, salt: try Randomness.bytes(16))
  }

  static func verifier(
    _ password: SecretBytes, salt: SecretBytes
  ) throws(OpenSSLError) -> SecretBytes {
    let salted = try SecretBytes(count: 32) { output throws(OpenSSLError) in
      let status = password.withBytes { password in
        salt.withBytes { salt in
          PKCS5_PBKDF2_HMAC(
            password.bindMemory(to: CChar.self).baseAddress, Int32(password.count),
            salt.bindMemory(to: UInt8.self).baseAddress, Int32(salt.count), Int32(iterations),
            EVP_sha256(), Int32(output.count), output.bindMemory(to: UInt8.self).baseAddress)
        }
      }
      guard status == 1 else { throw OpenSSLError("PBKDF2") }
    }
    let stored = try hash(try hmac(salted, "Client Key"))
    let server = try hmac(salted, "Server Key")
    return SecretBytes(joining: [
      text("SCRAM-SHA-256$\(iterations):"), Base64.encode(salt), text("$"), Base64.encode(stored),
      text(":"), Base64.encode(server),
    ])
  }

  private static func hmac(
    _ key: SecretBytes, _ message: String
  ) throws(OpenSSLError) -> SecretBytes {
    try SecretBytes(count: 32) { output throws(OpenSSLError) in
      var size = 0
      let message = Array(message.utf8)
      let result = key.withBytes { key in
        EVP_Q_mac(
          nil, "HMAC", nil, "SHA256", nil, key.baseAddress, key.count, message, message.count,
          output.bindMemory(to: UInt8.self).baseAddress, output.count, &size)
      }
      guard result != nil, size == output.count else { throw OpenSSLError("HMAC") }
    }
  }

  private static func hash(_ value: SecretBytes) throws(OpenSSLError) -> SecretBytes {
    try SecretBytes(count: 32) { output throws(OpenSSLError) in
      let status = value.withBytes { value in
        EVP_Digest(
          value.baseAddress, value.count, output.bindMemory(to: UInt8.self).baseAddress, nil,
          EVP_sha256(), nil)
      }
      guard status == 1 else { throw OpenSSLError("SHA-256") }
    }
  }

  private static func text(_ text: String) -> SecretBytes {
    Array(text.utf8).withUnsafeBytes { SecretBytes(copying: $0) }
  }
}
