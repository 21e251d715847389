/// The certificate of a run: read, checked, and compared with the pins.

package import Cryptography
package import Kubernetes
package import Rules
internal import Reporting
internal import Repository
internal import SecretIO
package import Files
package import Workspace
internal import YAML

/// A certificate that was checked, and the place that it came from.
package struct SealingCertificate {
  /// The certificate itself.
  package let certificate: Certificate
  /// The path for messages.
  package let path: String

  /// `sha256:` and 64 lower-case hex digits of its public key.
  package var fingerprint: String { certificate.key.fingerprint }
  /// The first second at which it is valid.
  package var notBefore: Timestamp { Timestamp(seconds: certificate.notBefore) }
  /// The last second at which it is valid.
  package var notAfter: Timestamp { Timestamp(seconds: certificate.notAfter) }

  /// The size of its RSA key, in bits.
  package var bits: Int { certificate.key.bits }

  /// Its public key, as far as ciphertexts tell of it.
  ///
  /// - Parameter claim: what is known of the items that were sealed for other keys.
  package func sealingKey(claim: SealingKey.Claim = .newest) -> SealingKey {
    SealingKey(fingerprint: fingerprint, modulus: certificate.key.modulus, claim: claim)
  }

  /// Whole days since the first second at which it is valid.
  package func ageInDays(at now: Timestamp) -> Int {
    (now.seconds - certificate.notBefore) / 86_400
  }

  /// Loads the certificate of an environment, or the one named on the command line.
  package static func load(
    override: String?, environment: WorkspaceEnvironment, folder: WorkspaceFolder, now: Timestamp
  ) throws -> SealingCertificate {
    let (path, bytes) = try read(override, environment, folder)
    return try SealingCertificate(pem: bytes, path: path, now: now)
  }

  /// Parses a certificate file, and refuses every fault that it can have.
  package init(pem bytes: [UInt8], path: String, now: Timestamp) throws {
    do throws(Certificate.Failure) {
      certificate = try Certificate(pem: bytes, now: now.seconds)
      self.path = path
    } catch {
      let (message, hint) = error.fault.explained
      throw CommandError(
        message, hint: hint, file: path, location: Location(line: error.line, column: 1))
    }
  }

  /// Reads a certificate file that the user named; it must match MOLTSEAL_FINGERPRINT, if set.
  package init(file: String) throws {
    try self.init(pem: try PlainFile.read(file), path: file, now: Surroundings.now())
    try checkVariable()
  }

  /// Reads a certificate file to seal for, outside of any environment.
  ///
  /// It is compared with the pins of the workspace around the working folder.
  package init(sealingFor file: String) throws {
    try self.init(file: file)
    let pins = LoadedWorkspace.pins()
    // Without pins in a workspace, the variable is enough.
    if try pins.contains(fingerprint) || pins.isEmpty && FingerprintVariable.pins() != nil {
      return
    }
    let fault =
      pins.isEmpty
      ? "the certificate '\(file)' is not pinned"
      : "the key of '\(file)', \(fingerprint), is not among the fingerprints of the workspace"
    guard Surroundings.text("CI") == nil else {
      throw CommandError(
        "\(fault), and CI is set",
        hint: "compare the fingerprint with the controller's, then set MOLTSEAL_FINGERPRINT to it")
    }
    Notices.warn(
      "\(fault); compare it with the controller's, then set MOLTSEAL_FINGERPRINT=\(fingerprint)")
  }

  private static func read(
    _ override: String?, _ environment: WorkspaceEnvironment, _ folder: WorkspaceFolder
  ) throws -> (String, [UInt8]) {
    if let override { return (override, try PlainFile.read(override)) }
    guard let certificate = environment.certificate else {
      throw CommandError(
        "environment '\(environment.name)' has no 'certificate'",
        hint:
          "save the controller's certificate in the workspace, then: moltseal cert pin \(CLI.env) \(environment.name) \(CLI.certificate) FILE",
        file: Workspace.fileName, location: environment.location)
    }
    do throws(FileError) {
      return (certificate.path, try folder.read(certificate.path, limit: 1 << 20))
    } catch {
      throw CommandError(
        error, what: "cannot read the certificate", file: Workspace.fileName,
        location: certificate.location)
    }
  }

  /// Refuses a certificate that is not trusted, and warns about a missing pin or an old
  /// certificate.
  package func checkTrust(_ environment: WorkspaceEnvironment, now: Timestamp) throws {
    try checkPins(environment)
    if environment.fingerprints.isEmpty {
      Notices.warn(
        "the certificate is not pinned; compare its fingerprint, then: moltseal cert pin \(CLI.env) \(environment.name) \(fingerprint)"
      )
    }
    if ageInDays(at: now) > 30 {
      Notices.warn(
        "the certificate \(path) is \(ageInDays(at: now)) days old; the controller has renewed its key since (every 30 days)"
      )
    }
  }

  /// Refuses a certificate that does not match the environment's pins, MOLTSEAL_FINGERPRINT, or the
  /// rules for CI.
  package func checkPins(_ environment: WorkspaceEnvironment) throws {
    let pins = environment.fingerprints
    if !pins.isEmpty, !pins.contains(fingerprint) {
      throw CommandError(
        "its key is \(fingerprint), which is not among the fingerprints of '\(environment.name)'",
        hint:
          "compare it with the controller's; if it is right: moltseal cert pin \(CLI.env) \(environment.name) \(fingerprint)",
        file: path)
    }
    try checkVariable()
    guard pins.isEmpty, Surroundings.text("CI") != nil else { return }
    throw CommandError(
      "environment '\(environment.name)' has no fingerprints, and CI is set",
      hint: "pin the key once by hand: moltseal cert pin \(CLI.env) \(environment.name)",
      file: Workspace.fileName, location: environment.location)
  }

  /// Refuses a certificate that does not match MOLTSEAL_FINGERPRINT, if that is set.
  ///
  /// - Throws: `CommandError`.
  package func checkVariable() throws {
    guard let wanted = try FingerprintVariable.pins(), !wanted.contains(fingerprint) else { return }
    throw CommandError(
      "its key is \(fingerprint), but MOLTSEAL_FINGERPRINT is '\(wanted.joined(separator: " "))'",
      hint:
        "find out whether somebody changed the certificate, or the variable is older than a renewal",
      file: path)
  }
}
