/// What opens, with which key, and why the rest does not.

import Cryptography
import Foundation
import Kubernetes
import Sealing
import Testing
import Unsealing

@Suite("Opening sealed values")
struct UnsealTests {
  /// The bytes of the two lengths, the session key for 2048 bits, and the tag.
  private static let least = 2 + 256 + 16

  private let first: RSAPrivateKey
  private let second: RSAPrivateKey
  /// A key of another size.
  private let small: RSAPrivateKey
  private let label = Scope.strict.label(namespace: "ns", name: "name")

  init() throws {
    first = try Keys.first()
    second = try Keys.second()
    small = try Keys.key(Keys.pkcs1)
  }

  /// A value that is sealed for the first key under `label`.
  private func sealed(_ value: String, label: [UInt8]? = nil) throws -> [UInt8] {
    let job = SealingJob(label: label ?? self.label, value: secret(value))
    return try seal([job], for: try Keys.publicKey("first"), threads: 1)[0].bytes
  }

  private func open(
    _ bytes: [UInt8], _ keys: RSAPrivateKey..., label: [UInt8]? = nil,
    others: [(label: [UInt8], what: String)] = []
  ) throws -> UnsealResult {
    try unseal(
      [
        UnsealJob(
          base64: Data(bytes).base64EncodedString(), label: label ?? self.label,
          otherLabels: others)
      ], keys: keys, threads: 1)[0]
  }

  private func failure(_ result: UnsealResult) -> UnsealFailure? {
    if case .failure(let failure) = result { failure } else { nil }
  }

  @Test("the first key that fits opens it, and is named by its place among all")
  func keys() throws {
    let bytes = try sealed("välue\n")
    for (keys, place) in [
      ([first], 0), ([second, first], 1), ([small, second, first], 2), ([first, second, first], 0),
    ] {
      let opened = try unseal(
        [UnsealJob(base64: Data(bytes).base64EncodedString(), label: label)], keys: keys,
        threads: 1)[0].get()
      #expect(text(opened.value) == "välue\n" && opened.key == place)
    }
  }

  @Test("a short value opens as it was, even an empty one", arguments: ["", "\0", "a"])
  func short(value: String) throws {
    #expect(text(try open(try sealed(value), first).get().value) == value)
  }

  @Test("another key opens nothing; keys of another size, or none, say what size it was")
  func otherKeys() throws {
    let bytes = try sealed("value")
    #expect(failure(try open(bytes, second)) == .noKeyOpensIt)
    #expect(failure(try open(bytes, second, small)) == .noKeyOpensIt)
    #expect(failure(try open(bytes, small)) == .otherSize(bits: 2048))
    #expect(failure(try open(bytes)) == .otherSize(bits: 2048))
    #expect(
      failure(try open(bytes, small, others: [(label, "it")])) == .otherSize(bits: 2048))
  }

  @Test("another label opens nothing, and one of those that are tried is named")
  func otherLabels() throws {
    let elsewhere = Scope.strict.label(namespace: "ns", name: "other")
    let bytes = try sealed("value", label: elsewhere)
    #expect(failure(try open(bytes, first)) == .noKeyOpensIt)
    let others = [
      (label: Array("ns".utf8), what: "the namespace"), (elsewhere, "the other"),
      (elsewhere, "the same again"), ([], "all"),
    ]
    #expect(failure(try open(bytes, first, others: others)) == .sealedFor("the other"))
    #expect(failure(try open(bytes, second, first, others: others)) == .sealedFor("the other"))
    #expect(failure(try open(bytes, second, others: others)) == .noKeyOpensIt)
    // A label that fits is not looked for among the others.
    #expect(try open(bytes, first, label: elsewhere, others: others).get().key == 0)
  }

  @Test("what was changed behind the session key is told from what no key opens")
  func changed() throws {
    let bytes = try sealed("value")
    for place in [bytes.count - 1, Self.least - 16] {
      var other = bytes
      other[place] ^= 1
      #expect(failure(try open(other, first)) == .changed, "byte \(place)")
      #expect(failure(try open(other, second, first)) == .changed)
      #expect(failure(try open(other, first, second)) == .changed)
      #expect(failure(try open(other, second)) == .noKeyOpensIt)
      // Of such a one it is still known what it was sealed for.
      #expect(
        failure(try open(other, first, label: [], others: [(label, "it")])) == .sealedFor("it"))
    }
    var other = bytes
    other[200] ^= 1
    #expect(failure(try open(other, first, others: [(label, "it")])) == .noKeyOpensIt)
    #expect(failure(try open(bytes + [0], first)) == .changed)
  }

  @Test("what is too short for its format is truncated, and what is only cut is changed")
  func truncated() throws {
    let bytes = try sealed("value")
    #expect(bytes.count == Self.least + 5)
    for count in [0, 1, 2, 3, 258, Self.least - 1] {
      #expect(failure(try open(Array(bytes.prefix(count)), first)) == .truncated, "\(count)")
    }
    for count in [Self.least, Self.least + 4] {
      #expect(failure(try open(Array(bytes.prefix(count)), first)) == .changed, "\(count)")
    }
    #expect(failure(try open(Array(try sealed("").dropLast()), first)) == .truncated)
  }

  @Test("what is no base64 is said so, whatever the keys are", arguments: ["!", "AA=A", "A", "é"])
  func notBase64(text: String) throws {
    let job = UnsealJob(base64: text, label: label)
    for keys in [[], [first]] {
      #expect(failure(try unseal([job], keys: keys, threads: 1)[0]) == .notBase64)
    }
  }
}
