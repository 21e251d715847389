/// How the process keeps its secrets to itself, and what of that this machine allows.

internal import Cryptography

/// The protection of the process as a whole.
package enum ProcessProtection {
  /// Hardens the process; call this before anything is read.
  package static func apply() { ProcessHardening.apply() }

  /// Starts libcrypto, and takes the supplied values out of the environment.
  ///
  /// Call this before any thread or child exists.
  package static func start() {
    CryptographyLibrary.start()
    SuppliedVariables.take()
  }

  /// libcrypto's own words about its version.
  package static var libraryVersion: String { SecureMemory.libraryVersion }

  /// Whether the memory for secrets is locked, in a word or with the reason.
  package static var memory: String { SecureMemory.isLocked ? "locked" : MemoryProtection.fault }

  /// Whether a crash could leave a core dump: `off` or `on`.
  package static var coreDumps: String { ProcessHardening.coreDumpsAreOff ? "off" : "on" }
}
