/// The values of a run, each made once and used everywhere.

package import Cryptography

/// Credential values by name.
package struct Values: Sendable {
  private var values: [String: SecretBytes] = [:]

  package init() {}

  package subscript(name: String) -> SecretBytes? {
    get { values[name] }
    set { values[name] = newValue }
  }

  /// The value of an expression; nil where it names a credential that has none here.
  package func evaluate(_ expression: Expression) throws -> SecretBytes? {
    var pieces: [SecretBytes] = []
    for part in expression.parts {
      switch part {
      case .literal(let text):
        pieces.append(Array(text.utf8).withUnsafeBytes { SecretBytes(copying: $0) })
      case .value(let name, let filters):
        guard var value = values[name] else { return nil }
        for filter in filters { value = try filter.apply(value) }
        pieces.append(value)
      case .previous: return nil
      }
    }
    guard pieces.count != 1 else { return pieces[0] }
    return SecretBytes(count: pieces.reduce(0) { $0 + $1.count }) { output in
      var position = 0
      for piece in pieces {
        piece.withBytes { bytes in
          UnsafeMutableRawBufferPointer(rebasing: output[position..<position + bytes.count])
            .copyMemory(from: bytes)
        }
        position += piece.count
      }
    }
  }
}
