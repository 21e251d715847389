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
      guard filter.isReversible else { return .some(nil) }
      guard let input = filter.undo(value) else { return nil }
      value = input
    }
    return .some(value)
  }
}
