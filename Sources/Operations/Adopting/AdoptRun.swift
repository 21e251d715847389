/// One step of an adoption: which one is next, and what it writes.

internal import Building
internal import ClusterAccess
internal import Cryptography
internal import Kubernetes
internal import Planning
internal import Rules
internal import Processes
internal import Reporting
package import Repository
internal import Secrets
internal import Text
internal import Files
internal import Words
package import Workspace

/// Takes the steps of an adoption, one at each run.
package struct AdoptRun {
  let asked: AdoptionRequest
  let workspace: LoadedWorkspace
  let environment: WorkspaceEnvironment
  let place: ChangePlace
  let loader: EnvironmentLoader
  /// Taken before something is written, where it is not held by then; nil for a dry run.
  private let lock: LateLock?

  /// - Parameter lock: taken before something is written; nil for a dry run, which writes nothing.
  /// - Throws: `CommandError` for a target that the environment does not have.
  package init(
    _ workspace: LoadedWorkspace, _ environment: WorkspaceEnvironment, _ asked: AdoptionRequest,
    lock: LateLock? = nil
  ) throws {
    self.lock = lock
    self.asked = asked
    self.workspace = workspace
    self.environment = environment
    place = workspace.place
    loader = EnvironmentLoader(
      workspace: workspace, environment: environment,
      selected: try environment.selected(asked.terms.targets))
  }

  private var isDryRun: Bool { lock == nil }

  /// Takes the next step.
  ///
  /// - Throws: `CommandError`, and nothing was written.
  package func run() throws -> AdoptionResult {
    let now = Surroundings.now()
    let certificate = Result {
      try SealingCertificate.load(
        override: asked.terms.certificate, environment: environment, folder: workspace.folder,
        now: now)
    }
    let state = try loader.state(certificate: try? certificate.get().fingerprint)
    if state.files.contains(where: \.isAdopting) { return try own(state) }
    let contexts = try KustomizationReader(loader: loader).contexts(state)
    let errors = contexts.flatMap { $0.findings() }.filter { $0.severity == .error }
    guard errors.isEmpty else { throw CommandError(errors) }
    let cut = contexts.filter { !$0.replaced.isEmpty }
    guard !cut.isEmpty else {
      throw CommandError(
        "nothing is left to adopt: the kustomization builds no Secret of the templates any more",
        hint: "rotate gives its credentials new values when they are due",
        file: contexts.first?.path)
    }
    try askForProof()
    let found = try read(cut, state)
    let sealing = AdoptSealing(
      run: self, state: state, contexts: contexts, now: now,
      hashed: found.secrets.filter(\.isHashed).map(\.wanted.liveName))
    let unprepared = found.secrets.filter { !$0.isPrepared }
    guard unprepared.isEmpty else {
      // What the next step would refuse is refused before the first one is taken.
      try sealing.rehearse(found.values, certificate: certificate)
      return try prepare(cut, unprepared, found.builds)
    }
    return try sealing.run(found.values, certificate: certificate)
  }

  /// Refuses where nobody has looked at the cluster, and nobody says that this is meant.
  private func askForProof() throws {
    guard case .none = asked.live, asked.terms.arrival == .proven, !isDryRun else { return }
    throw CommandError(
      "it is not known whether the Secrets in the cluster have the values that the kustomization builds",
      hint:
        "pass \(CLI.live), or \(CLI.from) - with the output of kubectl get secret -o json; to go on without: \(CLI.assumeLive)"
    )
  }

  /// What is built, and what runs: its values, once they are known to be those to seal.
  private struct Found {
    let builds: [Build]
    let secrets: [Adoptable]
    /// Taken out by who seals them.
    let values: HeldValues
  }

  private func read(_ cut: [KustomizationContext], _ state: EnvironmentState) throws -> Found {
    var built = BuiltValues()
    let builds = try build(cut, [[]]) { try built.take($0, $1, $2, of: cut) }.map { $0[0] }
    Notices.reached("built")
    let secrets = zip(cut, builds).flatMap { context, build in
      Adoptable.secrets(of: context, in: build)
    }
    let live = try liveValues(secrets.map(\.wanted))
    Notices.reached("live")
    return Found(
      builds: builds, secrets: secrets,
      values: HeldValues(try checkedValues(secrets, live, built.values, state)))
  }

  /// What runs now; nil if nobody has looked.
  func liveValues(_ wanted: [LiveSecrets.Wanted]) throws -> AdoptedValues? {
    switch asked.live {
    case .none: nil
    case .file(let file): try LiveSecrets.read(file, wanted)
    case .cluster(let kubectl): try LiveSecrets.get(wanted, kubectl)
    }
  }

  /// The values to seal: those of the cluster where somebody has looked, else those that are built.
  private func checkedValues(
    _ secrets: [Adoptable], _ live: AdoptedValues?, _ built: AdoptedValues,
    _ state: EnvironmentState
  ) throws -> AdoptedValues {
    var faults: [Diagnostic] = []
    let progress: AdoptionProgress =
      secrets.allSatisfy(\.isPrepared) ? .prepared : .notPrepared
    for secret in secrets { faults += secret.refusals(live, progress) }
    var values = built
    if let live {
      faults += live.differences(from: built).map { place in
        Diagnostic(
          "'\(place.words)' has another value in the cluster than in the build",
          hint: "find out which one is right; the next sync restores the repository's",
          file: secrets.first?.path)
      }
      values = live
    } else if progress == .prepared {
      Notices.warn(
        "not proven live: the values are those of the build, and it is not known whether the cluster has them, or whether its Secrets carry \(SecretOwnership.managed); pass \(CLI.live), or \(CLI.from) - with the output of kubectl get secret -o json"
      )
    }
    let expressions = state.files.flatMap(\.template.secrets).flatMap { secret in
      secret.items.map { item in
        (
          place: ValuePlace(
            namespace: secret.namespace, secret: secret.builtName, key: item.key),
          expression: item.expression
        )
      }
    }
    faults += values.faults(expressions).map(\.diagnostic)
    guard faults.isEmpty else { throw CommandError(faults) }
    return values
  }

  /// Writes the files of a step, unless they are only shown.
  func write(
    _ changes: ChangeSet, _ outcome: AdoptionResult.Outcome
  ) throws -> AdoptionResult {
    try lock?.take()
    if asked.terms.uncommitted == .refused, !changes.isEmpty {
      try workspace.checkCommitted(changes, try workspace.askGit(changes.paths, of: place))
    }
    if !isDryRun { try Interruption.commit(changes, in: workspace.folder, of: place) }
    return AdoptionResult(
      environment: environment.name, outcome: outcome, changes: changes, isDryRun: isDryRun)
  }

  /// Builds some kustomizations, each once for each version of the files.
  ///
  /// - Throws: `CommandError` if one of them cannot be built.
  func build(
    _ contexts: [KustomizationContext], _ versions: [[FileChange]],
    taking take: ((Int, BuiltObject, SecretBytes) throws -> Void)? = nil
  ) throws -> [[Build]] {
    do throws(any Error) {
      let builder = Builder(
        workspace.folder, repository: place.git, remote: asked.terms.remote)
      return try builder.build(
        contexts.map { Path.split($0.path).folder ?? "." }, versions, taking: take
      ).map { try $0.map { try $0.get() } }
    } catch let fault as BuildFault {
      throw fault.commandError(paths: contexts.map(\.path), needs: "an adoption needs the build")
    }
  }
}
