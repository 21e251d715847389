/// A replacement of one byte range of a text.

/// Replaces the bytes in `range` by `replacement`.
package struct SourceEdit: Sendable, Equatable {
  package let range: Range<Int>
  package let replacement: [UInt8]

  init(_ range: Range<Int>, _ replacement: [UInt8] = []) {
    self.range = range
    self.replacement = replacement
  }

  /// `bytes` after all `edits`, which must not overlap.
  static func apply(_ edits: [SourceEdit], to bytes: [UInt8]) -> [UInt8] {
    var output: [UInt8] = []
    var position = 0
    for edit in edits.sorted(by: { $0.range.lowerBound < $1.range.lowerBound }) {
      output += bytes[position..<edit.range.lowerBound]
      output += edit.replacement
      position = edit.range.upperBound
    }
    return output + bytes[position...]
  }
}

/// Why a text cannot be edited; nothing was changed then.
package struct EditRefusal: Error, Sendable {
  package let message: String
  package let location: Location

  package init(message: String, location: Location) {
    self.message = message
    self.location = location
  }
}
