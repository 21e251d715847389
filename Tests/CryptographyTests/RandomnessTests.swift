/// The strength of what is drawn: no symbol favoured, nothing drawn twice.

import Cryptography
import Foundation
import Glibc
import Testing

/// What several threads have drawn.
///
/// NSLock, since the thread sanitizer does not know Mutex.
private final class DrawnKeys: @unchecked Sendable {
  private let lock = NSLock()
  private var keys: [[UInt8]] = []

  var all: [[UInt8]] { lock.withLock { keys } }

  func add(_ more: [[UInt8]]) { lock.withLock { keys += more } }
}

@Suite("Randomness")
struct RandomnessTests {
  @Test("every symbol of every alphabet is drawn by as many byte values")
  func samplerIsUniform() {
    for size in 2...256 {
      let sampler = UniformSampler(size: size)
      var counts = [Int](repeating: 0, count: size)
      for byte in UInt8.min...UInt8.max {
        if let index = sampler.index(for: byte) { counts[index] += 1 }
      }
      #expect(Set(counts).count == 1, "alphabet of \(size)")
      #expect(counts[0] == 256 / size, "no byte is rejected without need, alphabet of \(size)")
    }
  }

  @Test("a million characters pass a chi-squared test", arguments: [10, 26, 62, 94])
  func charactersAreUniform(size: Int) throws {
    let alphabet = (0..<UInt8(size)).map { $0 + 33 }
    var counts = [Int](repeating: 0, count: size)
    try Randomness.characters(1_000_000, from: alphabet).withBytes { bytes in
      for byte in bytes { counts[Int(byte) - 33] += 1 }
    }
    let expected = 1_000_000 / Double(size)
    let statistic = counts.reduce(0.0) { $0 + pow(Double($1) - expected, 2) / expected }
    // Six standard deviations: a true generator fails once in a hundred million runs.
    let freedom = Double(size - 1)
    #expect(statistic < freedom + 6 * (2 * freedom).squareRoot())
    #expect(statistic > freedom - 6 * (2 * freedom).squareRoot())
  }

  @Test("a million session keys from all threads are all different")
  func keysAreUnique() throws {
    let keys = DrawnKeys()
    DispatchQueue.concurrentPerform(iterations: 8) { _ in
      guard let pool = try? RandomPool() else { return }
      var mine: [[UInt8]] = []
      for _ in 0..<125_000 {
        if let key = try? pool.withBytes(32, { Array($0) }) { mine.append(key) }
      }
      keys.add(mine)
    }
    let drawn = keys.all
    #expect(drawn.count == 1_000_000)
    #expect(Set(drawn).count == drawn.count)
  }

  @Test("a fork shares no session key with its parent")
  func keysDifferAfterFork() throws {
    // Swift hides fork(2), which a program of threads should not use; here it is the point.
    typealias Fork = @convention(c) () -> pid_t
    let symbol = try #require(dlsym(nil, "fork"))
    let fork = unsafeBitCast(symbol, to: Fork.self)
    let pool = try RandomPool()
    _ = try pool.withBytes(32) { Array($0) }
    var ends: [Int32] = [0, 0]
    #expect(pipe(&ends) == 0)
    let child = fork()
    if child == 0 {
      for _ in 0..<64 {
        _ = try? pool.withBytes(32) { write(ends[1], $0.baseAddress, 32) }
      }
      _exit(0)
    }
    var status: Int32 = 0
    waitpid(child, &status, 0)
    let mine = try (0..<64).map { _ in try pool.withBytes(32) { Array($0) } }
    var theirs = [UInt8](repeating: 0, count: 64 * 32)
    #expect(read(ends[0], &theirs, theirs.count) == theirs.count)
    let drawn = mine + stride(from: 0, to: theirs.count, by: 32).map { Array(theirs[$0..<$0 + 32]) }
    #expect(Set(drawn).count == 128)
  }
}
