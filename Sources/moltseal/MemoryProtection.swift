/// What is said where secrets lie in memory that may be swapped.

internal import Cryptography

enum MemoryProtection {
  static let fault = "not locked: the memlock limit is too low"

  nonisolated(unsafe) private static var isSaid = false

  /// Warns, once, where the memory for secrets is not locked.
  ///
  /// Called by everything that is about to hold one, before any thread starts.
  static func warn() {
    guard !isSaid, !SecureMemory.isLocked else { return }
    isSaid = true
    Terminal.warning(
      "secret memory is \(fault), so that it may be swapped; raise it (ulimit -l) or switch swap off"
    )
  }
}
