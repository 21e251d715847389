/// Points in time, in RFC 3339 format and UTC.

internal import Text
internal import Glibc

/// Seconds since 1970, written as `2026-03-01T04:05:06Z`.
package struct Timestamp: Sendable, Equatable, Comparable, CustomStringConvertible {
  package let seconds: Int

  package init(seconds: Int) { self.seconds = seconds }

  /// Reads `YYYY-MM-DDThh:mm:ssZ`; nil for anything else.
  package init?(_ text: String) {
    let bytes = Array(text.utf8)
    let shape = Array("dddd-dd-ddTdd:dd:ddZ".utf8)
    guard bytes.count == shape.count else { return nil }
    for (byte, expected) in zip(bytes, shape) {
      let fits = expected == UInt8(ascii: "d") ? (48...57).contains(byte) : byte == expected
      guard fits else { return nil }
    }
    func number(_ range: Range<Int>) -> Int32 {
      bytes[range].reduce(0) { $0 * 10 + Int32($1) - 48 }
    }
    var parts = tm()
    parts.tm_year = number(0..<4) - 1900
    parts.tm_mon = number(5..<7) - 1
    parts.tm_mday = number(8..<10)
    parts.tm_hour = number(11..<13)
    parts.tm_min = number(14..<16)
    parts.tm_sec = number(17..<19)
    let time = Timestamp(seconds: timegm(&parts))
    // A day or hour that does not exist becomes another one.
    guard time.description == text else { return nil }
    self = time
  }

  /// Reads `YYYYMMDDThhmmssZ`, as in rotation ids; nil for anything else.
  package init?(compact: String) {
    let digits = compact.utf8.map { UInt8($0) }
    guard digits.count == 16 else { return nil }
    func part(_ range: Range<Int>) -> String { String(decoding: digits[range], as: UTF8.self) }
    self.init(
      "\(part(0..<4))-\(part(4..<6))-\(part(6..<11)):\(part(11..<13)):\(part(13..<16))")
  }

  /// When a rotation began, from its id (`r-20261124T000000Z-…`); nil for anything else.
  package init?(rotation: String) {
    let parts = rotation.pieces(between: "-")
    guard parts.count == 3, parts[0] == "r" else { return nil }
    self.init(compact: parts[1])
  }

  package var description: String { format("%Y-%m-%dT%H:%M:%SZ") }

  /// `YYYYMMDDThhmmssZ`, as in rotation ids.
  package var compact: String { format("%Y%m%dT%H%M%SZ") }

  /// `YYYY-MM-DD`.
  package var day: String { format("%Y-%m-%d") }

  package static func < (left: Timestamp, right: Timestamp) -> Bool { left.seconds < right.seconds }

  private func format(_ pattern: String) -> String {
    var time = time_t(seconds)
    var parts = tm()
    // A year beyond 32 bits is written as 1970; no certificate or lock file has one.
    gmtime_r(&time, &parts)
    // glibc pads a year with zeros only if asked to.
    let pattern = pattern.utf8.starts(with: "%Y".utf8) ? "%04Y" + pattern.dropFirst(2) : pattern
    return String(unsafeUninitializedCapacity: 64) { buffer in
      buffer.withMemoryRebound(to: CChar.self) {
        strftime($0.baseAddress, $0.count, pattern, &parts)
      }
    }
  }
}
