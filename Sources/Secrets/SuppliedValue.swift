/// Refuses supplied values that nobody wants to run with.

package import Cryptography
internal import Workspace

package enum SuppliedValue {
  /// What is wrong with a supplied value.
  ///
  /// It never contains the value.
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

  /// Checks a value that a person or a third party gave.
  package static func check(_ value: SecretBytes) throws(Fault) {
    guard value.count > 0 else { throw .empty }
    guard value.count <= 1 << 20 else { throw .tooLong }
    let fault: Fault? = value.withBytes { bytes in
      // A key or a file of several lines properly ends with a line break.
      if let last = bytes.last, last == 10 || last == 13, !bytes.dropLast(2).contains(10) {
        return .trailingNewline
      }
      return Placeholder.isWhole(bytes) ? .placeholder : nil
    }
    if let fault { throw fault }
  }
}
