/// Opened values as lines of an env file.

package import Cryptography
internal import Text
internal import YAML

/// The syntax of env files for `docker`, kubectl and the dotenv libraries.
package enum Dotenv {
  /// Whether a key of a Secret is a variable name.
  package static func isName(_ key: String) -> Bool {
    let isPlain = key.utf8.allSatisfy {
      (48...57).contains($0) || (65...90).contains($0) || (97...122).contains($0) || $0 == 95
    }
    return isPlain && key.utf8.first.map { !(48...57).contains($0) } ?? false
  }

  /// Whether kubectl accepts a key of a Secret from an env file (k8s.io/apimachinery
  /// `IsEnvVarName`).
  package static func isNameOfKubectl(_ key: String) -> Bool {
    let isPlain = key.utf8.allSatisfy { byte in
      (48...57).contains(byte) || (97...122).contains(byte | 0x20) || "-._".utf8.contains(byte)
    }
    return isPlain && key != "." && !key.begins(with: "..")
      && key.utf8.first.map { !(48...57).contains($0) } ?? false
  }

  /// The longest line that kubectl reads, in bytes.
  ///
  /// kubectl silently drops a longer line and everything after it (Go's `bufio.MaxScanTokenSize`).
  package static let longestLine = (64 << 10) - 1

  /// Returns why a value cannot be quoted, or nil if it can.
  package static func faultOfQuoted(_ value: SecretBytes) -> String? {
    value.withBytes { bytes in
      bytes.allSatisfy { $0 != 0 } && invalidUTF8Offset(in: bytes) == nil ? nil : "is not text"
    }
  }

  /// Returns why a value cannot be written unquoted, as kubectl and docker read it, or nil if it
  /// can.
  package static func faultOfBare(_ value: SecretBytes) -> String? {
    faultOfQuoted(value)
      ?? value.withBytes { $0.contains { $0 == 10 || $0 == 13 } ? "has a line break" : nil }
  }

  /// Returns the value in double quotes; `"`, `\`, `$`, a backquote and line breaks are escaped.
  package static func quoted(_ value: SecretBytes) -> SecretBytes {
    value.withBytes { bytes in
      func escape(_ byte: UInt8) -> [UInt8] {
        switch byte {
        case 10: Array("\\n".utf8)
        case 13: Array("\\r".utf8)
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "$"), UInt8(ascii: "`"):
          [UInt8(ascii: "\\"), byte]
        default: [byte]
        }
      }
      let count = bytes.reduce(2) { $0 + escape($1).count }
      return SecretBytes(count: count) { output in
        output[0] = UInt8(ascii: "\"")
        var position = 1
        for byte in bytes {
          for escaped in escape(byte) {
            output[position] = escaped
            position += 1
          }
        }
        output[position] = UInt8(ascii: "\"")
      }
    }
  }
}
