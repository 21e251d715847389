/// Compares strings byte by byte, as Kubernetes, git and the file system do.
///
/// Swift's own `==`, sets and dictionaries treat two spellings of a character as equal: `é`, and
/// `e` with a combining accent.

internal import Glibc

/// Whether two texts have the same bytes.
package func === (left: String?, right: String?) -> Bool {
  guard let left, let right else { return left == nil && right == nil }
  guard left.utf8.count == right.utf8.count else { return false }
  // A string made here is contiguous, so this is one comparison of memory.
  let isSame = left.utf8.withContiguousStorageIfAvailable { left -> Bool? in
    right.utf8.withContiguousStorageIfAvailable { right -> Bool in
      guard let first = left.baseAddress, let second = right.baseAddress else { return true }
      return memcmp(first, second, left.count) == 0
    }
  }
  return (isSame ?? nil) ?? left.utf8.elementsEqual(right.utf8)
}

package func !== (left: String?, right: String?) -> Bool { !(left === right) }

/// A text that is equal to another if all their bytes are, as the names of Kubernetes, git and the
/// file system are.
package struct Name: Hashable, Comparable, Sendable {
  package let text: String

  package init(_ text: String) { self.text = text }

  package static func == (left: Name, right: Name) -> Bool { left.text === right.text }

  /// Orders by bytes, as git and the API server do.
  package static func < (left: Name, right: Name) -> Bool {
    left.text.utf8.lexicographicallyPrecedes(right.text.utf8)
  }

  package func hash(into hasher: inout Hasher) {
    var text = text
    text.withUTF8 { hasher.combine(bytes: UnsafeRawBufferPointer($0)) }
  }
}

extension Name: CustomStringConvertible, ExpressibleByStringInterpolation {
  package init(stringLiteral text: String) { self.init(text) }

  package var description: String { text }
}

extension Sequence<String> {
  /// Whether one of these strings has the same bytes.
  package func includes(_ text: String) -> Bool { contains { $0 === text } }
}
