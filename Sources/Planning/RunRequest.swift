/// What a run was asked for, and everything it decides from.

package import Kubernetes
package import Manifests
internal import Text
package import Workspace

/// What happens to the credentials that nobody named.
package enum OtherCredentials: Sendable, Equatable {
  /// Those never sealed and those due get a value.
  case due
  /// Those never sealed do.
  case missing
  /// None does.
  case none
}

package struct RunRequest: Sendable {
  /// The credentials that get a new value whatever their age; a supplied one only if it is here.
  package let renew: Set<String>
  /// Those among them of which nothing old may stay; of a pair one role too, `PAIR@ROLE`, and of a key
  /// pair `PAIR.next`, which stands for both keys.
  package let forget: Set<String>
  /// The credentials whose consumers start again, and that get no value.
  package let restart: Set<String>
  package let others: OtherCredentials
  package let now: Timestamp
  /// The id that new values get.
  package let rotation: String
  /// What was seen of the cluster; nil where nobody has looked.
  package let evidence: Evidence?
  /// When steps count as arrived where nobody can look; nil where they do not.
  package let assumption: Assumption?
  /// When the last step of a credential was reverted on the base branch, where it was.
  package let reverted: [String: Timestamp]
  /// The pairs with a consumer that no switch sets yet: it may name the role that is not in use.
  package let unswitched: Set<String>
  /// Whether a named credential whose gate is closed waits, instead of the run being refused.
  package let waits: Bool
  /// The gates that are minded: all of them, but in a test of what each is for.
  package let gates: Set<Gate>

  /// - Parameter forget: need not be in `renew`.
  package init(
    renew: Set<String> = [], forget: Set<String> = [], restart: Set<String> = [],
    others: OtherCredentials, now: Timestamp,
    rotation: String, evidence: Evidence? = nil, assumption: Assumption? = nil,
    reverted: [String: Timestamp] = [:], unswitched: Set<String> = [], waits: Bool = false,
    gates: Set<Gate> = Set(Gate.allCases)
  ) {
    self.renew = renew.union(forget.map { Credential.group(of: $0) })
    self.forget = forget
    self.restart = restart
    self.others = others
    self.now = now
    self.rotation = rotation
    self.evidence = evidence
    self.assumption = assumption
    self.reverted = reverted
    self.unswitched = unswitched
    self.waits = waits
    self.gates = gates
  }

  /// Whether nothing old of a credential may stay.
  func forgets(_ credential: Credential) -> Bool {
    forget.contains { Credential.group(of: $0) === credential.name }
  }
}

/// One template and the sealed file that it has become.
package struct PlannedFile: Sendable {
  package let template: Template
  /// Relative to the workspace.
  package let outputPath: String
  /// Nil where the file does not exist yet.
  package let manifest: SealedSecretFile?
  /// The target of the environment that it belongs to.
  package let target: String
  /// The namespace that the kustomization gives to what has none.
  package let suppliedNamespace: String?

  package init(
    template: Template, outputPath: String, manifest: SealedSecretFile?,
    suppliedNamespace: String? = nil, target: String = ""
  ) {
    self.target = target
    self.template = template
    self.outputPath = outputPath
    self.manifest = manifest
    self.suppliedNamespace = suppliedNamespace
  }

  /// Whether its Secrets are sealed as they ran, and not owned yet.
  package var isAdopting: Bool {
    template.secrets.contains { secret in
      document(name: secret.name, namespace: secret.namespace)?.isUnowned == true
        && !secret.annotations.contains { $0.key === SecretOwnership.skips }
    }
  }

  /// The SealedSecret of a Secret; one without a namespace of its own has that of the kustomization.
  package func document(name: String, namespace: String?) -> SealedSecretDocument? {
    if let document = manifest?.document(name: name, namespace: namespace) { return document }
    guard let namespace, namespace === suppliedNamespace else { return nil }
    return manifest?.document(name: name, namespace: nil)
  }
}

/// One template of what is public, and the file that it has become.
package struct PlannedConfigMaps: Sendable {
  package let template: Template
  /// Relative to the workspace.
  package let outputPath: String
  /// Nil where the file does not exist yet.
  package let bytes: [UInt8]?
  /// The target of the environment that it belongs to.
  package let target: String

  package init(template: Template, outputPath: String, bytes: [UInt8]?, target: String = "") {
    self.target = target
    self.template = template
    self.outputPath = outputPath
    self.bytes = bytes
  }
}

/// The state of an environment before a run.
package struct EnvironmentState: Sendable {
  package let workspace: Workspace
  package let environment: WorkspaceEnvironment
  package let files: [PlannedFile]
  package let configMaps: [PlannedConfigMaps]
  /// The files of the targets that are left alone.
  package let otherFiles: [PlannedFile]
  /// Nil where nothing was ever sealed.
  package let lock: LockFile?
  /// The fingerprint of the certificate that this run seals for; nil where there is none at hand.
  package let certificate: String?
  private let sha256: SHA256

  package init(
    workspace: Workspace, environment: WorkspaceEnvironment, files: [PlannedFile],
    configMaps: [PlannedConfigMaps] = [], otherFiles: [PlannedFile] = [], lock: LockFile?,
    certificate: String?,
    sha256: @escaping SHA256
  ) {
    self.workspace = workspace
    self.environment = environment
    self.files = files
    self.configMaps = configMaps
    self.otherFiles = otherFiles
    self.lock = lock
    self.certificate = certificate
    self.sha256 = sha256
  }

  func digest(_ value: SealedValue) -> String { value.digest(sha256) }

  /// Whether the public half of a credential is published.
  package func isPublished(_ name: String) -> Bool {
    configMaps.contains { file in
      file.template.configMaps.contains { configMap in
        configMap.items.contains { $0.expression.mentioned.contains { $0 === name } }
      }
    }
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
