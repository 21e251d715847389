/// The id of a rotation.

internal import Cryptography
package import Kubernetes
package import Reporting

extension Surroundings {
  /// Returns a new rotation id: its time, and 16 random hex digits.
  package static func rotation(_ now: Timestamp) throws -> String {
    "r-\(now.compact)-\(try Randomness.publicHex(8))"
  }
}
