/// What holds for every value, scope, label and key: it opens as it was, or not at all.
///
/// Inputs are drawn from a seed, which a failure shows. `MOLTSEAL_SEED=N swift test` draws others.

import Cryptography
import Foundation
import Kubernetes
import Sealing
import Testing
import Unsealing

@Suite("Properties of sealing")
struct PropertyTests {
  /// Widths that are whole bytes, one bit more and one less, and one that is drawn.
  static let sizes: [Int] = {
    var random = Arbitrary(stream: 0)
    return [2048, 2049, 2055, 3072, 4096, 8192, Int.random(in: 2050..<3072, using: &random)]
  }()

  /// One key of each width.
  private static let pairs = Dictionary(
    sizes.map { bits in (bits, Result { try KeyPair(bits: bits) }) }, uniquingKeysWith: { $1 })

  private func pair(_ bits: Int) throws -> KeyPair {
    try #require(Self.pairs[bits]).get()
  }

  private func open(_ base64: String, at place: Place, with pair: KeyPair) throws -> [UInt8] {
    try unseal(
      base64, scope: place.scope, namespace: place.namespace, name: place.name,
      keys: [pair.privateKey]
    ).withBytes { Array($0) }
  }

  /// Expects the one error that means that nothing was opened.
  private func expectRefusal(
    _ ciphertext: [UInt8], at place: Place, with pair: KeyPair, _ what: String
  ) {
    let base64 = Data(ciphertext).base64EncodedString()
    #expect(throws: UnsealFailure.self, "\(what), seed \(Arbitrary.seed)") {
      try open(base64, at: place, with: pair)
    }
  }

  /// A value of up to 40 bytes, sealed for an arbitrary place, decoded.
  private func sealed(_ random: inout Arbitrary, for pair: KeyPair) throws -> (Place, [UInt8]) {
    let place = random.place()
    let value = random.bytes(Int.random(in: 0...40, using: &random))
    let job = SealingJob(label: place.label, value: secret(value))
    let base64 = try seal([job], for: pair.certificate.key, threads: 1)[0].base64
    #expect(try open(base64, at: place, with: pair) == value, "seed \(Arbitrary.seed)")
    return (place, Array(try #require(Data(base64Encoded: base64))))
  }

  @Test("any map of keys to bytes opens as it was, here and in Python", arguments: sizes)
  func opens(bits: Int) throws {
    let pair = try pair(bits)
    var random = Arbitrary(stream: bits)
    var forPython: [(label: [UInt8], base64: String)] = []
    var expected: [String] = []
    for round in 0..<6 {
      let (map, place) = (random.map(), random.place())
      let keys = map.keys.sorted()
      let jobs = keys.map { SealingJob(label: place.label, value: secret(map[$0] ?? [])) }
      let threads = Int.random(in: 1...3, using: &random)
      let values = try seal(jobs, for: pair.certificate.key, threads: threads)
      #expect(values.count == map.count)
      for (key, value) in zip(keys, values) {
        #expect(
          try open(value.base64, at: place, with: pair) == map[key],
          "round \(round), seed \(Arbitrary.seed)")
        forPython.append((place.label, value.base64))
        expected.append(map[key, default: []].map { String(format: "%02x", $0) }.joined())
      }
    }
    #expect(try pair.pythonOpens(forPython) == expected, "seed \(Arbitrary.seed)")
  }

  @Test("a flipped bit is refused: every one for RSA-2048, a few of the others", arguments: sizes)
  func flippedBit(bits: Int) throws {
    let pair = try pair(bits)
    var random = Arbitrary(stream: bits + 1)
    let (place, bytes) = try sealed(&random, for: pair)
    let all = 0..<bytes.count * 8
    let some = (0..<40).map { _ in Int.random(in: all, using: &random) }
    for bit in bits == 2048 ? Array(all) : some {
      var changed = bytes
      changed[bit / 8] ^= 1 << (bit % 8)
      expectRefusal(changed, at: place, with: pair, "bit \(bit)")
    }
  }

  @Test("whatever is cut off or put on is refused", arguments: sizes)
  func cut(bits: Int) throws {
    let pair = try pair(bits)
    var random = Arbitrary(stream: bits + 2)
    let (place, bytes) = try sealed(&random, for: pair)
    for length in 0..<bytes.count {
      expectRefusal(Array(bytes.prefix(length)), at: place, with: pair, "cut to \(length)")
    }
    let size = (bits + 7) / 8
    for (what, changed) in [
      ("a byte before", [0] + bytes), ("a byte after", bytes + [0]),
      ("without length", Array(bytes.dropFirst(2))), ("twice", bytes + bytes),
      ("the key alone", Array(bytes.prefix(2 + size))),
      ("a byte less of the key", Array(bytes.prefix(1 + size) + bytes.dropFirst(2 + size))),
      ("noise", random.bytes(bytes.count)),
      ("length and noise", bytes.prefix(2) + random.bytes(size + 20)),
    ] {
      expectRefusal(changed, at: place, with: pair, what)
    }
  }

  @Test("a cut of the base64 text is refused")
  func cutText() throws {
    let pair = try pair(2048)
    var random = Arbitrary(stream: 3)
    let (place, bytes) = try sealed(&random, for: pair)
    let text = Data(bytes).base64EncodedString()
    for length in 0..<text.count {
      #expect(throws: UnsealFailure.self, "\(length), seed \(Arbitrary.seed)") {
        try open(String(text.prefix(length)), at: place, with: pair)
      }
    }
  }

  @Test("any other label is refused", arguments: sizes)
  func otherLabel(bits: Int) throws {
    let pair = try pair(bits)
    var random = Arbitrary(stream: bits + 4)
    let (place, bytes) = try sealed(&random, for: pair)
    for other in place.others(&random) {
      expectRefusal(bytes, at: other, with: pair, "\(other) for \(place)")
    }
  }
}
