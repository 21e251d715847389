/// `status`: ages, due dates and drift of one environment.

internal import Building
package import ClusterAccess
package import Kubernetes
package import Manifests
internal import Operations
package import Planning
internal import Rules
internal import Reporting
package import Repository
internal import Words
package import Workspace

/// The state of one environment.
package struct StatusReport {
  /// The environment.
  package let environment: WorkspaceEnvironment
  /// The credentials in use: when each was last sealed, and when its next value is due.
  package let credentials: [(credential: Credential, last: Timestamp?, due: Timestamp?)]
  /// The certificate to seal for; nil if there is none.
  package let certificate: SealingCertificate?
  /// Why there is no certificate to seal for, or why every rotation would refuse it.
  package let certificateFault: String?
  /// What a run without new values would change or refuse, in sentences.
  package let drift: [String]
  /// Whether the lock file says that something runs with what was sealed.
  package let isLive: Bool
  /// Whether a run would seal something although nothing is due.
  private let isBehind: Bool
  /// Why every run would be refused, apart from the certificate; nil if none would be.
  package let refusal: String?
  /// The next step of each credential, and its entry in the lock file.
  package let upcoming: [(step: Upcoming, last: LockFile.Credential?)]
  /// The leaked passwords of roles that are not renewed yet, as `PAIR@ROLE`.
  package let leaked: [String]
  /// The time of the report.
  package let now: Timestamp

  /// Reads the environment.
  ///
  /// - Throws: `CommandError` if a file of it cannot be read.
  package init(_ environment: WorkspaceEnvironment, _ workspace: LoadedWorkspace, now: Timestamp)
    throws
  {
    let loader = EnvironmentLoader(workspace: workspace, environment: environment)
    let loaded = Result {
      try SealingCertificate.load(
        override: nil, environment: environment, folder: workspace.folder, now: now)
    }
    let state = try loader.state(certificate: try? loaded.get().fingerprint)
    self.environment = environment
    self.now = now
    isLive = state.lock?.isLive ?? false
    certificate = try? loaded.get()
    let trusted = Result { try loaded.get().checkPins(environment) }
    switch trusted {
    case .success: certificateFault = nil
    case .failure(let error): certificateFault = (error as? CommandError)?.diagnostics.first?.text
    }
    let used = Set(state.usedNames.map { Credential.group(of: $0) })
    credentials = workspace.file.groups.filter { used.contains($0.name) }.map {
      ($0, state.lock?.credentials[$0.name]?.time, state.dueTime($0))
    }
    let planner = Planner(
      state: state, request: RunRequest(others: .due, now: now, rotation: ""))
    leaked = (state.lock?.credentials ?? [:]).filter(\.value.isCompromised).keys.sorted()
    upcoming = planner.upcoming().map {
      ($0, state.lock?.credentials[$0.plan.credential.name])
    }
    let isSealed = state.lock != nil || state.files.contains { $0.manifest != nil }
    let plan = Planner(
      state: state, request: RunRequest(others: .missing, now: now, rotation: "")
    ).plan(available: [])
    drift = isSealed ? StatusReport.drift(plan, state) : []
    isBehind = isSealed && state.lock != nil && !plan.sealedItems.isEmpty
    refusal =
      state.files.contains(where: \.isAdopting)
      ? "its adoption is not finished; the next step is moltseal adopt \(CLI.env) \(environment.name) \(CLI.live)"
      : isSealed ? StatusReport.refusal(plan, state, loader) : nil
  }

  /// Returns why a run without new values would be refused, apart from the certificate.
  private static func refusal(
    _ plan: RunPlan, _ state: EnvironmentState, _ loader: EnvironmentLoader
  ) -> String? {
    do {
      let contexts = try KustomizationReader(loader: loader).contexts(state)
      return Cutover.refusals(
        contexts.flatMap { $0.findings() }, contexts, state, plan
      ).first?.text
    } catch {
      return (error as? CommandError)?.diagnostics.first?.text ?? "its kustomization cannot be read"
    }
  }

  /// Whether the environment pins the key of its certificate.
  package var isPinned: Bool {
    certificate.map { environment.fingerprints.contains($0.fingerprint) } ?? false
  }

  /// Whether every rotation would be refused, so that somebody must act.
  package var isRefused: Bool { certificateFault != nil || refusal != nil }

  /// Whether a generated credential must be renewed or made, a step is due, or something is not
  /// sealed as its template says.
  package var isDue: Bool {
    isBehind || !leaked.isEmpty
      || upcoming.contains { $0.step.due.map { $0 <= now } ?? false }
      || credentials.contains { isDue($0.credential, last: $0.last, due: $0.due) }
  }

  /// Returns what a run without new values would change or refuse.
  private static func drift(_ plan: RunPlan, _ state: EnvironmentState) -> [String] {
    var drift = plan.refusals.map { $0.reason.words.message }
    if state.lock == nil { return drift }
    for secret in plan.files.flatMap(\.secrets) {
      for item in secret.items {
        if case .seal(let reason) = item.action {
          drift.append(
            "\(secret.secret.name)/\(item.item.key) is to be sealed (\(reason.words))")
        }
      }
      drift += secret.removed.map { "\(secret.secret.name)/\($0) is to be removed" }
      drift += secret.foreign.map { "\(secret.secret.name)/\($0) was added by hand" }
    }
    return drift
  }

  /// Returns the next step of a credential, and its entry in the lock file.
  package func step(of credential: Credential) -> (step: Upcoming, last: LockFile.Credential?)? {
    upcoming.first { $0.step.plan.credential.name == credential.name }
  }

  /// When its next step is due, which may be before its next value is.
  package func nextDue(_ credential: Credential, _ due: Timestamp?) -> Timestamp? {
    [due, step(of: credential)?.step.due].compactMap { $0 }.min()
  }

  /// Whether a credential needs a value now.
  package func isDue(_ credential: Credential, last: Timestamp?, due: Timestamp?) -> Bool {
    if let due { return due <= now }
    return last == nil && !credential.isOptional
  }
}
