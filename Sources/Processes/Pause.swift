/// Waiting.

internal import Glibc

package enum Pause {
  /// Waits; a signal may end it early.
  package static func milliseconds(_ count: UInt32) {
    if count >= 1000 { sleep(count / 1000) }
    usleep(count % 1000 * 1000)
  }
}
