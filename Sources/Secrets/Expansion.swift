/// Replaces single bytes of a secret with several, and the reverse.

internal import Cryptography

enum Expansion {
  /// The number of bytes that `expand` writes.
  static func count(_ value: SecretBytes, _ replacement: (UInt8) -> [UInt8]) -> Int {
    value.withBytes { $0.reduce(0) { $0 + replacement($1).count } }
  }

  /// Replaces each byte with up to six others.
  ///
  /// The replacements of single bytes are not secret. The result is measured first, so that it is
  /// written once, into memory of its final size.
  static func expand(_ value: SecretBytes, _ replacement: (UInt8) -> [UInt8]) -> SecretBytes {
    SecretBytes(count: count(value, replacement)) { output in
      value.withBytes { input in
        var position = 0
        for byte in input {
          for character in replacement(byte) {
            output[position] = character
            position += 1
          }
        }
      }
    }
  }

  /// Turns each group of bytes into one byte.
  ///
  /// - Parameter size: the size of the group that begins with a byte.
  /// - Returns: nil if a group is not complete, or if `read` returns nil.
  static func collapse(
    _ text: SecretBytes, groups size: (UInt8) -> Int,
    _ read: (Slice<UnsafeRawBufferPointer>) -> UInt8?
  ) -> SecretBytes? {
    var count = 0
    let output = SecretBytes(count: text.count) { output in
      text.withBytes { bytes in
        var position = 0
        while position < bytes.count {
          let end = position + size(bytes[position])
          guard end <= bytes.count, let byte = read(bytes[position..<end]) else {
            count = -1
            return
          }
          output[count] = byte
          count += 1
          position = end
        }
      }
    }
    guard count >= 0 else { return nil }
    return output.withBytes {
      SecretBytes(copying: UnsafeRawBufferPointer(rebasing: $0[0..<count]))
    }
  }
}
