/// Base64 and hex against RFC 4648's own vectors, and what is not base64.

import Cryptography
import Testing
import Text

@Suite("Encodings")
struct EncodingTests {
  private static let vectors: [(String, String)] = [
    ("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foob", "Zm9vYg=="),
    ("fooba", "Zm9vYmE="), ("foobar", "Zm9vYmFy"),
  ]

  private func secret(_ text: String) -> SecretBytes {
    Array(text.utf8).withUnsafeBytes { SecretBytes(copying: $0) }
  }

  private func text(_ secret: SecretBytes) -> String {
    secret.withBytes { String(decoding: $0, as: UTF8.self) }
  }

  @Test("base64 of public and of secret bytes is RFC 4648's")
  func base64() {
    for (plain, encoded) in Self.vectors {
      #expect(Array(plain.utf8).withUnsafeBytes { Base64.encode($0) } == encoded)
      #expect(text(Base64.encode(secret(plain))) == encoded)
      #expect(Base64.decode(encoded.utf8) == Array(plain.utf8))
      let decoded = Array(encoded.utf8).withUnsafeBytes { Base64.decodeSecret($0) }
      #expect(decoded.map { text($0) } == plain)
      #expect(text(Base64.encodeURLSafe(secret(plain))) == encoded.filter { $0 != "=" })
    }
  }

  @Test(
    "what is not padded standard base64 is refused",
    arguments: [
      "Z", "Zg", "Zg=", "Zg===", "Zh==", "Zm9=", "Zm9v=", "Zm9v!", "Zm-v", "=", "Zg==Zg==",
    ])
  func notBase64(text: String) {
    #expect(Base64.decode(text.utf8) == nil)
  }

  @Test("every byte value survives, and hex is lower case")
  func allBytes() {
    let bytes = Array(UInt8.min...UInt8.max)
    let encoded = bytes.withUnsafeBytes { Base64.encode($0) }
    #expect(Base64.decode(encoded.utf8) == bytes)
    #expect(Hex.encode([0, 15, 171, 255]) == "000fabff")
    let hex = bytes.withUnsafeBytes { Hex.encode(SecretBytes(copying: $0)) }
    #expect(text(hex) == Hex.encode(bytes))
  }

  @Test("PEM blocks are found with their lines, whatever the line endings")
  func pemBlocks() {
    let text = "text\r\n-----BEGIN A B-----\r\nAA==\r\n-----END A B-----\r\n-----BEGIN C-----\nx"
    let blocks = PEMBlock.find(in: Array(text.utf8))
    #expect(blocks.map(\.label) == ["A B", "C"])
    #expect(blocks.map(\.line) == [2, 5])
  }
}
