/// The certificate of a run: read, checked, and held against the pins.

internal import Credentials
internal import Cryptography
internal import Manifests
internal import Transactions
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
    try self.init(pem: try PlainFile.read(file), path: file, now: Environment.now())
    try checkVariable()
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
    let pins = environment.fingerprints
    if !pins.isEmpty, !pins.contains(fingerprint) {
      throw CommandError(
        "its key is \(fingerprint), which is not among the fingerprints of '\(environment.name)'",
        hint:
          "compare it with the controller's; if it is right: moltseal cert pin --env \(environment.name) \(fingerprint)",
        file: path)
    }
    try checkVariable()
    if pins.isEmpty {
      guard Environment.text("CI") == nil else {
        throw CommandError(
          "environment '\(environment.name)' has no fingerprints, and CI is set",
          hint: "pin the key once, by hand: moltseal cert pin --env \(environment.name)",
          file: LoadedWorkspace.fileName, location: environment.location)
      }
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

  func checkVariable() throws {
    guard let wanted = Environment.text("MOLTSEAL_FINGERPRINT"), wanted != fingerprint else {
      return
    }
    throw CommandError(
      "its key is \(fingerprint), but MOLTSEAL_FINGERPRINT is '\(wanted)'",
      hint: "somebody changed the certificate, or the variable is from before a renewal",
      file: path)
  }

  private static func explain(_ fault: Certificate.Fault) -> (String, String) {
    let fetch = "get the controller's own: moltseal cert fetch"
    switch fault {
    case .none(let found):
      let what = found.isEmpty ? "" : ", but a \(found[0])"
      return ("holds no certificate\(what)", fetch)
    case .several(let count):
      return ("holds \(count) certificates; it must hold the controller's alone", fetch)
    case .privateKey:
      return (
        "holds a private key, which must never be here",
        "take it out of the repository and its history, and renew the sealing key"
      )
    case .unreadable(let reason): return ("is not a certificate: \(reason)", fetch)
    case .notRSA(let type): return ("has a key of type \(type); sealed-secrets needs RSA", fetch)
    case .tooSmall(let bits):
      return ("has an RSA key of \(bits) bits, under the floor of 2048", fetch)
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
