/// A run, from the files as they are to the files as they will be. It only calls.

internal import Cryptography
internal import Kubernetes
internal import Manifests
internal import Operations
internal import Planning
internal import Preflight
internal import Sealing
internal import Transactions
internal import Workspace
internal import YAML

struct Pipeline {
  let options: RunOptions
  /// The credentials that the command line names, and those among them of which nothing may stay.
  var renew: [String] = []
  var forget: [String] = []
  /// Whether every generated credential is renewed besides.
  var renewsAll = false
  let others: OtherCredentials
  /// How the command line asked for them.
  var asked = ""

  func run() throws {
    try options.global.enter()
    let workspace = try LoadedWorkspace.find()
    var done: [String] = []
    for environment in try options.places.environments(of: workspace) {
      if options.places.allEnvironments {
        Terminal.message("environment \(environment.name)")
      }
      // Each remembers what it has read, and compares that before it writes.
      let fresh = done.isEmpty ? workspace : try LoadedWorkspace.find()
      do throws(any Error) { try run(fresh, environment) } catch let error as CommandError {
        throw error.following(done)
      }
      if !options.isDryRun { done.append(environment.name) }
    }
  }

  private func run(
    _ workspace: LoadedWorkspace, _ environment: WorkspaceEnvironment
  ) throws {
    let place = workspace.place
    guard !options.isDryRun else {
      try Interruption.refuse(place)
      return try write(try run(workspace, environment, place))
    }
    // Written after the lock was given back: it may lie in the workspace, and is locked by itself.
    try write(try runLocked(workspace, environment, place))
  }

  private func runLocked(
    _ workspace: LoadedWorkspace, _ environment: WorkspaceEnvironment, _ place: ChangePlace
  ) throws -> Runbook {
    let locks = try place.lock()
    TestHooks.reached("locked")
    try Interruption.settle(place)
    TestHooks.reached("recovered")
    let runbook = try run(workspace, environment, place)
    // The lock lasts until here.
    withExtendedLifetime(locks) {}
    return runbook
  }

  private func run(
    _ workspace: LoadedWorkspace, _ environment: WorkspaceEnvironment, _ place: ChangePlace
  ) throws -> Runbook {
    let now = Surroundings.now()
    let loader = EnvironmentLoader(
      workspace: workspace, environment: environment,
      selected: try options.places.selected(of: environment))
    let certificate = Result {
      try SealingCertificate.load(
        override: options.certificate, environment: environment, folder: workspace.folder, now: now)
    }
    let state = try loader.state(certificate: try? certificate.get().fingerprint)
    if state.files.contains(where: \.isAdopting) {
      throw CommandError(
        "the adoption of '\(environment.name)' is not finished: its SealedSecrets do not own their Secrets yet",
        hint: "take its last step first: moltseal adopt --env \(environment.name) --live",
        file: environment.lockPath)
    }
    let reader = KustomizationReader(loader: loader)
    let contexts = try reader.contexts(state)
    TestHooks.reached("read")

    let used = state.usedNames
    let groups = Set(used.map { Credential.group(of: $0) })
    let generated = workspace.file.groups.filter { !$0.isSupplied && groups.contains($0.name) }
    let request = RunRequest(
      renew: Set(renew + (renewsAll ? generated.map(\.name) : [])), forget: Set(forget),
      others: others, now: now, rotation: try Surroundings.rotation(now),
      evidence: try options.arrival.evidence(state, contexts, workspace, now: now),
      assumption: try options.arrival.assumption(state, workspace), waits: renewsAll)
    let planner = Planner(state: state, request: request)
    var supplied = try suppliedValues(planner, workspace.file)
    let plan = planner.plan(available: Set(supplied.keys))
    try Cutover.refuseShared(plan, state)
    try Cutover.check(contexts, environment, plan, isLive: state.lock?.isLive ?? false)
    // Git works while values are made and sealed.
    let mayWrite =
      plan.files.map(\.file.outputPath) + state.configMaps.map(\.outputPath) + [
        environment.lockPath
      ] + loader.targets.map(\.kustomization.path)
    var git = plan.changesValues ? try askGit(mayWrite, workspace, place) : nil
    TestHooks.reached("decided")

    var sealed = ValueSealing.Result()
    var fingerprint = ""
    if !plan.sealedItems.isEmpty {
      let certificate = try certificate.get()
      try certificate.checkTrust(environment, now: now)
      fingerprint = certificate.fingerprint
      MemoryProtection.warn()
      sealed = try workspace.explained {
        try ValueSealing.seal(
          plan, supplied: supplied, for: certificate.certificate.key,
          threads: Surroundings.processors, made: TestHooks.leak)
      }
    }
    // Here plaintext ends: nothing below needs a value, and this was its last owner.
    supplied = [:]
    TestHooks.reached("sealed")

    let lock = try loader.read(environment.lockPath, limit: EnvironmentLoader.sealedLimit)
    let operation = RotateOperation(plan: plan, state: state, request: request, contexts: contexts)
    let changes = try workspace.explained {
      try operation.changes(sealed: sealed, fingerprint: fingerprint, lock: lock)
    }
    try place.refuseNested(changes.paths, in: workspace.folder)
    let proof = BuildProof(workspace: workspace, contexts: contexts, plan: plan, state: state)
    if options.skipsBuildCheck { proof.warn(changes) } else { try proof.check(changes) }
    TestHooks.reached("proved")
    if !changes.isEmpty {
      if let answer = try git.take() ?? askGit(changes.paths, workspace, place) {
        try workspace.checkCommitted(changes, answer)
      }
    }
    let report = RunReport(
      plan: plan, changes: changes, state: state, request: request, asked: asked)
    let runbook = Runbook(
      plan: plan, request: request, environment: environment, paths: changes.paths)
    if options.isDryRun {
      report.printDryRun(options.format)
      return runbook
    }
    report.printPlan()
    try Interruption.commit(changes, in: workspace.folder, of: place)
    report.printDone(options.format)
    return runbook
  }

  private func write(_ runbook: Runbook) throws {
    guard let path = options.runbook else { return }
    try PlainFile.write(path, Array(runbook.text.utf8), allowsUncommitted: true)
  }

  private func suppliedValues(
    _ planner: Planner, _ workspace: Workspace
  ) throws -> [String: SecretBytes] {
    let supplies = try Supplies(options.supplies, workspace: workspace)
    let (needed, wanted) = planner.suppliedNames()
    for name in supplies.names where !(needed + wanted).contains(name) {
      Terminal.warning("'\(name)' is sealed already and stays; to replace it, add --only \(name)")
    }
    return try supplies.values(needed: needed, wanted: wanted, workspace: workspace)
  }

  /// Begins to ask git about files that may be written; nil where nobody wants to know.
  private func askGit(
    _ paths: [String], _ workspace: LoadedWorkspace, _ place: ChangePlace
  ) throws -> CommittedState? {
    guard !options.allowDirty else { return nil }
    return try workspace.askGit(paths, of: place)
  }
}
