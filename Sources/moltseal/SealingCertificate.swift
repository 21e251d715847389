/// The certificate of a run: read, checked, and held against the pins.

internal import Cryptography
internal import Kubernetes
internal import Manifests
internal import Transactions
internal import Workspace
internal import YAML

struct SealingCertificate {
  let certificate: Certificate
  /// The path as a person knows it.
  let path: String

  var fingerprint: String { certificate.key.fingerprint }
  var notBefore: Timestamp { Timestamp(seconds: certificate.notBefore) }
  var notAfter: Timestamp { Timestamp(seconds: certificate.notAfter) }

  func ageInDays(at now: Timestamp) -> Int { (now.seconds - certificate.notBefore) / 86_400 }

  /// The certificate file of an environment, or the one named on the command line.
  static func load(
    override: String?, environment: WorkspaceEnvironment, folder: WorkspaceFolder, now: Timestamp
  ) throws -> SealingCertificate {
    let (path, bytes) = try read(override, environment, folder)
    return try SealingCertificate(pem: bytes, path: path, now: now)
  }

  /// The certificate in the bytes of a file, refused for every fault that it can have.
  init(pem bytes: [UInt8], path: String, now: Timestamp) throws {
    do throws(Certificate.Failure) {
      certificate = try Certificate(pem: bytes, now: now.seconds)
      self.path = path
    } catch {
      let (message, hint) = SealingCertificate.explain(error.fault)
      throw CommandError(
        message, hint: hint, file: path, location: Location(line: error.line, column: 1))
    }
  }

  /// A file that a person named; MOLTSEAL_FINGERPRINT, where it is set, must match.
  init(file: String) throws {
    try self.init(pem: try PlainFile.read(file), path: file, now: Surroundings.now())
    try checkVariable()
  }

  /// A file that a person named, to seal for, outside of any environment: held against the pins of
  /// the workspace around the working folder.
  init(sealingFor file: String) throws {
    try self.init(file: file)
    let pins = LoadedWorkspace.pins()
    // Without pins of a workspace the variable's is enough.
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
        hint: "set MOLTSEAL_FINGERPRINT to the fingerprint that was compared with the controller's")
    }
    Terminal.warning("\(fault); after comparing it, set MOLTSEAL_FINGERPRINT=\(fingerprint)")
  }

  private static func read(
    _ override: String?, _ environment: WorkspaceEnvironment, _ folder: WorkspaceFolder
  ) throws -> (String, [UInt8]) {
    if let override { return (override, try PlainFile.read(override)) }
    guard let certificate = environment.certificate else {
      throw CommandError(
        "environment '\(environment.name)' has no 'certificate'",
        hint:
          "save the controller's certificate in the workspace, then: moltseal cert pin --env \(environment.name) --certificate FILE",
        file: LoadedWorkspace.fileName, location: environment.location)
    }
    do throws(FileError) {
      return (certificate.path, try folder.read(certificate.path, limit: 1 << 20))
    } catch {
      throw CommandError(
        error, what: "cannot read the certificate", file: LoadedWorkspace.fileName,
        location: certificate.location)
    }
  }

  /// Refuses a certificate that is not pinned, and says what a person should know of one that is.
  func checkTrust(_ environment: WorkspaceEnvironment, now: Timestamp) throws {
    try checkPins(environment)
    if environment.fingerprints.isEmpty {
      Terminal.warning(
        "the certificate is not pinned; after comparing it: moltseal cert pin --env \(environment.name) \(fingerprint)"
      )
    }
    if ageInDays(at: now) > 30 {
      Terminal.warning(
        "the certificate \(path) is \(ageInDays(at: now)) days old; the controller has renewed its key since (every 30 days)"
      )
    }
  }

  /// Refuses a certificate that the environment, the surroundings or CI do not take.
  func checkPins(_ environment: WorkspaceEnvironment) throws {
    let pins = environment.fingerprints
    if !pins.isEmpty, !pins.contains(fingerprint) {
      throw CommandError(
        "its key is \(fingerprint), which is not among the fingerprints of '\(environment.name)'",
        hint:
          "compare it with the controller's; if it is right: moltseal cert pin --env \(environment.name) \(fingerprint)",
        file: path)
    }
    try checkVariable()
    guard pins.isEmpty, Surroundings.text("CI") != nil else { return }
    throw CommandError(
      "environment '\(environment.name)' has no fingerprints, and CI is set",
      hint: "pin the key once, by hand: moltseal cert pin --env \(environment.name)",
      file: LoadedWorkspace.fileName, location: environment.location)
  }

  func checkVariable() throws {
    guard let wanted = try FingerprintVariable.pins(), !wanted.contains(fingerprint) else { return }
    throw CommandError(
      "its key is \(fingerprint), but MOLTSEAL_FINGERPRINT is '\(wanted.joined(separator: " "))'",
      hint: "somebody changed the certificate, or the variable is from before a renewal",
      file: path)
  }

  private static func explain(_ fault: Certificate.Fault) -> (String, String) {
    let fetch = "get the controller's own: moltseal cert fetch"
    let notAKey =
      "anybody could open what is sealed for it; no controller made it, so find out who did"
    switch fault {
    case .none(let found):
      let what = found.isEmpty ? "" : ", but a \(found[0])"
      return ("holds no certificate\(what)", fetch)
    case .encoded(let name):
      return (
        "is encoded in \(name), where readers of PEM find no certificate",
        "save it as plain ASCII: iconv -f \(name == "UTF-16" ? "UTF-16" : "UTF-8") -t ASCII//TRANSLIT FILE, without the mark in front; or get the controller's own: moltseal cert fetch"
      )
    case .several(let count):
      return ("holds \(count) certificates; it must hold the controller's alone", fetch)
    case .privateKey:
      return (
        "is a private key, and the certificate is wanted",
        "give the certificate; a private key goes to --private-key, and into no repository: if git has this one, renew the sealing key"
      )
    case .unreadable(let reason): return ("is not a certificate: \(reason)", fetch)
    case .notRSA(let type): return ("has a key of type \(type); sealed-secrets needs RSA", fetch)
    case .tooSmall(let bits):
      return ("has an RSA key of \(bits) bits, under the floor of 2048", fetch)
    case .tooLarge(let bits):
      return ("has an RSA key of \(bits) bits, over the limit of 16384", fetch)
    case .noKey(.exponent):
      return ("has an RSA key whose exponent is not odd, from 65537 to 2147483647", notAKey)
    case .noKey(.smallFactor(let factor)):
      return ("has an RSA key whose modulus is divisible by \(factor)", notAKey)
    case .notYetValid(let time):
      return (
        "is not valid before \(Timestamp(seconds: time).description)",
        "check the clock, or take the controller's present certificate"
      )
    case .expired(let time):
      return ("expired on \(Timestamp(seconds: time).description)", fetch)
    }
  }
}

/// The fingerprints that the surroundings demand, whatever the repository says.
enum FingerprintVariable {
  static let name = "MOLTSEAL_FINGERPRINT"

  /// The fingerprints of MOLTSEAL_FINGERPRINT; nil where it is not set.
  ///
  /// Commas or spaces are between them: a renewed key and the one before it can both be named.
  ///
  /// - Throws: `CommandError` where it is set and empty, as an unset variable of a CI system is: a
  ///   guard that is not there must not look like one.
  static func pins() throws -> [String]? {
    guard Surroundings.isSet(name) else { return nil }
    let text = Surroundings.text(name) ?? ""
    let pins = text.split { $0 == "," || $0.isWhitespace }.map(String.init)
    guard !pins.isEmpty else {
      throw CommandError(
        "\(name) is set, but empty",
        hint: "set it to the fingerprint of the controller's key, or unset it")
    }
    if let fault = pins.first(where: { !Workspace.isFingerprint($0) }) {
      throw CommandError(
        "\(name) has '\(fault)', which is no fingerprint",
        hint: "a fingerprint is sha256: and 64 lower-case hex digits")
    }
    return pins
  }
}
