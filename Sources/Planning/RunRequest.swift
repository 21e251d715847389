/// What a run was asked for, and the input of its decisions.

package import Kubernetes
package import Manifests
internal import Text
package import Workspace

/// What happens to the credentials that were not named.
package enum OtherCredentials: Sendable, Equatable {
  /// Those that were never sealed or are due get a value.
  case due
  /// Those that were never sealed get a value.
  case missing
  /// None gets a value.
  case none
}

/// What becomes of a step that the command line names, if its gate is closed.
package enum ClosedGate: Sendable {
  case refusesRun, waits
}

/// The credentials that a run names.
package struct NamedCredentials: Sendable {
  /// The credentials that get a new value whatever their age; a supplied one only if its value is
  /// here.
  let renew: Set<String>
  /// Those whose old values must not stay.
  ///
  /// A name can also be one role of a pair, `PAIR@ROLE`, or `PAIR.next` of a key pair, which means
  /// both keys.
  let forget: Set<String>
  /// The credentials whose consumers restart without a new value.
  let restart: Set<String>
  let ifClosed: ClosedGate

  /// - Parameter forget: need not be in `renew`.
  package init(
    renew: Set<String> = [], forget: Set<String> = [], restart: Set<String> = [],
    ifClosed: ClosedGate = .refusesRun
  ) {
    self.renew = renew.union(forget.map { Credential.group(of: $0) })
    self.forget = forget
    self.restart = restart
    self.ifClosed = ifClosed
  }
}

/// What a run knows besides the files: from the cluster, from the history, from the consumers.
package struct Arrivals: Sendable {
  /// The evidence from the cluster; nil if nobody has looked.
  let evidence: Evidence?
  /// When steps count as arrived without evidence; nil if they do not.
  let assumption: Assumption?
  /// When the last step of a credential was reverted on the base branch.
  let reverted: [String: Timestamp]
  /// The pairs with a consumer that no switch covers yet: it may name the idle role.
  let unswitched: Set<String>

  package init(
    evidence: Evidence? = nil, assumption: Assumption? = nil, reverted: [String: Timestamp] = [:],
    unswitched: Set<String> = []
  ) {
    self.evidence = evidence
    self.assumption = assumption
    self.reverted = reverted
    self.unswitched = unswitched
  }
}

package struct RunRequest: Sendable {
  let named: NamedCredentials
  let others: OtherCredentials
  package let now: Timestamp
  /// The id of the rotation.
  package let rotation: String
  let arrivals: Arrivals
  /// The gates that are checked: all of them, except in tests.
  package var gates = Set(Gate.allCases)

  package init(
    naming named: NamedCredentials = NamedCredentials(), others: OtherCredentials, now: Timestamp,
    rotation: String, arrivals: Arrivals = Arrivals()
  ) {
    self.named = named
    self.others = others
    self.now = now
    self.rotation = rotation
    self.arrivals = arrivals
  }

  /// Whether the old values of a credential must not stay.
  func forgets(_ credential: Credential) -> Bool {
    named.forget.contains { Credential.group(of: $0) === credential.name }
  }
}

/// One template and its sealed file.
package struct PlannedFile: Sendable {
  package let template: Template
  /// Relative to the workspace.
  package let outputPath: String
  /// Nil if the file does not exist yet.
  package let manifest: SealedSecretFile?
  /// The target of the environment that it belongs to.
  package let target: String
  /// The namespace that the kustomization gives to objects without one.
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

  /// Whether its Secrets were sealed from live values and are not owned yet.
  package var isAdopting: Bool {
    template.secrets.contains { secret in
      document(of: secret)?.isUnowned == true
        && !secret.annotations.contains { $0.key === SecretOwnership.skips }
    }
  }

  /// The SealedSecret of a Secret; one without a namespace has that of the kustomization.
  package func document(of secret: TemplateSecret) -> SealedSecretDocument? {
    if let document = manifest?.document(name: secret.name, namespace: secret.namespace) {
      return document
    }
    guard let namespace = secret.namespace, namespace === suppliedNamespace else { return nil }
    return manifest?.document(name: secret.name, namespace: nil)
  }
}

/// One template of public values and its output file.
package struct PlannedConfigMaps: Sendable {
  package let template: Template
  /// Relative to the workspace.
  package let outputPath: String
  /// Nil if the file does not exist yet.
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
  /// The files of the targets outside this run.
  package let otherFiles: [PlannedFile]
  /// Nil if nothing was ever sealed.
  package let lock: LockFile?
  /// The fingerprint of the certificate that this run seals for; nil if there is none.
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

  /// The credentials that templates use.
  package var usedNames: Set<String> {
    Set(files.flatMap(\.template.secrets).flatMap(\.items).flatMap(\.expression.credentials))
  }

  /// Whether a ciphertext for this key can stay: the key is pinned or, without pins, the current
  /// one.
  func trusts(_ fingerprint: String) -> Bool {
    environment.fingerprints.isEmpty
      ? fingerprint == certificate || certificate == nil
      : environment.fingerprints.contains(fingerprint)
  }

  /// When a credential is due; nil if it never is, or was never sealed.
  package func dueTime(_ credential: Credential) -> Timestamp? {
    guard let every = credential.rotateEvery, let last = lock?.credentials[credential.name] else {
      return nil
    }
    return Timestamp(seconds: last.time.seconds + every)
  }
}
