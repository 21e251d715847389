/// The values of a run; each is made once and used everywhere.

package import Cryptography
package import Workspace

/// Credential values by name.
package struct Values: Sendable {
  private var values: [String: SecretBytes] = [:]

  package init() {}

  package subscript(name: String) -> SecretBytes? {
    get { values[name] }
    set { values[name] = newValue }
  }

  /// The value of an expression would be longer than allowed.
  package struct TooLong: Error {}

  /// The value of an expression; nil if it names a credential without a value here.
  ///
  /// Every length is known before its bytes are made, so that no expression takes more memory than
  /// its value may have.
  ///
  /// - Parameter limit: the maximum length of the value, and of each part on the way, in bytes.
  /// - Throws: `TooLong`, or `Filter.Fault`.
  package func evaluate(_ expression: Expression, limit: Int) throws -> SecretBytes? {
    var pieces: [SecretBytes] = []
    var room = limit
    func check(_ count: Int) throws { guard count <= room else { throw TooLong() } }
    for part in expression.parts {
      let piece: SecretBytes
      switch part {
      case .literal(let text):
        try check(text.utf8.count)
        piece = Array(text.utf8).withUnsafeBytes { SecretBytes(copying: $0) }
      case .value(let name, let filters):
        guard var value = values[name] else { return nil }
        for filter in filters {
          try check(filter.length(of: value))
          value = try filter.apply(value)
        }
        try check(value.count)
        piece = value
      // None of these is evaluated: they are moved, written out for each role, or public.
      case .previous, .role, .publicKey, .keySet: return nil
      }
      room -= piece.count
      pieces.append(piece)
    }
    return pieces.count == 1 ? pieces[0] : SecretBytes(joining: pieces)
  }
}
