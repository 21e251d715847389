/// How the process begins: OpenSSL without a configuration file, and no crash report with memory in it.

internal import COpenSSL
internal import Glibc

package enum CryptographyLibrary {
  /// Starts OpenSSL without its configuration file, which could name a module to load.
  ///
  /// `OPENSSL_CONF` and the system's openssl.cnf are the surroundings' to change; what encrypts
  /// here is not. Call it before anything else of this module.
  package static func start() {
    OPENSSL_init_crypto(UInt64(OPENSSL_INIT_NO_LOAD_CONFIG), nil)
  }
}

package enum ProcessHardening {
  /// Takes back the handlers that print memory: Swift's crash reporter shows registers and stack,
  /// so the signals that it listens to go back to their default.
  ///
  /// Core dumps and tracing are off before any of this runs (`CProcess`).
  package static func apply() {
    for signalNumber in [SIGILL, SIGSEGV, SIGBUS, SIGFPE, SIGABRT, SIGTRAP] {
      signal(signalNumber, SIG_DFL)
    }
  }

  /// Whether core dumps are off for this process.
  package static var coreDumpsAreOff: Bool {
    var limit = rlimit()
    return getrlimit(__rlimit_resource_t(RLIMIT_CORE.rawValue), &limit) == 0 && limit.rlim_cur == 0
  }
}
