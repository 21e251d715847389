/// Two key pairs that are good for nothing but these tests.

import Cryptography
import Foundation

struct KeyPair {
  let publicKey: RSAPublicKey
  let privateKey: RSAPrivateKey

  static func first() throws -> KeyPair { try KeyPair("first") }
  static func second() throws -> KeyPair { try KeyPair("second") }

  private init(_ name: String) throws {
    let folder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .appending(path: "Vectors/keys")
    let certificate = try Data(contentsOf: folder.appending(path: name + ".crt"))
    publicKey = try Certificate(pem: Array(certificate), now: 1_800_000_000).key
    let key = Array(try Data(contentsOf: folder.appending(path: name + ".key")))
    privateKey = try RSAPrivateKey(pem: key.withUnsafeBytes { SecretBytes(copying: $0) })
  }
}
