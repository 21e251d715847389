/// Wycheproof's vectors, through the functions that seal and open.

import Foundation
import Testing

@testable import Cryptography

@Suite("Wycheproof")
struct WycheproofTests {
  /// One file of `Tests/Vectors/wycheproof`.
  private struct Vectors<Vector: Decodable>: Decodable {
    let privateKeyPkcs8: String?
    let tests: [Vector]
  }

  private struct GCMVector: Decodable {
    let tcId: Int
    let comment, key, iv, aad, msg, ct, tag, result: String
  }

  private struct OAEPVector: Decodable {
    let tcId: Int
    let comment, msg, ct, label, result: String
  }

  private func vectors<Vector: Decodable>(_ name: String) throws -> Vectors<Vector> {
    let file = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .appending(path: "Vectors/wycheproof/\(name).json")
    return try JSONDecoder().decode(Vectors.self, from: Data(contentsOf: file))
  }

  private func bytes(_ hex: String) throws -> [UInt8] {
    let digits = Array(hex.utf8)
    return try stride(from: 0, to: digits.count, by: 2).map {
      let pair = String(decoding: digits[$0..<$0 + 2], as: UTF8.self)
      return try #require(UInt8(pair, radix: 16))
    }
  }

  @Test("AES-256-GCM seals to the vector's ciphertext and tag, and opens no changed tag")
  func gcm() throws {
    let tests: [GCMVector] = try vectors("aes_256_gcm").tests
    #expect(tests.count == 66)
    for test in tests {
      let (key, message) = (try bytes(test.key), try bytes(test.msg))
      let sealed = try bytes(test.ct + test.tag)
      let cipher = try AESGCM(nonce: try bytes(test.iv), additionalData: try bytes(test.aad))
      let place: Comment = "\(test.tcId): \(test.comment)"

      var output = [UInt8](repeating: 0, count: message.count + AESGCM.tagSize)
      try message.withUnsafeBytes { message in
        try key.withUnsafeBytes { key in
          try output.withUnsafeMutableBytes { try cipher.seal(message, key: key, into: $0) }
        }
      }
      #expect((output == sealed) == (test.result == "valid"), place)

      var opened = [UInt8](repeating: 0, count: max(message.count, 1))
      let authentic = try sealed.withUnsafeBytes { sealed in
        try key.withUnsafeBytes { key in
          try opened.withUnsafeMutableBytes { try cipher.open(sealed, key: key, into: $0) }
        }
      }
      #expect(authentic == (test.result == "valid"), place)
      if authentic { #expect(Array(opened.prefix(message.count)) == message, place) }
    }
  }

  @Test(
    "RSA-OAEP with SHA-256 opens what is valid, under its label, and nothing else",
    arguments: [2048, 3072, 4096])
  func oaep(bits: Int) throws {
    let file: Vectors<OAEPVector> = try vectors("rsa_oaep_\(bits)_sha256")
    #expect(file.tests.count == 37)
    let der = Data(try bytes(try #require(file.privateKeyPkcs8)))
    let text = der.base64EncodedString(options: [.lineLength64Characters, .endLineWithLineFeed])
    let pem = Array("-----BEGIN PRIVATE KEY-----\n\(text)\n-----END PRIVATE KEY-----\n".utf8)
    let key = try RSAPrivateKey(pem: pem.withUnsafeBytes { SecretBytes(copying: $0) })
    #expect(key.size * 8 == bits)
    for test in file.tests {
      let (encrypted, label) = (try bytes(test.ct), try bytes(test.label))
      let place: Comment = "\(test.tcId): \(test.comment)"
      let message = try encrypted.withUnsafeBytes { try key.decryptOAEP($0, label: label) }
      let expected = test.result == "valid" ? try bytes(test.msg) : nil
      #expect(message.map { $0.withBytes { Array($0) } } == expected, place)
      if expected != nil {
        let other = try encrypted.withUnsafeBytes { try key.decryptOAEP($0, label: label + [0]) }
        #expect(other == nil, place)
      }
    }
  }
}
