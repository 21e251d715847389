/// Texts compared by their bytes, as every other tool in this field compares them.
///
/// Swift's own `==`, sets and dictionaries take two spellings of one character for the same: `é`, and
/// `e` with a combining accent. Kubernetes, git and the file system take them for two.

internal import Glibc

/// Whether two texts have the same bytes.
package func === (left: String?, right: String?) -> Bool {
  guard let left, let right else { return left == nil && right == nil }
  guard left.utf8.count == right.utf8.count else { return false }
  // A string that was made here is contiguous, and then this is one comparison of memory.
  let isSame = left.utf8.withContiguousStorageIfAvailable { left -> Bool? in
    right.utf8.withContiguousStorageIfAvailable { right -> Bool in
      guard let first = left.baseAddress, let second = right.baseAddress else { return true }
      return memcmp(first, second, left.count) == 0
    }
  }
  return (isSame ?? nil) ?? left.utf8.elementsEqual(right.utf8)
}

package func !== (left: String?, right: String?) -> Bool { !(left === right) }

/// A text as a member of a set, or as a key.
package struct ByBytes: Hashable, Sendable {
  package let text: String

  package init(_ text: String) { self.text = text }

  package static func == (left: ByBytes, right: ByBytes) -> Bool { left.text === right.text }

  package func hash(into hasher: inout Hasher) {
    var text = text
    text.withUTF8 { hasher.combine(bytes: UnsafeRawBufferPointer($0)) }
  }
}

extension Sequence<String> {
  /// Whether one of these texts has the same bytes.
  package func includes(_ text: String) -> Bool { contains { $0 === text } }
}
