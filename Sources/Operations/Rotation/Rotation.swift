/// A rotation of one environment, from the files as they are to the files as they will be. It only
/// calls.

internal import Building
internal import ClusterAccess
internal import Cryptography
package import Kubernetes
internal import Manifests
package import Planning
package import Rules
internal import Processes
internal import Reporting
package import Repository
package import SecretIO
package import Files
package import Workspace

/// What a rotation does to one environment.
///
/// It holds no secret.
package struct RotationResult {
  /// What was decided.
  package let plan: RunPlan
  /// The files to write.
  package let changes: ChangeSet
  /// The environment before the run.
  package let state: EnvironmentState
  /// What the planner was asked.
  package let request: RunRequest
  /// How many generator entries and plain Secrets become SealedSecrets.
  package let replaced: Int
  /// What the builds before and after have shown.
  package let proof: [String]
  /// The warnings of this plan, for after its result.
  package let findings: [Finding]
}

/// Reads evidence about the cluster, or nil if there is none.
package typealias EvidenceReader = (
  EnvironmentState, [KustomizationContext], Timestamp
) throws -> Evidence?

/// Plans, seals and proves the environments of a workspace one after the other; writes nothing.
package struct Rotation {
  private let workspace: LoadedWorkspace
  private let place: ChangePlace
  private let asked: RotationRequest
  private let supplies: Supplies
  private let evidence: EvidenceReader

  /// - Parameters:
  ///   - supplies: where supplied values come from.
  ///   - evidence: how a look at the cluster is taken.
  package init(
    _ workspace: LoadedWorkspace, _ asked: RotationRequest, supplies: Supplies,
    evidence: @escaping EvidenceReader
  ) {
    self.workspace = workspace
    self.asked = asked
    self.supplies = supplies
    self.evidence = evidence
    place = workspace.place
  }

  /// Plans, seals and proves one environment.
  ///
  /// - Parameter use: whether another environment follows, for which supplied values are kept.
  /// - Throws: `CommandError`, with every reason at once.
  package func run(
    _ environment: WorkspaceEnvironment, supplies use: Supplies.Use
  ) throws -> RotationResult {
    let source = try read(environment)
    let request = try request(source)
    let planner = Planner(state: source.state, request: request)
    var supplied = try suppliedValues(planner, use)
    let plan = planner.plan(available: Set(supplied.keys))
    try Cutover.refuseShared(plan, source.state)
    let findings = try Cutover.check(source.contexts, source.state, plan)
    // Git works while values are made and sealed.
    var git = plan.changesValues ? try askGit(source.mayWrite(plan)) : nil
    Notices.reached("decided")

    let sealed = try seal(plan, supplied, source)
    // Here plaintext ends: nothing below needs a value, and this was its last owner.
    supplied = [:]
    Notices.reached("sealed")

    var changes = try changes(plan, request, sealed, source)
    let proven = try prove(changes, plan, source)
    Notices.reached("proved")
    if !changes.isEmpty, let answer = try git.take() ?? askGit(changes.paths) {
      try workspace.checkCommitted(changes, answer)
    }
    try mark(&changes, plan, source)
    return RotationResult(
      plan: plan, changes: changes, state: source.state, request: request,
      replaced: asked.builds == .skipped
        ? source.contexts.flatMap(\.replaced).count : proven.replaced,
      proof: proven.sentences, findings: findings + proven.warnings)
  }

  // MARK: Reading

  /// What one environment is before the run.
  private struct Source {
    let loader: EnvironmentLoader
    let now: Timestamp
    /// A certificate that cannot be loaded matters only once something is sealed.
    let certificate: Result<SealingCertificate, any Error>
    let state: EnvironmentState
    let contexts: [KustomizationContext]

    var environment: WorkspaceEnvironment { state.environment }

    /// The files that the run may write.
    func mayWrite(_ plan: RunPlan) -> [String] {
      plan.files.map(\.file.outputPath) + state.configMaps.map(\.outputPath)
        + [environment.lockPath] + loader.targets.map(\.kustomization.path)
    }
  }

  private func read(_ environment: WorkspaceEnvironment) throws -> Source {
    let now = Surroundings.now()
    let loader = EnvironmentLoader(
      workspace: workspace, environment: environment,
      selected: try environment.selected(asked.terms.targets))
    let certificate = Result {
      try SealingCertificate.load(
        override: asked.terms.certificate, environment: environment, folder: workspace.folder,
        now: now)
    }
    let state = try loader.state(certificate: try? certificate.get().fingerprint)
    if state.files.contains(where: \.isAdopting) {
      throw CommandError(
        "the adoption of '\(environment.name)' is not finished: its SealedSecrets do not own their Secrets yet",
        hint:
          "take its last step first: moltseal adopt \(CLI.env) \(environment.name) \(CLI.live)",
        file: environment.lockPath)
    }
    let contexts = try KustomizationReader(loader: loader).contexts(state)
    Notices.reached("read")
    return Source(
      loader: loader, now: now, certificate: certificate, state: state, contexts: contexts)
  }

  // MARK: Deciding

  private func request(_ source: Source) throws -> RunRequest {
    let state = source.state
    let groups = Set(state.usedNames.map { Credential.group(of: $0) })
    let generated = workspace.file.groups.filter { !$0.isSupplied && groups.contains($0.name) }
    return RunRequest(
      naming: NamedCredentials(
        renew: Set(asked.names.renew + (asked.others == .renewed ? generated.map(\.name) : [])),
        forget: Set(asked.names.forget), restart: Set(asked.names.restart),
        ifClosed: asked.others == .renewed ? .waits : .refusesRun),
      others: asked.others.planned, now: source.now,
      rotation: try Surroundings.rotation(source.now),
      arrivals: Arrivals(
        evidence: try evidence(state, source.contexts, source.now),
        assumption: try assumption(state), reverted: try reverts(state),
        unswitched: Cutover.unswitched(state, source.contexts)))
  }

  /// When the last steps came to the base branch; nil if nothing is assumed.
  private func assumption(_ state: EnvironmentState) throws -> Assumption? {
    guard asked.terms.arrival == .assumed else { return nil }
    return Assumption(arrivals: try LockHistory(workspace, state.environment).arrivals(state.lock))
  }

  /// The steps that somebody has reverted; none where this run is told what to take.
  private func reverts(_ state: EnvironmentState) throws -> [String: Timestamp] {
    guard asked.others == .due, state.lock != nil else { return [:] }
    let reverts = try LockHistory(workspace, state.environment).reverts(state.lock)
    if reverts == nil {
      Notices.say(
        "the clone is shallow: whether a step was reverted cannot be told; fetch the history with \(GitRepository.fetchHistory)"
      )
    }
    return reverts ?? [:]
  }

  private func suppliedValues(
    _ planner: Planner, _ use: Supplies.Use
  ) throws -> [String: SecretBytes] {
    let (needed, wanted) = planner.suppliedNames()
    for name in supplies.names where !(needed + wanted).contains(name) {
      Notices.warn(
        "'\(name)' is sealed already and stays; to replace it, add \(CLI.only) \(name)")
    }
    return try supplies.values(
      needed: needed, wanted: wanted, workspace: workspace.file, use)
  }

  // MARK: Sealing and proving

  /// What was sealed, and for which certificate.
  private struct Sealed {
    var values = ValueSealing.Result()
    var fingerprint = ""
  }

  private func seal(
    _ plan: RunPlan, _ supplied: [String: SecretBytes], _ source: Source
  ) throws -> Sealed {
    guard !plan.sealedItems.isEmpty else { return Sealed() }
    let certificate = try source.certificate.get()
    try certificate.checkTrust(source.environment, now: source.now)
    MemoryProtection.warn()
    let values = try workspace.explained {
      try ValueSealing(
        for: certificate.certificate.key, threads: Surroundings.processors,
        warn: { Notices.warn($0) }
      ).seal(plan, from: .new(supplied: supplied), made: TestHooks.leak)
    }
    return Sealed(values: values, fingerprint: certificate.fingerprint)
  }

  private func changes(
    _ plan: RunPlan, _ request: RunRequest, _ sealed: Sealed, _ source: Source
  ) throws -> ChangeSet {
    let lock = try source.loader.read(
      source.environment.lockPath, limit: EnvironmentLoader.sealedLimit)
    let operation = RotateOperation(
      plan: plan, state: source.state, request: request, contexts: source.contexts)
    let changes = try workspace.explained {
      try operation.changes(sealed: sealed.values, fingerprint: sealed.fingerprint, lock: lock)
    }
    try place.refuseNested(changes.paths, in: workspace.folder)
    return changes
  }

  private func prove(
    _ changes: ChangeSet, _ plan: RunPlan, _ source: Source
  ) throws -> BuildProof.Result {
    let proof = BuildProof(
      workspace: workspace, contexts: source.contexts, plan: plan, state: source.state,
      terms: .init(remote: asked.terms.remote))
    guard asked.builds == .skipped else { return try proof.check(changes) }
    proof.warn(changes)
    return BuildProof.Result()
  }

  /// Adds `deployed: true` to the workspace file at the cutover of the last target.
  ///
  /// It is one word in a file that is otherwise left as it is, whether git has all of it or not.
  private func mark(_ changes: inout ChangeSet, _ plan: RunPlan, _ source: Source) throws {
    guard !changes.isEmpty, DeployedMark.isDue(source.state, plan) else { return }
    if let mark = DeployedMark.change(workspace, [source.environment.name]) {
      changes.add(mark)
    } else {
      Notices.warn(
        "write 'deployed: true' for '\(source.environment.name)' into \(Workspace.fileName): it cannot be edited there"
      )
    }
  }

  /// Begins to ask git about files that may be written; nil where nobody wants to know.
  private func askGit(_ paths: [String]) throws -> CommittedState? {
    guard asked.terms.uncommitted == .refused else { return nil }
    return try workspace.askGit(paths, of: place)
  }
}
