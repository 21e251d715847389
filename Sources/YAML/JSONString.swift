/// Decodes the escapes of a JSON string (RFC 8259 section 7) without leaving a copy.

internal import Glibc

enum JSONString {
  /// Passes the decoded bytes to `body` and overwrites them; nil if an escape is unknown.
  ///
  /// Half of a surrogate pair becomes U+FFFD, as in Go.
  static func decode<Result>(
    _ raw: UnsafeRawBufferPointer, _ body: (UnsafeRawBufferPointer) -> Result
  ) -> Result? {
    // No escape is shorter than its value.
    let room = UnsafeMutableRawBufferPointer.allocate(byteCount: raw.count + 4, alignment: 1)
    defer {
      if let base = room.baseAddress { explicit_bzero(base, room.count) }
      room.deallocate()
    }
    var (position, length) = (0, 0)
    func put(_ scalar: Unicode.Scalar) {
      for byte in UTF8.encode(scalar) ?? UTF8.EncodedScalar() {
        room[length] = byte
        length += 1
      }
    }
    while position < raw.count {
      guard raw[position] == UInt8(ascii: "\\") else {
        room[length] = raw[position]
        (position, length) = (position + 1, length + 1)
        continue
      }
      guard position + 1 < raw.count else { return nil }
      position += 2
      switch raw[position - 1] {
      case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"):
        put(Unicode.Scalar(raw[position - 1]))
      case UInt8(ascii: "b"): put("\u{8}")
      case UInt8(ascii: "f"): put("\u{C}")
      case UInt8(ascii: "n"): put("\n")
      case UInt8(ascii: "r"): put("\r")
      case UInt8(ascii: "t"): put("\t")
      case UInt8(ascii: "u"):
        guard let first = unit(raw, position) else { return nil }
        position += 4
        if UTF16.isLeadSurrogate(first), position + 1 < raw.count,
          raw[position] == UInt8(ascii: "\\"), raw[position + 1] == UInt8(ascii: "u"),
          let second = unit(raw, position + 2), UTF16.isTrailSurrogate(second)
        {
          position += 6
          put(UTF16.decode(UTF16.EncodedScalar([first, second])))
        } else {
          put(Unicode.Scalar(first) ?? "\u{FFFD}")
        }
      default: return nil
      }
    }
    return body(UnsafeRawBufferPointer(rebasing: room[..<length]))
  }

  /// Four hex digits.
  private static func unit(_ raw: UnsafeRawBufferPointer, _ start: Int) -> UInt16? {
    guard start + 4 <= raw.count else { return nil }
    var value: UInt16 = 0
    for byte in raw[start..<start + 4] {
      let digit: UInt8
      switch byte {
      case 48...57: digit = byte - 48
      case 65...70: digit = byte - 55
      case 97...102: digit = byte - 87
      default: return nil
      }
      value = value << 4 | UInt16(digit)
    }
    return value
  }
}
