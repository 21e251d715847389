/// Random bytes drawn 4 KiB at a time, because each call of the generator costs up to 0.65 µs.

internal import COpenSSL
internal import Glibc

/// A pool for one thread; the bytes that it gives out are wiped at once.
///
/// After a fork, parent and child would draw the same bytes, so the pool records the process that
/// filled it and is filled again in any other.
package final class RandomPool {
  private static let capacity = 4096
  private let memory: UnsafeMutableRawBufferPointer
  private var next = RandomPool.capacity
  private var owner: pid_t = 0

  package init() throws(OpenSSLError) {
    memory = UnsafeMutableRawBufferPointer(
      start: SecureMemory.allocate(RandomPool.capacity), count: RandomPool.capacity)
  }

  deinit {
    // `allocate` never returns nil.
    if let base = memory.baseAddress { SecureMemory.wipeAndFree(base, memory.count) }
  }

  /// Lends the next `count` bytes (at most 4096) to `body`, then wipes them.
  package func withBytes<R, E: Error>(
    _ count: Int, _ body: (UnsafeRawBufferPointer) throws(E) -> R
  ) throws -> R {
    try refill(for: count)
    let slice = UnsafeMutableRawBufferPointer(rebasing: memory[next..<next + count])
    next += count
    defer { SecureMemory.wipe(slice) }
    return try body(UnsafeRawBufferPointer(slice))
  }

  func nextByte() throws(OpenSSLError) -> UInt8 {
    try refill(for: 1)
    defer {
      memory[next] = 0
      next += 1
    }
    return memory[next]
  }

  private func refill(for count: Int) throws(OpenSSLError) {
    precondition(count <= RandomPool.capacity)
    let process = getpid()
    guard next + count > RandomPool.capacity || owner != process else { return }
    try Randomness.fill(memory)
    next = 0
    owner = process
  }
}
