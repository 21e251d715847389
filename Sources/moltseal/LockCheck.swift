/// What a lock file must be before anything of it is handed on: this environment's, with keys that are what
/// they say.

internal import Cryptography
internal import Manifests
internal import Text
internal import Workspace
internal import YAML

struct LockCheck {
  private let lock: LockFile
  private let environment: WorkspaceEnvironment

  init(_ lock: LockFile, _ environment: WorkspaceEnvironment) {
    self.lock = lock
    self.environment = environment
  }

  /// - Throws: `CommandError` with everything that is wrong.
  func run() throws {
    var faults: [Diagnostic] = []
    if let fault = faultOfEnvironment { faults.append(fault) }
    for (name, credential) in lock.credentials.sorted(by: { $0.key < $1.key }) {
      guard let key = credential.publicKey, let fault = fault(of: key) else { continue }
      faults.append(
        Diagnostic(
          "the public key of '\(name)' \(fault), so it is not published",
          hint: "take the file from its history: git log -p \(environment.lockPath)",
          file: environment.lockPath))
    }
    guard faults.isEmpty else { throw CommandError(faults) }
  }

  /// That it is another environment's; nil where it is not.
  var faultOfEnvironment: Diagnostic? {
    guard let other = lock.environment, other !== environment.name else { return nil }
    let line = lock.environmentLocation.map { ":\($0.line)" } ?? ""
    return Diagnostic(
      "is the lock file of environment '\(other)', not of '\(environment.name)'",
      hint:
        "give '\(environment.name)' an output or a lock of its own in \(LoadedWorkspace.fileName):\(environment.location.line); if it was renamed, correct \(environment.lockPath)\(line)",
      file: environment.lockPath, location: lock.environmentLocation)
  }

  /// What verifiers would be given is made again from the key itself: whoever can change this file could
  /// have them trust a key of his own, two keys, or one with its private half.
  private func fault(of key: LockFile.PublicKey) -> String? {
    guard let made = try? PublicKey(base64: key.base64) else { return "is none" }
    guard made.jwk === key.jwk else {
      return "and its JSON Web Key (jwk) are two different things"
    }
    return nil
  }
}
