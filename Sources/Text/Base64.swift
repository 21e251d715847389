/// Base64 for public data; `Cryptography` has its own for secrets.

package enum Base64 {
  /// What the bits that padding drops may be.
  package enum LeftOverBits: Sendable {
    case zero
    /// As in Go's decoder.
    case any
  }

  /// Decodes standard, padded base64; nil if a character or the padding is wrong.
  ///
  /// Line breaks are skipped, as in Go's decoder, for values that a YAML tool has folded.
  package static func decode(
    _ text: some Collection<UInt8>, leftOver: LeftOverBits = .zero
  ) -> [UInt8]? {
    var output: [UInt8] = []
    output.reserveCapacity(text.count / 4 * 3)
    var decoder = Base64Decoder(leftOver: leftOver)
    var group: UInt32 = 0
    var length = 0
    let isWhole = text.withContiguousStorageIfAvailable { bytes in
      // Decode whole groups of four while they contain only letters of the alphabet.
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
    guard let isWhole else { return decode(Array(text), leftOver: leftOver) }
    return isWhole && decoder.isComplete ? output : nil
  }
}

/// Decodes one character at a time, for both secret and public bytes.
package struct Base64Decoder {
  private var bits: UInt32 = 0
  private var pending = 0
  private var padding = 0
  private let leftOver: Base64.LeftOverBits

  package init(leftOver: Base64.LeftOverBits = .zero) { self.leftOver = leftOver }

  /// Whether the characters so far form complete, padded groups.
  package var isComplete: Bool { pending == 0 && (padding == 0 || padding == 4) }

  /// Takes one character; false if it is not allowed here.
  ///
  /// Bits that padding drops must be zero, unless they are ignored.
  package mutating func take(_ character: UInt8, _ emit: (UInt8) -> Void) -> Bool {
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
      case 2 where leftOver == .any || bits & 15 == 0:
        emit(UInt8(truncatingIfNeeded: bits >> 4))
        padding = 3
      case 3 where leftOver == .any || bits & 3 == 0:
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
