/// Memory for plaintext: locked if the limit allows it, and wiped.

internal import COpenSSL

/// Secret bytes of a fixed length, wiped when their last reference is released.
///
/// It is a class, so that a dictionary can hold it and the bytes are never copied. It has no
/// description, no equality and no encoding; the bytes are read only in `withBytes`, so that grep
/// finds every reader.
package final class SecretBytes: @unchecked Sendable {
  // `@unchecked`: the bytes are written only in `init`, before anybody else has the object.
  private let pointer: UnsafeMutableRawPointer
  /// The number of bytes.
  package let count: Int

  /// Allocates `count` bytes, all zero, and lets `body` write them once.
  ///
  /// - Throws: what `body` throws; the memory is then wiped and freed too.
  package init<E: Error>(
    count: Int, initializingWith body: (UnsafeMutableRawBufferPointer) throws(E) -> Void
  ) throws(E) {
    self.pointer = SecureMemory.allocate(count)
    self.count = count
    try body(UnsafeMutableRawBufferPointer(start: pointer, count: count))
  }

  /// Copies bytes from elsewhere; their owner still has to wipe the original.
  package convenience init(copying bytes: UnsafeRawBufferPointer) {
    self.init(count: bytes.count) { $0.copyMemory(from: bytes) }
  }

  /// Concatenates several secrets.
  package convenience init(joining pieces: [SecretBytes]) {
    self.init(count: pieces.reduce(0) { $0 + $1.count }) { output in
      var position = 0
      for piece in pieces {
        piece.withBytes { bytes in
          UnsafeMutableRawBufferPointer(rebasing: output[position..<position + bytes.count])
            .copyMemory(from: bytes)
        }
        position += piece.count
      }
    }
  }

  /// Lends the bytes to `body`, which must not keep them.
  package func withBytes<R, E: Error>(
    _ body: (UnsafeRawBufferPointer) throws(E) -> R
  ) throws(E) -> R {
    try body(UnsafeRawBufferPointer(start: pointer, count: count))
  }

  deinit { SecureMemory.wipeAndFree(pointer, count) }
}

/// OpenSSL's secure heap, and ordinary memory when it is full.
package enum SecureMemory {
  /// The size of the locked heap: 1 MiB, in pieces of at least 32 bytes.
  private static let heapSize = 1 << 20
  /// The part of it that is left to OpenSSL, whose random generators live there and fail without
  /// room.
  private static let reserve = 256 << 10

  /// 1: locked; 2: in use, but the memlock limit prevented locking; 0: not available.
  private static let state: Int32 = CRYPTO_secure_malloc_init(heapSize, 32)

  /// Whether the kernel locked the heap, so that it never reaches swap.
  package static var isLocked: Bool { state == 1 }

  /// The version of the loaded libcrypto.
  package static var libraryVersion: String { String(cString: OpenSSL_version(OPENSSL_VERSION)) }

  /// Zeroed memory of `count` bytes, from the secure heap or else from the ordinary one.
  static func allocate(_ count: Int) -> UnsafeMutableRawPointer {
    let size = max(count, 1)
    let pointer = (hasRoom(size) ? moltseal_secure_malloc(size) : nil) ?? moltseal_malloc(size)
    // A program that cannot allocate a few bytes cannot report it either.
    guard let pointer else { fatalError("out of memory") }
    pointer.initializeMemory(as: UInt8.self, repeating: 0, count: size)
    return pointer
  }

  /// Whether the secure heap exists and has room beside its reserve.
  private static func hasRoom(_ size: Int) -> Bool {
    // Without the heap, libcrypto has no lock for it either and must not be called.
    guard state != 0 else { return false }
    // Every piece of that heap has a size that is a power of two.
    let piece = 1 << (Int.bitWidth - (size - 1).leadingZeroBitCount)
    return CRYPTO_secure_used() + piece <= heapSize - reserve
  }

  static func wipeAndFree(_ pointer: UnsafeMutableRawPointer, _ count: Int) {
    moltseal_clear_free(pointer, max(count, 1))
  }

  /// Overwrites memory that somebody else owns: an environment variable, a read buffer.
  package static func wipe(_ bytes: UnsafeMutableRawBufferPointer) {
    guard let base = bytes.baseAddress else { return }
    OPENSSL_cleanse(base, bytes.count)
  }
}
