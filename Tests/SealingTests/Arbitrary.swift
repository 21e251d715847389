/// Arbitrary inputs, the same ones for the same seed.

import Foundation
import Kubernetes

/// SplitMix64: a generator for tests, which can be started again where a test failed.
struct Arbitrary: RandomNumberGenerator {
  /// The variable `MOLTSEAL_SEED`, or 1: what one run refuses, the next one refuses too.
  static let seed = ProcessInfo.processInfo.environment["MOLTSEAL_SEED"].flatMap(UInt64.init) ?? 1

  private var state: UInt64

  /// - Parameter stream: what is tested; each test draws for itself.
  init(stream: Int) { state = Self.seed &* 0x1_0000 &+ UInt64(stream) }

  mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
    return mixed ^ (mixed >> 31)
  }

  mutating func bytes(_ count: Int) -> [UInt8] {
    (0..<count).map { _ in UInt8.random(in: 0...255, using: &self) }
  }

  /// A text of any characters, more often of those that names are made of.
  mutating func text() -> String {
    let pieces = [
      "a", "z", "0", "9", "-", ".", "/", " ", "A", "é", "e\u{301}", "ß", "名", "🔑", "\u{0}", "\n",
    ]
    let count = Int.random(in: 0...12, using: &self)
    return (0..<count).map { _ in pieces[Int.random(in: 0..<pieces.count, using: &self)] }.joined()
  }

  /// A map of keys to bytes: none, few or many, empty, short and long.
  mutating func map() -> [String: [UInt8]] {
    let lengths = [0, 1, 11, 15, 16, 17, 31, 32, 33, 190, 1000, 4096, 70_000]
    var map: [String: [UInt8]] = [:]
    for _ in 0..<Int.random(in: 0...6, using: &self) {
      let length = Bool.random(using: &self) ? Int.random(in: 0...300, using: &self) : nil
      map[text()] = bytes(length ?? lengths[Int.random(in: 0..<lengths.count, using: &self)])
    }
    return map
  }

  mutating func place() -> Place {
    let scope = Scope.allCases[Int.random(in: 0..<3, using: &self)]
    return Place(scope: scope, namespace: text(), name: text())
  }
}

/// Where a ciphertext may be opened.
struct Place {
  var scope: Scope
  var namespace: String
  var name: String

  var label: [UInt8] { scope.label(namespace: namespace, name: name) }

  /// Places near this one, and some far away, whose label differs.
  func others(_ random: inout Arbitrary) -> [Place] {
    var places = [self, self, self, self, self].map { _ in random.place() }
    for scope in Scope.allCases {
      for (namespace, name) in [
        (namespace, name), (name, namespace), (namespace + "x", name), (namespace, name + "x"),
        (namespace, String(name.dropLast())), (String(namespace.dropFirst()), name),
        (namespace.uppercased(), name), (namespace.decomposedStringWithCanonicalMapping, name),
        (namespace, "\(name)\u{0}"), ("", ""),
      ] {
        places.append(Place(scope: scope, namespace: namespace, name: name))
      }
    }
    return places.filter { $0.label != label }
  }
}
