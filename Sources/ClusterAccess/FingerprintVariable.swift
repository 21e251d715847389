/// The fingerprints that a variable of the process demands.

internal import Reporting
internal import Workspace

/// The fingerprints that the process's environment demands, whatever the repository says.
enum FingerprintVariable {
  static let name = "MOLTSEAL_FINGERPRINT"

  /// Returns the fingerprints in MOLTSEAL_FINGERPRINT, or nil if it is not set.
  ///
  /// They are separated by commas or spaces, so that a renewed key and the one before it can both
  /// be listed.
  ///
  /// - Throws: `CommandError` if the variable is set but empty, as an undefined variable of a CI
  ///   system is: a missing guard must not look like one.
  static func pins() throws -> [String]? {
    guard Surroundings.isSet(name) else { return nil }
    let text = Surroundings.text(name) ?? ""
    let pins = text.split { $0 == "," || $0.isWhitespace }.map(String.init)
    guard !pins.isEmpty else {
      throw CommandError(
        "\(name) is set but empty",
        hint: "set it to the fingerprint of the controller's key, or unset it")
    }
    if let fault = pins.first(where: { !Workspace.isFingerprint($0) }) {
      throw CommandError(
        "\(name) has '\(fault)', which is not a fingerprint",
        hint: "a fingerprint is sha256: and 64 lower-case hex digits")
    }
    return pins
  }
}
