/// Applies filters to values, and reads what a filter wrote.

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
  package func length(of value: SecretBytes) -> Int { coding.length(value) }

  /// The filtered value.
  ///
  /// - Throws: `Fault` if the filter cannot express the value.
  package func apply(_ value: SecretBytes) throws(Fault) -> SecretBytes {
    let coding = coding
    if let fault = value.withBytes(coding.fault) { throw fault }
    return try coding.apply(value)
  }

  /// Whether a filtered value can be read back.
  var isReversible: Bool { coding.read != nil }

  /// The value that the filter wrote as this text; nil if it cannot have written it.
  func undo(_ text: SecretBytes) -> SecretBytes? { coding.read?(text) }

  /// What each filter writes.
  private var coding: Coding {
    switch self {
    case .uri: Coding(eachByte: Escapes.percent, read: Escapes.readPercent)
    case .base64:
      Coding(
        length: { ($0.count + 2) / 3 * 4 }, apply: { Base64.encode($0) },
        read: { $0.withBytes { Base64.decodeSecret($0) } })
    case .base64url:
      Coding(
        length: { ($0.count * 8 + 5) / 6 }, apply: { Base64.encodeURLSafe($0) },
        read: { Escapes.padded($0).withBytes { Base64.decodeSecret($0) } })
    case .hex:
      Coding(
        length: { $0.count * 2 }, apply: { Hex.encode($0) }, read: Escapes.readHex)
    case .json:
      Coding(
        eachByte: Escapes.json, read: Escapes.readJSON,
        fault: { invalidUTF8Offset(in: $0) == nil ? nil : .notUTF8 })
    case .pgpass:
      Coding(
        eachByte: Escapes.passwordFile, read: Escapes.readBackslashes,
        fault: { $0.contains { $0 == 0 || $0 == 10 || $0 == 13 } ? .lineBreak : nil })
    case .conninfo:
      Coding(
        eachByte: Escapes.connection, read: Escapes.readBackslashes,
        fault: { $0.contains(0) ? .lineBreak : nil })
    case .scramSHA256:
      Coding(
        length: { _ in SCRAM.length }, apply: Filter.verifier, read: nil,
        fault: { $0.allSatisfy { (32...126).contains($0) } ? nil : .notPrintableASCII })
    }
  }

  private static func verifier(_ password: SecretBytes) throws(Fault) -> SecretBytes {
    do throws(OpenSSLError) { return try SCRAM.verifier(password) } catch { throw .failed }
  }
}

/// How a filter writes a value, and reads it back.
private struct Coding {
  /// The length in bytes of what is written.
  let length: (SecretBytes) -> Int
  /// Why a value cannot be written; nil if it can.
  let fault: (UnsafeRawBufferPointer) -> Filter.Fault?
  let apply: (SecretBytes) throws(Filter.Fault) -> SecretBytes
  /// The value of a text, or nil if the filter cannot have written the text; nil if that cannot be
  /// known.
  let read: ((SecretBytes) -> SecretBytes?)?

  init(
    length: @escaping (SecretBytes) -> Int,
    apply: @escaping (SecretBytes) throws(Filter.Fault) -> SecretBytes,
    read: ((SecretBytes) -> SecretBytes?)?,
    fault: @escaping (UnsafeRawBufferPointer) -> Filter.Fault? = { _ in nil }
  ) {
    self.length = length
    self.fault = fault
    self.apply = apply
    self.read = read
  }

  /// A filter that replaces single bytes.
  init(
    eachByte escape: @escaping (UInt8) -> [UInt8],
    read: @escaping (SecretBytes) -> SecretBytes?,
    fault: @escaping (UnsafeRawBufferPointer) -> Filter.Fault? = { _ in nil }
  ) {
    self.init(
      length: { Expansion.count($0, escape) }, apply: { Expansion.expand($0, escape) },
      read: read, fault: fault)
  }
}

/// What the filters write for single bytes, and how it is read.
private enum Escapes {
  private static let hexDigits = Array("0123456789ABCDEF".utf8)

  static func percent(_ byte: UInt8) -> [UInt8] {
    switch byte {
    case 48...57, 65...90, 97...122, UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
      UInt8(ascii: "~"):
      [byte]
    default: [UInt8(ascii: "%"), hexDigits[Int(byte >> 4)], hexDigits[Int(byte & 15)]]
    }
  }

  static func readPercent(_ text: SecretBytes) -> SecretBytes? {
    Expansion.collapse(text, groups: { $0 == UInt8(ascii: "%") ? 3 : 1 }) { bytes in
      bytes.count == 1 ? bytes.first : hex(Array(bytes.dropFirst()))
    }
  }

  static func readHex(_ text: SecretBytes) -> SecretBytes? {
    Expansion.collapse(text, groups: { _ in 2 }) { hex(Array($0)) }
  }

  private static func hex(_ digits: [UInt8]) -> UInt8? {
    // Swift's own conversion takes a sign for a digit.
    guard digits.count == 2, digits.allSatisfy({ Hex.value(of: $0) != nil }) else { return nil }
    return digits.reduce(0) { $0 << 4 | (Hex.value(of: $1) ?? 0) }
  }

  static func passwordFile(_ byte: UInt8) -> [UInt8] {
    ":\\".utf8.contains(byte) ? [UInt8(ascii: "\\"), byte] : [byte]
  }

  /// A blank ends a value without quotes, and a quote ends one with quotes; a backslash prevents
  /// both.
  static func connection(_ byte: UInt8) -> [UInt8] {
    byte == 32 || (9...13).contains(byte) || "'\\".utf8.contains(byte)
      ? [UInt8(ascii: "\\"), byte] : [byte]
  }

  static func readBackslashes(_ text: SecretBytes) -> SecretBytes? {
    Expansion.collapse(text, groups: { $0 == UInt8(ascii: "\\") ? 2 : 1 }) { $0.last }
  }

  static func json(_ byte: UInt8) -> [UInt8] {
    switch byte {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"): [UInt8(ascii: "\\"), byte]
    case 0..<32, 127:
      Array("\\u00".utf8) + [hexDigits[Int(byte >> 4)], hexDigits[Int(byte & 15)]]
    default: [byte]
    }
  }

  static func readJSON(_ text: SecretBytes) -> SecretBytes? {
    let short: [UInt8: UInt8] = [
      UInt8(ascii: "n"): 10, UInt8(ascii: "t"): 9, UInt8(ascii: "r"): 13, UInt8(ascii: "b"): 8,
      UInt8(ascii: "f"): 12,
    ]
    return Expansion.collapse(text, groups: { $0 == UInt8(ascii: "\\") ? 2 : 1 }) { bytes in
      guard bytes.count == 2, let last = bytes.last else { return bytes.first }
      // `\u00XX` takes more than two bytes and is rare.
      return last == UInt8(ascii: "u") ? nil : short[last] ?? last
    }
  }

  /// URL-safe base64 in the standard alphabet, with its padding.
  static func padded(_ text: SecretBytes) -> SecretBytes {
    let missing = (4 - text.count % 4) % 4
    return SecretBytes(count: text.count + missing) { output in
      text.withBytes { bytes in
        for (index, byte) in bytes.enumerated() {
          output[index] =
            byte == UInt8(ascii: "-")
            ? UInt8(ascii: "+") : byte == UInt8(ascii: "_") ? UInt8(ascii: "/") : byte
        }
      }
      for index in text.count..<(text.count + missing) { output[index] = UInt8(ascii: "=") }
    }
  }
}
