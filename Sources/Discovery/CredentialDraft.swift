/// What `init` makes of one value: a credential with a reason, or a literal.

internal import Text
internal import Workspace

/// A credential as `init` proposes it.
package struct CredentialDraft: Sendable {
  package let name: String
  /// The lines of its entry, below the name.
  let lines: [String]
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
    let maker = Maker(name: name, shape: shape, place: place)
    return switch shape {
    case .binary: maker.supplied("bytes that are not text")
    case .reference:
      maker.supplied("another tool fills in its value today; supply the value itself")
    case .pem: maker.supplied("a key or certificate")
    case .lines: maker.supplied("a file with several lines")
    case .issued(let reason): maker.supplied(reason)
    case .plain: maker.undecided("a name that has to be filled in")
    case .empty, .placeholder, .text, .url, .holding: maker.draft(meaning, because)
    }
  }
}

/// Makes the draft of one credential.
private struct Maker {
  let name: String
  let shape: ValueShape
  /// `SECRET/KEY`.
  let place: String

  /// What the name of a key says: a new value, or one that somebody supplies.
  func draft(_ meaning: KeyMeaning, _ because: String?) -> CredentialDraft {
    switch meaning {
    case .password: password
    case .tokenKey: tokenKey
    case .applicationKey:
      generated("key", recipe, "a key of the application itself, judging by its name")
    case .storageKey where !keepsForm:
      supplied("encrypts stored data, and is shorter than a key that can be generated")
    case .storageKey:
      generated(
        "key", recipe, "encrypts stored data, judging by its name",
        ["# do not set rotateEvery: a new key cannot read what the old one has encrypted"])
    case .issued: supplied(because ?? "issued by somebody else, judging by its name")
    case .file: supplied("a file, judging by its name")
    case .name: undecided("a name that has to be filled in")
    case .unknown: undecided("unknown value: if nobody issues it, generate it instead")
    }
  }

  private var password: CredentialDraft {
    generated(
      "password", "{kind: alphanumeric, length: 32}", "a password, judging by its name",
      ["# rotateEvery: 90d   if whatever checks it accepts a new one automatically"])
  }

  private var tokenKey: CredentialDraft {
    generated(
      "key", "{kind: base64url, bytes: 64}", "signs tokens, judging by its name",
      [
        "use: jwt",
        "# tokenLifetime: 24h   how long a token is valid; then add keys with ${\(name).next}",
        "# and ${\(name).previous} to its template, so that no rotation ends a session",
      ])
  }

  private func generated(
    _ outcome: String, _ recipe: String, _ reason: String, _ more: [String] = []
  ) -> CredentialDraft {
    CredentialDraft(
      name: name, lines: ["generate: \(recipe)"] + more, reasons: ["\(place): \(reason)"],
      outcome: outcome, isMarked: false, isSupplied: false)
  }

  func supplied(_ reason: String) -> CredentialDraft {
    CredentialDraft(
      name: name, lines: lines, reasons: [self.reason(reason)], outcome: "supplied",
      isMarked: false, isSupplied: true)
  }

  /// A supplied credential that a person has to review.
  func undecided(_ reason: String) -> CredentialDraft {
    CredentialDraft(
      name: name, lines: lines, reasons: [self.reason(reason)], outcome: "supplied",
      isMarked: true, isSupplied: true)
  }

  private var lines: [String] {
    shape == .empty ? ["supplied: true", "optional: true"] : ["supplied: true"]
  }

  private func reason(_ reason: String) -> String {
    "\(place): \(reason)" + (shape == .empty ? "; it is empty now, so it is optional" : "")
  }

  /// Whether a random value of the same form has 128 bits.
  private var keepsForm: Bool {
    switch shape {
    case .text(let length, .hex): length >= 32
    case .text(let length, .any): length >= 22
    default: true
    }
  }

  /// A key as long as the present one, because some programs accept no other length.
  private var recipe: String {
    switch shape {
    case .text(let length, .hex) where length >= 32 && length <= 256:
      "{kind: hex, bytes: \(length / 2)}"
    case .text(let length, _) where length >= 22 && length <= 256:
      "{kind: alphanumeric, length: \(length)}"
    default: "{kind: alphanumeric, length: 64}"
    }
  }
}
