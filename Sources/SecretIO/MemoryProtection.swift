/// Warns if secrets are in memory that may be swapped.

internal import Cryptography
internal import Reporting

/// Whether the memory for secrets can be swapped.
package enum MemoryProtection {
  static let fault = "not locked: the memlock limit is too low"

  nonisolated(unsafe) private static var isSaid = false

  /// Warns once if the memory for secrets is not locked.
  ///
  /// Everything that is about to hold a secret calls this, before any thread starts.
  package static func warn() {
    guard !isSaid, !SecureMemory.isLocked else { return }
    isSaid = true
    Notices.warn(
      "secret memory is \(fault), so it may be swapped; raise the limit (ulimit -l) or turn swap off"
    )
  }
}
