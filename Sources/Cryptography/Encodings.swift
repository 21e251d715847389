/// Base64 and hex of secrets as SecretBytes, and fast base64 of ciphertexts.

internal import COpenSSL
package import Text

extension Hex {
  /// Lower-case hex of a secret; it is twice as long.
  package static func encode(_ secret: SecretBytes) -> SecretBytes {
    SecretBytes(count: secret.count * 2) { output in
      secret.withBytes { input in
        for (index, byte) in input.enumerated() {
          output[2 * index] = digits[Int(byte >> 4)]
          output[2 * index + 1] = digits[Int(byte & 15)]
        }
      }
    }
  }
}

extension Base64 {
  /// How six bits are written, and whether the text is filled up with `=`.
  private struct Alphabet {
    let characters: [UInt8]
    let isPadded: Bool
  }

  private static let letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
  private static let standard = Alphabet(characters: Array((letters + "+/").utf8), isPadded: true)
  private static let urlSafe = Alphabet(characters: Array((letters + "-_").utf8), isPadded: false)

  /// Standard, padded base64 (RFC 4648 section 4) of public bytes, on one line.
  package static func encode(_ bytes: UnsafeRawBufferPointer) -> String {
    guard let base = bytes.baseAddress, bytes.count > 0 else { return "" }
    let length = (bytes.count + 2) / 3 * 4
    // EVP_EncodeBlock writes a NUL after the text; the string's capacity leaves room for it.
    return String(unsafeUninitializedCapacity: length + 1) { buffer in
      Int(
        EVP_EncodeBlock(
          buffer.baseAddress, base.assumingMemoryBound(to: UInt8.self), Int32(bytes.count)))
    }
  }

  /// Standard, padded base64 of a secret.
  package static func encode(_ secret: SecretBytes) -> SecretBytes {
    encode(secret, standard)
  }

  /// URL-safe base64 without padding (RFC 4648 section 5) of a secret.
  package static func encodeURLSafe(_ secret: SecretBytes) -> SecretBytes {
    encode(secret, urlSafe)
  }

  private static func encode(_ secret: SecretBytes, _ alphabet: Alphabet) -> SecretBytes {
    let characters = (secret.count * 8 + 5) / 6
    let length = alphabet.isPadded ? (secret.count + 2) / 3 * 4 : characters
    return SecretBytes(count: length) { output in
      secret.withBytes { input in
        for position in 0..<length {
          guard position < characters else {
            output[position] = UInt8(ascii: "=")
            continue
          }
          let bit = position * 6
          let first = UInt16(input[bit / 8]) << 8
          let second = bit / 8 + 1 < input.count ? UInt16(input[bit / 8 + 1]) : 0
          output[position] = alphabet.characters[Int(((first | second) >> (10 - bit % 8)) & 63)]
        }
      }
    }
  }

  /// Decodes a secret; nil in the same cases as for public text.
  package static func decodeSecret(_ text: UnsafeRawBufferPointer) -> SecretBytes? {
    var length = 0
    var counter = Base64Decoder()
    for character in text {
      guard counter.take(character, { _ in length += 1 }) else { return nil }
    }
    guard counter.isComplete else { return nil }
    return SecretBytes(count: length) { output in
      var decoder = Base64Decoder()
      var position = 0
      for character in text {
        _ = decoder.take(character) {
          output[position] = $0
          position += 1
        }
      }
    }
  }
}
