/// Checks a lock file before it is used: it must be this environment's, with consistent public
/// keys.

internal import Cryptography
package import Manifests
internal import Reporting
internal import Text
package import Workspace
internal import YAML

/// The check of a lock file.
package struct LockCheck {
  private let lock: LockFile
  private let environment: WorkspaceEnvironment

  /// - Parameter environment: the environment whose lock file it should be.
  package init(_ lock: LockFile, _ environment: WorkspaceEnvironment) {
    self.lock = lock
    self.environment = environment
  }

  /// - Throws: `CommandError` with all faults.
  package func run() throws {
    var faults: [Diagnostic] = []
    if let fault = faultOfEnvironment { faults.append(fault) }
    for (name, credential) in lock.credentials.sorted(by: { $0.key < $1.key }) {
      guard let key = credential.publicKey, let fault = fault(of: key) else { continue }
      faults.append(
        Diagnostic(
          "the public key of '\(name)' \(fault), so it is not published",
          hint: "restore the file from its history: git log -p \(environment.lockPath)",
          file: environment.lockPath))
    }
    guard faults.isEmpty else { throw CommandError(faults) }
  }

  /// The fault of a lock file of another environment; nil if it is this one's.
  var faultOfEnvironment: Diagnostic? {
    guard let other = lock.environment, other !== environment.name else { return nil }
    let line = lock.environmentLocation.map { ":\($0.line)" } ?? ""
    return Diagnostic(
      "is the lock file of environment '\(other)', not of '\(environment.name)'",
      hint:
        "give '\(environment.name)' its own output or lock in \(Workspace.fileName):\(environment.location.line); if it was renamed, correct \(environment.lockPath)\(line)",
      file: environment.lockPath, location: lock.environmentLocation)
  }

  /// Returns what is wrong with a public key.
  ///
  /// The JSON Web Key for verifiers is derived again from the key itself. Otherwise, whoever can
  /// change this file could make them trust another key, two keys, or a key with its private half.
  private func fault(of key: LockFile.PublicKey) -> String? {
    guard let made = try? PublicKey(base64: key.base64) else { return "cannot be read" }
    guard made.jwk === key.jwk else {
      return "does not match its JSON Web Key (jwk)"
    }
    return nil
  }
}
