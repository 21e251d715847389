/// Random bytes and unbiased choices, only from OpenSSL's private generator.

internal import COpenSSL
internal import Text

package enum Randomness {
  /// Fills `buffer` from OpenSSL's private random generator (`RAND_priv_bytes`).
  package static func fill(_ buffer: UnsafeMutableRawBufferPointer) throws(OpenSSLError) {
    guard let base = buffer.baseAddress, buffer.count > 0 else { return }
    // No caller asks for more than 2 GiB at once: lengths are limited where they are read.
    try check(
      RAND_priv_bytes(base.assumingMemoryBound(to: UInt8.self), Int32(buffer.count)),
      "RAND_priv_bytes")
  }

  /// `count` random bytes.
  package static func bytes(_ count: Int) throws(OpenSSLError) -> SecretBytes {
    try SecretBytes(count: count) { buffer throws(OpenSSLError) in try fill(buffer) }
  }

  /// `count` characters, each drawn from `alphabet` (2 to 256 bytes) with equal probability.
  ///
  /// - Parameter accepting: the whole value is drawn again until it returns true, which keeps all
  ///   accepted values equally likely.
  package static func characters(
    _ count: Int, from alphabet: [UInt8],
    accepting: (UnsafeRawBufferPointer) -> Bool = { _ in true }
  ) throws(OpenSSLError) -> SecretBytes {
    let sampler = UniformSampler(size: alphabet.count)
    let pool = try RandomPool()
    return try SecretBytes(count: count) { buffer throws(OpenSSLError) in
      repeat {
        for position in 0..<count {
          var index: Int?
          while index == nil { index = sampler.index(for: try pool.nextByte()) }
          // The loop above ends with an index below the alphabet's size.
          buffer[position] = alphabet[index ?? 0]
        }
      } while !accepting(UnsafeRawBufferPointer(buffer))
    }
  }

  /// Public random bytes as 2 × `count` lower-case hex digits, for rotation ids.
  package static func publicHex(_ count: Int) throws(OpenSSLError) -> String {
    var bytes = [UInt8](repeating: 0, count: count)
    try check(RAND_bytes(&bytes, Int32(count)), "RAND_bytes")
    return Hex.encode(bytes)
  }
}

/// Turns uniform bytes into uniform indices by rejection.
package struct UniformSampler: Sendable {
  private let size: Int
  /// The largest multiple of `size` up to 256; bytes from there on are rejected.
  private let limit: Int

  /// - Precondition: `size` is 1 to 256.
  package init(size: Int) {
    precondition((1...256).contains(size))
    self.size = size
    self.limit = 256 - 256 % size
  }

  /// An index below `size`; nil if `byte` would favour the low ones.
  package func index(for byte: UInt8) -> Int? {
    Int(byte) < limit ? Int(byte) % size : nil
  }
}
