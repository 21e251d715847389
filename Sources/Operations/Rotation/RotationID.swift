/// The id of a rotation.

internal import Cryptography
internal import Kubernetes
internal import Reporting

extension Surroundings {
  /// Returns a new rotation id: its time, and 16 random hex digits.
  static func rotation(_ now: Timestamp) throws -> String {
    "r-\(now.compact)-\(try Randomness.publicHex(8))"
  }
}
