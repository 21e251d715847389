/// What `init` makes of one value: a credential with a reason, or a literal.

internal import Text
internal import Workspace

/// A credential as `init` proposes it.
package struct CredentialDraft: Sendable {
  package let name: String
  /// The lines of its entry, below the name.
  private(set) var lines: [String]
  /// The reasons for the guess, one line each.
  var reasons: [String]
  /// The credentials whose values this supplied one contains.
  var holds: [String] = []
  /// The kind of value, as `init` lists it: `password`, `key`, `supplied`.
  package let outcome: String
  /// Whether a person has to review it.
  package let isMarked: Bool
  /// Whether somebody else issues it.
  package let isSupplied: Bool

  /// The lines of its entry, including those that depend on what its value contains.
  var entry: [String] {
    holds.isEmpty ? lines : lines + ["holds: [\(holds.joined(separator: ", "))]"]
  }

  /// - Parameter place: `SECRET/KEY`.
  /// - Parameter because: why it is supplied, if that is already known.
  static func make(
    _ name: String, _ meaning: KeyMeaning, _ shape: ValueShape, place: String,
    because: String? = nil
  ) -> CredentialDraft {
    func generated(_ recipe: String, _ reason: String, _ more: [String] = []) -> CredentialDraft {
      CredentialDraft(
        name: name, lines: ["generate: \(recipe)"] + more, reasons: ["\(place): \(reason)"],
        outcome: meaning == .password ? "password" : "key", isMarked: false, isSupplied: false)
    }
    func supplied(_ reason: String, isMarked: Bool = false) -> CredentialDraft {
      let isEmpty = shape == .empty
      return CredentialDraft(
        name: name,
        lines: isEmpty ? ["supplied: true", "optional: true"] : ["supplied: true"],
        reasons: [
          "\(place): \(reason)" + (isEmpty ? "; it is empty now, so it is optional" : "")
        ],
        outcome: "supplied", isMarked: isMarked, isSupplied: true)
    }
    switch shape {
    case .binary: return supplied("bytes that are not text")
    case .reference:
      return supplied("another tool fills in its value today; supply the value itself")
    case .lines(let isPEM):
      return supplied(isPEM ? "a key or certificate" : "a file with several lines")
    case .issued(let reason): return supplied(reason)
    case .plain: return supplied("a name that has to be filled in", isMarked: true)
    case .empty, .placeholder, .text, .url, .holding: break
    }
    switch meaning {
    case .password:
      return generated(
        "{kind: alphanumeric, length: 32}", "a password, judging by its name",
        ["# rotateEvery: 90d   if whatever checks it accepts a new one automatically"])
    case .tokenKey:
      return generated(
        "{kind: base64url, bytes: 64}", "signs tokens, judging by its name",
        [
          "use: jwt",
          "# tokenLifetime: 24h   how long a token is valid; then add keys with ${\(name).next}",
          "# and ${\(name).previous} to its template, so that no rotation ends a session",
        ])
    case .applicationKey:
      return generated(recipe(shape), "a key of the application itself, judging by its name")
    case .storageKey where !Self.keepsForm(shape):
      return supplied("encrypts stored data, and is shorter than a key that can be generated")
    case .storageKey:
      return generated(
        recipe(shape), "encrypts stored data, judging by its name",
        ["# do not set rotateEvery: a new key cannot read what the old one has encrypted"])
    case .issued: return supplied(because ?? "issued by somebody else, judging by its name")
    case .file: return supplied("a file, judging by its name")
    case .name: return supplied("a name that has to be filled in", isMarked: true)
    case .unknown:
      return supplied(
        "unknown value: if nobody issues it, generate it instead", isMarked: true)
    }
  }

  /// Whether a random value of the same form has 128 bits.
  private static func keepsForm(_ shape: ValueShape) -> Bool {
    switch shape {
    case .text(let length, let isHex): isHex ? length >= 32 : length >= 22
    default: true
    }
  }

  /// A key as long as the present one, because some programs accept no other length.
  private static func recipe(_ shape: ValueShape) -> String {
    switch shape {
    case .text(let length, isHex: true) where length >= 32 && length <= 256:
      "{kind: hex, bytes: \(length / 2)}"
    case .text(let length, _) where length >= 22 && length <= 256:
      "{kind: alphanumeric, length: \(length)}"
    default: "{kind: alphanumeric, length: 64}"
    }
  }
}
