/// A growing buffer for bytes that may be secret; its memory is wiped whenever it moves.

internal import COpenSSL
internal import Glibc

package final class SecretBuffer {
  private var memory: UnsafeMutableRawPointer
  private var capacity = 1 << 12
  /// The number of bytes.
  package private(set) var count = 0

  package init() { memory = SecureMemory.allocate(capacity) }

  package func append(_ bytes: UnsafeRawBufferPointer) {
    guard let base = bytes.baseAddress, !bytes.isEmpty else { return }
    reserve(count + bytes.count)
    (memory + count).copyMemory(from: base, byteCount: bytes.count)
    count += bytes.count
  }

  /// Removes the first bytes, and wipes the space that becomes free.
  package func removeFirst(_ length: Int) {
    let rest = count - length
    memmove(memory, memory + length, rest)
    SecureMemory.wipe(UnsafeMutableRawBufferPointer(start: memory + rest, count: length))
    count = rest
  }

  /// Lends the bytes to `body`, which must not keep them.
  package func withBytes<R, E: Error>(
    _ body: (UnsafeRawBufferPointer) throws(E) -> R
  ) throws(E) -> R {
    try body(UnsafeRawBufferPointer(start: memory, count: count))
  }

  private func reserve(_ wanted: Int) {
    guard wanted > capacity else { return }
    let larger = max(capacity * 2, wanted)
    let new = SecureMemory.allocate(larger)
    new.copyMemory(from: memory, byteCount: count)
    SecureMemory.wipeAndFree(memory, capacity)
    (memory, capacity) = (new, larger)
  }

  deinit { SecureMemory.wipeAndFree(memory, capacity) }
}
