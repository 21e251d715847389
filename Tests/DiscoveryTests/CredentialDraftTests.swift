/// What one value becomes: by what its key says, and by what it looks like.

import Testing
import Workspace

@testable import Discovery

@Suite("A credential of one value")
struct CredentialDraftTests {
  private static let meanings: [KeyMeaning] = [
    .password, .tokenKey, .applicationKey, .storageKey, .name, .issued, .file, .unknown,
  ]

  private func make(
    _ meaning: KeyMeaning, _ shape: ValueShape = twelve, because: String? = nil
  ) -> CredentialDraft {
    CredentialDraft.make("x", meaning, shape, place: "s/k", because: because)
  }

  @Test("what cannot be generated is supplied, whatever its key says", arguments: meanings)
  func supplied(meaning: KeyMeaning) {
    let shapes: [(ValueShape, String, Bool)] = [
      (.binary, "bytes that are not text", false),
      (.reference, "another tool fills in its value today; supply the value itself", false),
      (.pem, "a key or certificate", false),
      (.lines, "a file with several lines", false),
      (.issued("a token of GitHub"), "a token of GitHub", false),
      (.plain("CHANGE_ME"), "a name that has to be filled in", true),
    ]
    for (shape, reason, isMarked) in shapes {
      let credential = make(meaning, shape)
      #expect(credential.entry == ["supplied: true"], "\(shape)")
      #expect(credential.reasons == ["s/k: \(reason)"])
      #expect(credential.isSupplied && credential.outcome == "supplied")
      #expect(credential.isMarked == isMarked, "\(shape)")
    }
  }

  @Test("only what nobody knows, or what has no name yet, is marked for a person")
  func marked() {
    #expect(Self.meanings.filter { make($0).isMarked } == [.name, .unknown])
    #expect(Self.meanings.filter { make($0, .placeholder).isMarked } == [.name, .unknown])
  }

  @Test("passwords and keys are generated, and the rest is supplied")
  func generated() {
    let long = ValueShape.text(length: 40, .any)
    let made = Self.meanings.filter { !make($0, long).isSupplied }
    #expect(made == [.password, .tokenKey, .applicationKey, .storageKey])
    #expect(made.map { make($0, long).outcome } == ["password", "key", "key", "key"])
    #expect(
      made.map { make($0, long).entry[0] } == [
        "generate: {kind: alphanumeric, length: 32}", "generate: {kind: base64url, bytes: 64}",
        "generate: {kind: alphanumeric, length: 40}", "generate: {kind: alphanumeric, length: 40}",
      ])
    #expect(make(.tokenKey).entry[1] == "use: jwt")
    #expect(make(.password).reasons == ["s/k: a password, judging by its name"])
  }

  @Test(
    "a key is made in the form and length of the present one, where that is strong enough",
    arguments: [
      (21, .any, "alphanumeric, length: 64"), (22, .any, "alphanumeric, length: 22"),
      (256, .any, "alphanumeric, length: 256"), (257, .any, "alphanumeric, length: 64"),
      (21, .hex, "alphanumeric, length: 64"), (31, .hex, "alphanumeric, length: 31"),
      (32, .hex, "hex, bytes: 16"), (256, .hex, "hex, bytes: 128"),
      (257, .hex, "alphanumeric, length: 64"),
    ] as [(Int, TextAlphabet, String)])
  func recipe(length: Int, _ alphabet: TextAlphabet, kind: String) {
    let credential = make(.applicationKey, .text(length: length, alphabet))
    #expect(credential.entry == ["generate: {kind: \(kind)}"])
  }

  @Test(
    "a key of stored data that is too short to be generated is supplied",
    arguments: [(21, .any, true), (22, .any, false), (31, .hex, true), (32, .hex, false)]
      as [(Int, TextAlphabet, Bool)])
  func storageKey(length: Int, _ alphabet: TextAlphabet, isSupplied: Bool) {
    #expect(make(.storageKey, .text(length: length, alphabet)).isSupplied == isSupplied)
    #expect(!make(.storageKey, .placeholder).isSupplied)
  }

  @Test("what is empty now is optional, and nothing else is")
  func empty() {
    let empty = make(.issued, .empty)
    #expect(empty.entry == ["supplied: true", "optional: true"])
    #expect(
      empty.reasons == [
        "s/k: issued by somebody else, judging by its name; it is empty now, so it is optional"
      ])
    #expect(make(.issued).entry == ["supplied: true"])
    #expect(make(.issued, because: "so it is").reasons == ["s/k: so it is"])
  }

  @Test("an entry says which values the supplied one contains")
  func holds() {
    var credential = make(.issued)
    credential.holds = ["a", "b"]
    #expect(credential.entry == ["supplied: true", "holds: [a, b]"])
  }
}
