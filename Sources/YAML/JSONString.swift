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
    while position < raw.count {
      guard raw[position] == UInt8(ascii: "\\") else {
        room[length] = raw[position]
        (position, length) = (position + 1, length + 1)
        continue
      }
      guard let scalar = escaped(raw, &position) else { return nil }
      for byte in UTF8.encode(scalar) ?? UTF8.EncodedScalar() {
        room[length] = byte
        length += 1
      }
    }
    return body(UnsafeRawBufferPointer(rebasing: room[..<length]))
  }

  /// Reads the escape at `position`; nil if there is none that JSON knows.
  private static func escaped(
    _ raw: UnsafeRawBufferPointer, _ position: inout Int
  ) -> Unicode.Scalar? {
    guard position + 1 < raw.count else { return nil }
    position += 2
    switch raw[position - 1] {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"):
      return Unicode.Scalar(raw[position - 1])
    case UInt8(ascii: "b"): return "\u{8}"
    case UInt8(ascii: "f"): return "\u{C}"
    case UInt8(ascii: "n"): return "\n"
    case UInt8(ascii: "r"): return "\r"
    case UInt8(ascii: "t"): return "\t"
    case UInt8(ascii: "u"): return hexadecimal(raw, &position)
    default: return nil
    }
  }

  /// Reads the digits after `\u`, and the other half of a surrogate pair.
  private static func hexadecimal(
    _ raw: UnsafeRawBufferPointer, _ position: inout Int
  ) -> Unicode.Scalar? {
    guard let first = unit(raw, position) else { return nil }
    position += 4
    guard UTF16.isLeadSurrogate(first), position + 1 < raw.count,
      raw[position] == UInt8(ascii: "\\"), raw[position + 1] == UInt8(ascii: "u"),
      let second = unit(raw, position + 2), UTF16.isTrailSurrogate(second)
    else { return Unicode.Scalar(first) ?? "\u{FFFD}" }
    position += 6
    return UTF16.decode(UTF16.EncodedScalar([first, second]))
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
