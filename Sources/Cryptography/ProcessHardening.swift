/// Process start: OpenSSL without a configuration file, and no crash reports that show memory.

internal import COpenSSL
internal import Glibc

package enum CryptographyLibrary {
  /// Starts OpenSSL without its configuration file, which could name a module to load.
  ///
  /// `OPENSSL_CONF` and the system's openssl.cnf can be changed from outside, and must not affect
  /// the encryption here. Call it before anything else in this module.
  package static func start() {
    OPENSSL_init_crypto(UInt64(OPENSSL_INIT_NO_LOAD_CONFIG), nil)
  }
}

package enum ProcessHardening {
  /// Restores the default signal handlers.
  ///
  /// Swift's crash reporter would print registers and stack.
  ///
  /// Core dumps and tracing are already off before this runs (`CProcess`).
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
