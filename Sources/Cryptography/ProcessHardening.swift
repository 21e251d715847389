/// Keeps the process's memory out of core dumps and crash reports.

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
  /// Switches off core dumps, tracing by the same user, and handlers that print memory.
  ///
  /// Called first thing in the process: Swift's crash reporter prints registers and memory, so the
  /// signals it listens to go back to their default. Failures are ignored: a sandbox that forbids
  /// the calls is no reason not to run.
  package static func apply() {
    for signalNumber in [SIGILL, SIGSEGV, SIGBUS, SIGFPE, SIGABRT, SIGTRAP] {
      signal(signalNumber, SIG_DFL)
    }
    var none = rlimit(rlim_cur: 0, rlim_max: 0)
    setrlimit(__rlimit_resource_t(RLIMIT_CORE.rawValue), &none)
    moltseal_forbid_core_dumps_and_tracing()
  }

  /// Whether core dumps are off for this process.
  package static var coreDumpsAreOff: Bool {
    var limit = rlimit()
    return getrlimit(__rlimit_resource_t(RLIMIT_CORE.rawValue), &limit) == 0 && limit.rlim_cur == 0
  }
}
