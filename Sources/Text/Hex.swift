/// Hex for public data; `Cryptography` has its own for secrets.

package enum Hex {
  package static let digits = Array("0123456789abcdef".utf8)

  /// Encodes bytes as lower-case hex.
  package static func encode(_ bytes: some Sequence<UInt8>) -> String {
    var text: [UInt8] = []
    for byte in bytes {
      text.append(digits[Int(byte >> 4)])
      text.append(digits[Int(byte & 15)])
    }
    return String(decoding: text, as: UTF8.self)
  }
}
