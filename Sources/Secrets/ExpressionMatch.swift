/// Matches an expression against an existing value, to find what its placeholders stand for.

package import Cryptography
internal import Text
package import Workspace

/// The values of an expression's placeholders in one text.
package struct ExpressionMatch {
  /// The value of each placeholder, in the order of the expression.
  package let values: [(name: String, value: SecretBytes)]

  /// - Returns: nil if no credentials make the expression produce this value.
  package init?(_ expression: Expression, _ value: SecretBytes) {
    // The number of bytes to read: the ways to read a text of one repeated letter grow with the
    // square of its length.
    var budget = 8 << 20
    guard let found = ExpressionMatch.match(expression.parts[...], value, from: 0, &budget) else {
      return nil
    }
    values = found
  }

  /// The first way to read the rest of a value, with its literals at their first place.
  private static func match(
    _ parts: ArraySlice<Expression.Part>, _ value: SecretBytes, from start: Int,
    _ budget: inout Int
  ) -> [(name: String, value: SecretBytes)]? {
    budget -= 64
    guard budget > 0 else { return nil }
    guard let part = parts.first else { return start == value.count ? [] : nil }
    let rest = parts.dropFirst()
    switch part {
    case .literal(let text):
      let literal = Array(text.utf8)
      guard holds(value, literal, at: start) else { return nil }
      return match(rest, value, from: start + literal.count, &budget)
    case .value(let name, let filters):
      for end in ends(rest, value, from: start, &budget) {
        budget -= end - start
        guard budget > 0 else { return nil }
        guard let read = undo(filters, slice(value, start..<end)),
          let others = match(rest, value, from: end, &budget)
        else { continue }
        return (read.map { [(name, $0)] } ?? []) + others
      }
      return nil
    case .previous, .role, .publicKey, .keySet: return nil
    }
  }

  /// Where a placeholder's text can end: before each occurrence of the literal that follows it.
  private static func ends(
    _ rest: ArraySlice<Expression.Part>, _ value: SecretBytes, from start: Int,
    _ budget: inout Int
  ) -> [Int] {
    guard let next = rest.first else { return [value.count] }
    guard case .literal(let text) = next else { return Array(start...value.count) }
    let literal = Array(text.utf8)
    guard start + literal.count <= value.count else { return [] }
    // The last literal must be at the end.
    let last = value.count - literal.count
    let places = rest.count == 1 ? last...last : start...last
    return value.withBytes { bytes in
      places.filter { place in
        budget -= 1
        guard budget > 0, bytes[place...].first == literal.first else { return false }
        // In a text of one repeated letter, every place begins like the literal.
        budget -= literal.count
        return bytes[place..<place + literal.count].elementsEqual(literal)
      }
    }
  }

  private static func holds(_ value: SecretBytes, _ literal: [UInt8], at start: Int) -> Bool {
    guard start + literal.count <= value.count else { return false }
    return value.withBytes { $0[start..<start + literal.count].elementsEqual(literal) }
  }

  private static func slice(_ value: SecretBytes, _ range: Range<Int>) -> SecretBytes {
    value.withBytes { SecretBytes(copying: UnsafeRawBufferPointer(rebasing: $0[range])) }
  }

  /// The input of the filters; the inner optional is nil if a filter cannot be reversed, the outer
  /// one if the filters cannot have produced this value.
  private static func undo(_ filters: [Filter], _ value: SecretBytes) -> SecretBytes?? {
    var value = value
    for filter in filters.reversed() {
      switch filter {
      case .scramSHA256: return .some(nil)
      case .base64:
        guard let decoded = value.withBytes({ Base64.decodeSecret($0) }) else { return nil }
        value = decoded
      case .base64url:
        guard let decoded = padded(value).withBytes({ Base64.decodeSecret($0) }) else { return nil }
        value = decoded
      case .hex:
        guard let decoded = pairs(value, step: { _ in 2 }, { digits(Array($0)) }) else {
          return nil
        }
        value = decoded
      case .uri:
        guard let decoded = decoded(value) else { return nil }
        value = decoded
      case .pgpass, .conninfo:
        guard let decoded = pairs(value, step: { $0 == UInt8(ascii: "\\") ? 2 : 1 }, { $0.last })
        else { return nil }
        value = decoded
      case .json:
        guard let decoded = json(value) else { return nil }
        value = decoded
      }
    }
    return .some(value)
  }

  /// Decodes percent-encoding (RFC 3986); the value itself if it is not percent-encoded.
  static func percentDecoded(_ value: SecretBytes) -> SecretBytes { decoded(value) ?? value }

  private static func decoded(_ value: SecretBytes) -> SecretBytes? {
    pairs(value, step: { $0 == UInt8(ascii: "%") ? 3 : 1 }) { bytes in
      bytes.count == 1 ? bytes.first : digits(Array(bytes.dropFirst()))
    }
  }

  private static func digits(_ bytes: [UInt8]) -> UInt8? {
    guard bytes.count == 2 else { return nil }
    return UInt8(String(decoding: bytes, as: UTF8.self), radix: 16)
  }

  /// Turns each group of bytes into one byte.
  private static func pairs(
    _ value: SecretBytes, step: (UInt8) -> Int,
    _ read: (Slice<UnsafeRawBufferPointer>) -> UInt8?
  ) -> SecretBytes? {
    var count = 0
    let output = SecretBytes(count: value.count) { output in
      value.withBytes { bytes in
        var position = 0
        while position < bytes.count {
          let end = position + step(bytes[position])
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
    return count < 0 ? nil : slice(output, 0..<count)
  }

  private static func json(_ value: SecretBytes) -> SecretBytes? {
    let short: [UInt8: UInt8] = [
      UInt8(ascii: "n"): 10, UInt8(ascii: "t"): 9, UInt8(ascii: "r"): 13, UInt8(ascii: "b"): 8,
      UInt8(ascii: "f"): 12,
    ]
    return pairs(
      value, step: { $0 == UInt8(ascii: "\\") ? 2 : 1 },
      { bytes in
        guard bytes.count == 2, let last = bytes.last else { return bytes.first }
        // `\u00XX` takes more than two bytes and is rare.
        return last == UInt8(ascii: "u") ? nil : short[last] ?? last
      })
  }

  private static func padded(_ value: SecretBytes) -> SecretBytes {
    let missing = (4 - value.count % 4) % 4
    return SecretBytes(count: value.count + missing) { output in
      value.withBytes { bytes in
        for (index, byte) in bytes.enumerated() {
          output[index] =
            byte == UInt8(ascii: "-")
            ? UInt8(ascii: "+") : byte == UInt8(ascii: "_") ? UInt8(ascii: "/") : byte
        }
      }
      for index in value.count..<(value.count + missing) { output[index] = UInt8(ascii: "=") }
    }
  }
}
