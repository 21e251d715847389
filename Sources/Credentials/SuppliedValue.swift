/// Refuses supplied values that nobody means to run with.

package import Cryptography

package enum SuppliedValue {
  /// What is wrong with a supplied value.
  ///
  /// It never says the value.
  package enum Fault: Error, Equatable {
    case empty
    case trailingNewline
    case placeholder
    case tooLong

    package var message: String {
      switch self {
      case .empty: "is empty"
      case .trailingNewline: "ends with a line break, which would become part of the value"
      case .placeholder: "is a placeholder, not a value"
      case .tooLong: "is longer than a Secret may be (1 MiB)"
      }
    }
  }

  private static let placeholders = [
    "changeme", "changeit", "placeholder", "replaceme", "replacethis", "todo", "tbd", "fixme",
    "dummy", "example", "sample", "secret", "password", "none", "null", "undefined", "xxx", "xxxx",
    "xxxxx", "xxxxxx", "xxxxxxxx", "yoursecret", "yourpassword", "yourvalue", "yoursecrethere",
    "insecure", "notasecret", "foobar",
  ].map { Array($0.utf8) }

  private static let prefixes = [
    "changeme", "placeholder", "replaceme", "replacewith", "insertyour",
  ]
  .map { Array($0.utf8) }

  /// Checks a value that a person or a third party gave.
  package static func check(_ value: SecretBytes) throws(Fault) {
    guard value.count > 0 else { throw .empty }
    guard value.count <= 1 << 20 else { throw .tooLong }
    let fault: Fault? = value.withBytes { bytes in
      if let last = bytes.last, last == 10 || last == 13 { return .trailingNewline }
      return isPlaceholder(bytes) ? .placeholder : nil
    }
    if let fault { throw fault }
  }

  private static func isPlaceholder(_ bytes: UnsafeRawBufferPointer) -> Bool {
    let brackets: [(String, String)] = [("<", ">"), ("${", "}"), ("{{", "}}")]
    for (open, close) in brackets where bytes.starts(with: open.utf8) {
      if bytes.suffix(close.utf8.count).elementsEqual(close.utf8) { return true }
    }
    if bytes.allSatisfy({ $0 == 32 || $0 == 9 || $0 == UInt8(ascii: "*") }) { return true }
    // Letters and digits alone, in lower case: Change-Me is changeme.
    let letters = bytes.lazy.map { (65...90).contains($0) ? $0 + 32 : $0 }
      .filter { (97...122).contains($0) || (48...57).contains($0) }
    return placeholders.contains { letters.elementsEqual($0) }
      || prefixes.contains { letters.starts(with: $0) }
  }
}
