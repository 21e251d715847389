/// Public keys that come as text: what nobody should trust is none.

import Cryptography
import Testing

@Suite("Public keys")
struct PublicKeyTests {
  @Test("a key comes back as it was made, and one that is too short does not")
  func sizes() throws {
    for kind in [KeyPair.Kind.rsa(bits: 2048), .ec(curve: "P-256"), .ed25519] {
      let made = try KeyPair(kind).publicKey
      #expect(try PublicKey(base64: made.base64).jwk == made.jwk)
    }
    for bits in [512, 1024, 2040] {
      let weak = try KeyPair(.rsa(bits: bits)).publicKey
      #expect(throws: OpenSSLError.self) { try PublicKey(base64: weak.base64) }
    }
  }
}
