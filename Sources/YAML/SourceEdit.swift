/// Replacements of byte ranges in a text.

/// Replaces the bytes in `range` with `replacement`.
package struct SourceEdit: Sendable, Equatable {
  package let range: Range<Int>
  package let replacement: [UInt8]

  init(_ range: Range<Int>, _ replacement: [UInt8] = []) {
    self.range = range
    self.replacement = replacement
  }

  /// `bytes` after all `edits`, in order at the same place; nil if two of them overlap.
  static func apply(_ edits: [SourceEdit], to bytes: [UInt8]) -> [UInt8]? {
    var output: [UInt8] = []
    output.reserveCapacity(bytes.count + edits.reduce(0) { $0 + $1.replacement.count })
    var position = 0
    let ordered = edits.enumerated().sorted {
      ($0.element.range.lowerBound, $0.offset) < ($1.element.range.lowerBound, $1.offset)
    }
    for (_, edit) in ordered {
      guard edit.range.lowerBound >= position else { return nil }
      output += bytes[position..<edit.range.lowerBound]
      output += edit.replacement
      position = edit.range.upperBound
    }
    return output + bytes[position...]
  }
}

/// Why a text cannot be edited; nothing was changed.
package struct EditRefusal: Error, Sendable {
  package let message: String
  package let location: Location

  package init(message: String, location: Location) {
    self.message = message
    self.location = location
  }
}
