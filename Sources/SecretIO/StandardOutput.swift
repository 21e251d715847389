/// Standard output, to which results go; the only place that writes a plaintext there.

package import Cryptography
internal import Glibc
internal import Processes

/// Writes to standard output, completely or not at all: a result that is cut off is no result.
package enum StandardOutput {
  /// Ends the command, because standard output cannot be written; `errno` says why.
  nonisolated(unsafe) private static var failure: @Sendable () -> Never = { Glibc.exit(1) }

  /// Sets what happens if standard output cannot be written.
  package static func onFailure(_ end: @escaping @Sendable () -> Never) { failure = end }

  /// Writes text.
  package static func write(_ text: String) { write(Array(text.utf8)) }

  /// Writes bytes that are no secret.
  package static func write(_ bytes: [UInt8]) { bytes.withUnsafeBytes { write($0) } }

  /// Writes a plaintext, for `generate` and `unseal`; no other function does.
  package static func write(secret: SecretBytes) { secret.withBytes { write($0) } }

  private static func write(_ bytes: UnsafeRawBufferPointer) {
    Interrupts.holdBack()
    var offset = 0
    while offset < bytes.count {
      let count = Glibc.write(
        STDOUT_FILENO, bytes.baseAddress?.advanced(by: offset), bytes.count - offset)
      guard count > 0 || errno == EINTR else { failure() }
      offset += max(count, 0)
    }
  }
}
