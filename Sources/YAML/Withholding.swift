/// Scalars that a parser must not keep.

/// Decides which scalars are withheld, and takes them.
///
/// This module cannot store a secret safely. If a text contains secrets, their bytes are passed to
/// `take` while they are parsed, and the tree has an index in their place.
package struct Withholding {
  /// How much of a subtree is withheld.
  package enum Level: Sendable {
    /// Scalars are withheld, but a key below may show its value.
    case open
    /// Nothing is withheld.
    case shown
    /// Everything is withheld, whatever its keys are.
    case hidden
  }

  /// The level of the value under a key, given the level of its mapping.
  ///
  /// Keys themselves are never withheld. A document begins with `open`.
  package let descend: (String, Level) -> Level
  /// Takes the bytes of a scalar, which are valid only during the call, and returns its index.
  package let take: (UnsafeRawBufferPointer) -> Int

  package init(
    descend: @escaping (String, Level) -> Level, take: @escaping (UnsafeRawBufferPointer) -> Int
  ) {
    self.descend = descend
    self.take = take
  }

  /// Withholds only a document that is one scalar: for texts without secrets.
  package static var nothing: Withholding {
    Withholding(descend: { _, _ in .shown }, take: { _ in 0 })
  }
}
