/// Applies filters to values.

package import Cryptography
internal import Text
package import Workspace
internal import YAML

extension Filter {
  /// Why a filter cannot express a value.
  package enum Fault: Error, Equatable {
    /// JSON must be text.
    case notUTF8
    /// A line of a file cannot contain a line break, and a text no NUL.
    case lineBreak
    /// SASLprep would change a value that is not printable ASCII, and not everywhere in the same
    /// way.
    case notPrintableASCII
    case failed
  }

  /// The length in bytes of the filtered value.
  package func length(of value: SecretBytes) -> Int {
    switch self {
    case .uri: expandedCount(value) { Filter.percentEncoded($0).count }
    case .base64: (value.count + 2) / 3 * 4
    case .base64url: (value.count * 8 + 5) / 6
    case .hex: value.count * 2
    case .json: expandedCount(value) { Filter.jsonEscaped($0).count }
    case .pgpass: expandedCount(value) { Filter.passwordFileEscaped($0).count }
    case .conninfo: expandedCount(value) { Filter.connectionEscaped($0).count }
    case .scramSHA256: SCRAM.length
    }
  }

  /// The filtered value.
  ///
  /// - Throws: `Fault` if the filter cannot express the value.
  package func apply(_ value: SecretBytes) throws(Fault) -> SecretBytes {
    switch self {
    case .uri: return expand(value) { Filter.percentEncoded($0) }
    case .base64: return Base64.encode(value)
    case .base64url: return Base64.encodeURLSafe(value)
    case .hex: return Hex.encode(value)
    case .json:
      guard value.withBytes({ invalidUTF8Offset(in: $0) == nil }) else { throw .notUTF8 }
      return expand(value) { Filter.jsonEscaped($0) }
    case .pgpass:
      guard value.withBytes({ !$0.contains { $0 == 0 || $0 == 10 || $0 == 13 } }) else {
        throw .lineBreak
      }
      return expand(value) { Filter.passwordFileEscaped($0) }
    case .conninfo:
      guard value.withBytes({ !$0.contains(0) }) else { throw .lineBreak }
      return expand(value) { Filter.connectionEscaped($0) }
    case .scramSHA256:
      guard value.withBytes({ $0.allSatisfy { (32...126).contains($0) } }) else {
        throw .notPrintableASCII
      }
      do throws(OpenSSLError) { return try SCRAM.verifier(value) } catch { throw .failed }
    }
  }

  private static let hexDigits = Array("0123456789ABCDEF".utf8)

  private static func percentEncoded(_ byte: UInt8) -> [UInt8] {
    switch byte {
    case 48...57, 65...90, 97...122, UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
      UInt8(ascii: "~"):
      [byte]
    default: [UInt8(ascii: "%"), hexDigits[Int(byte >> 4)], hexDigits[Int(byte & 15)]]
    }
  }

  private static func passwordFileEscaped(_ byte: UInt8) -> [UInt8] {
    ":\\".utf8.contains(byte) ? [UInt8(ascii: "\\"), byte] : [byte]
  }

  /// A blank ends a value without quotes, and a quote ends one with quotes; a backslash prevents
  /// both.
  private static func connectionEscaped(_ byte: UInt8) -> [UInt8] {
    byte == 32 || (9...13).contains(byte) || "'\\".utf8.contains(byte)
      ? [UInt8(ascii: "\\"), byte] : [byte]
  }

  private static func jsonEscaped(_ byte: UInt8) -> [UInt8] {
    switch byte {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"): [UInt8(ascii: "\\"), byte]
    case 0..<32, 127:
      Array("\\u00".utf8) + [hexDigits[Int(byte >> 4)], hexDigits[Int(byte & 15)]]
    default: [byte]
    }
  }
}

private func expandedCount(_ value: SecretBytes, _ count: (UInt8) -> Int) -> Int {
  value.withBytes { $0.reduce(0) { $0 + count($1) } }
}

/// Replaces each byte with up to six others.
///
/// The replacements of single bytes are not secret. The result is measured first, so that it is
/// written once, into memory of its final size.
private func expand(_ value: SecretBytes, _ transform: (UInt8) -> [UInt8]) -> SecretBytes {
  SecretBytes(count: expandedCount(value) { transform($0).count }) { output in
    value.withBytes { input in
      var position = 0
      for byte in input {
        for character in transform(byte) {
          output[position] = character
          position += 1
        }
      }
    }
  }
}
