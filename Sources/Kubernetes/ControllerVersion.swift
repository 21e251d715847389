/// The version of a sealed-secrets controller, which decides what it makes of a SealedSecret.

internal import Text

package struct ControllerVersion: Sendable, Comparable, CustomStringConvertible {
  package let major: Int
  package let minor: Int
  package let patch: Int

  package init(_ major: Int, _ minor: Int, _ patch: Int = 0) {
    self.major = major
    self.minor = minor
    self.patch = patch
  }

  /// Reads `0.38.4`, `v0.38` and the like; nil for anything else.
  ///
  /// Anything after a `-` or `+` is ignored.
  package init?(_ text: String) {
    let plain = (text.without(prefix: "v") ?? text).utf8.prefix { $0 != 45 && $0 != 43 }
    let parts = String(Substring(plain)).pieces(between: ".")
    let numbers = parts.compactMap { part in
      part.utf8.allSatisfy { (48...57).contains($0) } ? Int(part) : nil
    }
    guard (2...3).contains(parts.count), numbers.count == parts.count,
      numbers.allSatisfy({ $0 < 100_000 })
    else { return nil }
    self.init(numbers[0], numbers[1], numbers.count > 2 ? numbers[2] : 0)
  }

  /// The current version.
  package static let current = ControllerVersion(0, 40)

  package var description: String { "\(major).\(minor).\(patch)" }

  package static func < (left: ControllerVersion, right: ControllerVersion) -> Bool {
    (left.major, left.minor, left.patch) < (right.major, right.minor, right.patch)
  }

  /// Whether an entry of `spec.template.data` sees the other entries as written, and the value of a
  /// ciphertext where both have the same key (bitnami-labs/sealed-secrets#1940).
  package var rendersSiblings: Bool { self >= ControllerVersion(0, 37) }

  /// Whether a `null` in `spec.template.data` leaves the key out, even that of a ciphertext
  /// (bitnami/sealed-secrets#1871); before, it was an empty text.
  package var leavesNullOut: Bool { self >= ControllerVersion(0, 40) }

  /// Whether `/v1/verify` checks only that a SealedSecret can be decrypted
  /// (bitnami/sealed-secrets#2019).
  package var verifiesDecryptionAlone: Bool { self >= ControllerVersion(0, 39) }

  /// The endpoints that leak something to anyone who can reach the service, and the first version
  /// without the leak; nil if none is known.
  package var oracle: (endpoints: String, floor: ControllerVersion)? {
    if self < ControllerVersion(0, 39) {
      return ("/v1/verify and /v1/rotate", ControllerVersion(0, 40))
    }
    return self < ControllerVersion(0, 40) ? ("/v1/rotate", ControllerVersion(0, 40)) : nil
  }
}
