/// Base64 and hex: for public bytes as strings, for secret ones into SecretBytes.

internal import COpenSSL

package enum Hex {
  static let digits = Array("0123456789abcdef".utf8)

  /// Lower-case hex of public bytes.
  package static func encode(_ bytes: some Sequence<UInt8>) -> String {
    var text: [UInt8] = []
    for byte in bytes {
      text.append(digits[Int(byte >> 4)])
      text.append(digits[Int(byte & 15)])
    }
    return String(decoding: text, as: UTF8.self)
  }

  /// Lower-case hex of a secret, twice its length.
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

package enum Base64 {
  static let standard = Array(
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
  static let urlSafe = Array(
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".utf8)

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
    encode(secret, alphabet: standard, padded: true)
  }

  /// URL-safe base64 without padding (RFC 4648 section 5) of a secret.
  package static func encodeURLSafe(_ secret: SecretBytes) -> SecretBytes {
    encode(secret, alphabet: urlSafe, padded: false)
  }

  private static func encode(_ secret: SecretBytes, alphabet: [UInt8], padded: Bool) -> SecretBytes
  {
    let characters = (secret.count * 8 + 5) / 6
    let length = padded ? (secret.count + 2) / 3 * 4 : characters
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
          output[position] = alphabet[Int(((first | second) >> (10 - bit % 8)) & 63)]
        }
      }
    }
  }

  /// Decodes standard, padded base64; nil where a character or the padding is wrong.
  ///
  /// Line breaks are skipped, as Go's decoder does, for values that a YAML tool has folded.
  package static func decode(_ text: some Collection<UInt8>) -> [UInt8]? {
    var output: [UInt8] = []
    output.reserveCapacity(text.count / 4 * 3)
    var decoder = Base64Decoder()
    var group: UInt32 = 0
    var length = 0
    let isWhole = text.withContiguousStorageIfAvailable { bytes in
      // Whole groups of four, as long as nothing but letters of the alphabet stands in them.
      var position = 0
      while position + 4 <= bytes.count {
        group = 0
        for offset in 0..<4 {
          guard let value = Base64Decoder.value(of: bytes[position + offset]) else { break }
          group = group << 6 | UInt32(value)
          length = offset + 1
        }
        guard length == 4 else { break }
        output.append(UInt8(truncatingIfNeeded: group >> 16))
        output.append(UInt8(truncatingIfNeeded: group >> 8))
        output.append(UInt8(truncatingIfNeeded: group))
        (position, length) = (position + 4, 0)
      }
      return bytes[position...].allSatisfy { decoder.take($0) { output.append($0) } }
    }
    // An array is always contiguous.
    guard let isWhole else { return decode(Array(text)) }
    return isWhole && decoder.isComplete ? output : nil
  }

  /// Decodes a secret; nil as for public text.
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

/// Decodes one character at a time, so that secret and public bytes share it.
struct Base64Decoder {
  private var bits: UInt32 = 0
  private var pending = 0
  private var padding = 0

  /// Whether the characters so far are a whole number of padded groups.
  var isComplete: Bool { pending == 0 && (padding == 0 || padding == 4) }

  /// Takes one character; false where it cannot stand here.
  ///
  /// Bits that padding drops must be zero.
  mutating func take(_ character: UInt8, _ emit: (UInt8) -> Void) -> Bool {
    switch character {
    case 10, 13: return true
    case UInt8(ascii: "="): return takePadding(emit)
    default: break
    }
    guard padding == 0, let value = Base64Decoder.value(of: character) else { return false }
    bits = bits << 6 | UInt32(value)
    pending += 1
    if pending == 4 {
      emit(UInt8(truncatingIfNeeded: bits >> 16))
      emit(UInt8(truncatingIfNeeded: bits >> 8))
      emit(UInt8(truncatingIfNeeded: bits))
      (bits, pending) = (0, 0)
    }
    return true
  }

  private mutating func takePadding(_ emit: (UInt8) -> Void) -> Bool {
    if padding == 0 {
      switch pending {
      case 2 where bits & 15 == 0:
        emit(UInt8(truncatingIfNeeded: bits >> 4))
        padding = 3
      case 3 where bits & 3 == 0:
        emit(UInt8(truncatingIfNeeded: bits >> 10))
        emit(UInt8(truncatingIfNeeded: bits >> 2))
        padding = 4
      default: return false
      }
      (bits, pending) = (0, 0)
      return true
    }
    guard padding == 3 else { return false }
    padding = 4
    return true
  }

  static func value(of character: UInt8) -> UInt8? {
    switch character {
    case UInt8(ascii: "A")...UInt8(ascii: "Z"): character - UInt8(ascii: "A")
    case UInt8(ascii: "a")...UInt8(ascii: "z"): character - UInt8(ascii: "a") + 26
    case UInt8(ascii: "0")...UInt8(ascii: "9"): character - UInt8(ascii: "0") + 52
    case UInt8(ascii: "+"): 62
    case UInt8(ascii: "/"): 63
    default: nil
    }
  }
}
