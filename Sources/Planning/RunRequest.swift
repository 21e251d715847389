/// What a run was asked for, and everything it decides from.

package import Credentials
package import Manifests

/// Which credentials a person wants new values for.
package enum Selection: Sendable, Equatable {
  /// Those never sealed and those due.
  case due
  /// Those never sealed: `apply`.
  case missing
  /// These alone.
  case only([String])
  /// Every generated one.
  case all
}

package struct RunRequest: Sendable {
  package let selection: Selection
  /// Credentials that are renewed besides; a supplied one is renewed only when it is named.
  package let named: [String]
  /// Credentials of which nothing old may stay.
  package let compromised: [String]
  package let now: Timestamp
  /// The id that new values get.
  package let rotation: String

  package init(
    selection: Selection, named: [String] = [], compromised: [String], now: Timestamp,
    rotation: String
  ) {
    self.selection = selection
    self.named = named
    self.compromised = compromised
    self.now = now
    self.rotation = rotation
  }
}

/// One template and the sealed file that it has become.
package struct PlannedFile: Sendable {
  package let template: Template
  /// Relative to the workspace.
  package let outputPath: String
  /// Nil where the file does not exist yet.
  package let manifest: SealedSecretManifest?

  package init(template: Template, outputPath: String, manifest: SealedSecretManifest?) {
    self.template = template
    self.outputPath = outputPath
    self.manifest = manifest
  }
}

/// The state of an environment before a run.
package struct EnvironmentState: Sendable {
  package let workspace: Workspace
  package let environment: WorkspaceEnvironment
  package let files: [PlannedFile]
  /// Nil where nothing was ever sealed.
  package let lock: LockFile?
  /// The fingerprint of the certificate that this run seals for; nil where there is none at hand.
  package let certificate: String?

  package init(
    workspace: Workspace, environment: WorkspaceEnvironment, files: [PlannedFile], lock: LockFile?,
    certificate: String?
  ) {
    self.workspace = workspace
    self.environment = environment
    self.files = files
    self.lock = lock
    self.certificate = certificate
  }

  /// The credentials that some template uses.
  package var usedNames: Set<String> {
    Set(files.flatMap(\.template.secrets).flatMap(\.items).flatMap(\.expression.credentials))
  }

  /// Whether a ciphertext of this key may stay: it is pinned, or without pins it is today's key.
  func trusts(_ fingerprint: String) -> Bool {
    environment.fingerprints.isEmpty
      ? fingerprint == certificate || certificate == nil
      : environment.fingerprints.contains(fingerprint)
  }

  /// When a credential is due; nil where it never is, or was never sealed.
  package func dueTime(_ credential: Credential) -> Timestamp? {
    guard let every = credential.rotateEvery, let last = lock?.credentials[credential.name] else {
      return nil
    }
    return Timestamp(seconds: last.time.seconds + every)
  }
}
