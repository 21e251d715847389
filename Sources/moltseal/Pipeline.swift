/// A run, from the files as they are to the files as they will be. It only calls.

internal import ArgumentParser
internal import Cryptography
internal import Kubernetes
internal import Manifests
internal import Operations
internal import Planning
internal import Preflight
internal import Sealing
internal import Text
internal import Transactions
internal import Workspace
internal import YAML

struct Pipeline {
  let options: RunOptions
  /// The credentials that the command line names, and those among them of which nothing may stay.
  var renew: [String] = []
  var forget: [String] = []
  /// The credentials whose consumers start again.
  var restart: [String] = []
  /// Whether every generated credential is renewed besides.
  var renewsAll = false
  let others: OtherCredentials
  /// How the command line asked for them.
  var asked = ""

  /// Plans, seals and proves every environment, then writes all of them or nothing.
  func run() throws {
    try options.global.enter()
    let workspace = try LoadedWorkspace.find()
    let place = workspace.place
    let runbook = try RunbookFile(options.flags.runbook, workspace, options.flags.format)
    if options.flags.isDryRun {
      try Interruption.refuse(place)
      let runs = try runs(workspace, place)
      for (index, run) in runs.enumerated() {
        if index > 0, options.flags.format == .text { Terminal.output("\n") }
        run.report.printDryRun(options.flags.format)
      }
      runbook.show(pages(runs))
      return try endIfWaiting(runs)
    }
    // A build that fetches waits for servers: meanwhile nobody waits for the lock, and what was read is
    // compared before anything is written.
    let isEarly = try options.remote.isAllowed && !Interruption.isInterrupted(place)
    let early = isEarly ? try runs(workspace, place) : nil
    let locks = try place.lock()
    TestHooks.reached("locked")
    try Interruption.settle(place)
    TestHooks.reached("recovered")
    let runs = try early ?? self.runs(workspace, place)
    try write(runs, runbook, workspace, place)
    // The lock lasts until here.
    withExtendedLifetime(locks) {}
    try endIfWaiting(runs)
  }

  /// Ends with 3 where something is due and nothing could be done.
  private func endIfWaiting(_ runs: [Run]) throws {
    guard runs.allSatisfy(\.changes.isEmpty), runs.contains(where: \.report.waits) else { return }
    throw ExitCode(3)
  }

  /// What is done to one environment.
  private struct Run {
    let environment: WorkspaceEnvironment
    let report: RunReport
    let runbook: Runbook
    var changes: ChangeSet { report.changes }
  }

  private func runs(_ workspace: LoadedWorkspace, _ place: ChangePlace) throws -> [Run] {
    let supplies = try Supplies(options.flags.supplies, workspace: workspace.file, git: place.git)
    let environments = try options.places.environments(of: workspace)
    return try environments.enumerated().map { index, environment in
      try run(
        workspace, environment, place, supplies, isLast: index == environments.count - 1)
    }
  }

  private func write(
    _ runs: [Run], _ runbook: RunbookFile, _ workspace: LoadedWorkspace, _ place: ChangePlace
  ) throws {
    var changes = ChangeSet()
    var owners: [ByBytes: String] = [:]
    for run in runs {
      for change in run.changes.changes where change.path != LoadedWorkspace.fileName {
        if let other = owners.updateValue(run.environment.name, forKey: ByBytes(change.path)) {
          throw CommandError(
            "the environments '\(other)' and '\(run.environment.name)' both change '\(change.path)'",
            hint: "run them one after the other, each with --env, or give each its own files",
            file: LoadedWorkspace.fileName, location: run.environment.location)
        }
        changes.add(change)
      }
    }
    // Several environments can be cut over at once, and have one workspace file.
    let marked = runs.filter { $0.changes.paths.contains(LoadedWorkspace.fileName) }
    if let mark = DeployedMark.change(workspace, marked.map(\.environment.name)) {
      changes.add(mark)
    }
    if !changes.isEmpty, let change = try runbook.change(pages(runs), place) {
      changes.add(change)
    }
    // Where nobody can read the page, nothing is written that it is for.
    runbook.show(pages(runs))
    try Interruption.commit(changes, in: workspace.folder, of: place)
    for (index, run) in runs.enumerated() {
      if index > 0, options.flags.format == .text, !runbook.isOnStandardOutput {
        Terminal.output("\n")
      }
      run.report.printDone(options.flags.format, toStandardError: runbook.isOnStandardOutput)
    }
  }

  /// The pages of the environments in which something changes; where that is nowhere, all of them say so.
  private func pages(_ runs: [Run]) -> [Runbook] {
    let changing = runs.filter { !$0.changes.isEmpty }
    return (changing.isEmpty ? runs : changing).map(\.runbook)
  }

  private func run(
    _ workspace: LoadedWorkspace, _ environment: WorkspaceEnvironment, _ place: ChangePlace,
    _ supplies: Supplies, isLast: Bool
  ) throws -> Run {
    let now = Surroundings.now()
    let loader = EnvironmentLoader(
      workspace: workspace, environment: environment,
      selected: try options.places.selected(of: environment))
    let certificate = Result {
      try SealingCertificate.load(
        override: options.flags.certificate, environment: environment, folder: workspace.folder,
        now: now)
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
      restart: Set(restart),
      others: others, now: now, rotation: try Surroundings.rotation(now),
      evidence: try options.look.evidence(state, contexts, workspace, now: now),
      assumption: try options.assumption(state, workspace),
      reverted: try reverts(workspace, state), unswitched: Cutover.unswitched(state, contexts),
      waits: renewsAll)
    let planner = Planner(state: state, request: request)
    var supplied = try suppliedValues(planner, supplies, workspace.file, isLast: isLast)
    let plan = planner.plan(available: Set(supplied.keys))
    try Cutover.refuseShared(plan, state)
    var findings = try Cutover.check(contexts, environment, plan, isLive: Cutover.isLive(state))
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
          threads: Surroundings.processors, warn: { Terminal.warning($0) }, made: TestHooks.leak)
      }
    }
    // Here plaintext ends: nothing below needs a value, and this was its last owner.
    supplied = [:]
    TestHooks.reached("sealed")

    let lock = try loader.read(environment.lockPath, limit: EnvironmentLoader.sealedLimit)
    let operation = RotateOperation(plan: plan, state: state, request: request, contexts: contexts)
    var changes = try workspace.explained {
      try operation.changes(sealed: sealed, fingerprint: fingerprint, lock: lock)
    }
    try place.refuseNested(changes.paths, in: workspace.folder)
    let proof = BuildProof(
      workspace: workspace, contexts: contexts, plan: plan, state: state,
      allowsRemote: options.remote.isAllowed)
    var proven = BuildProof.Result()
    if options.flags.skipsBuildCheck {
      proof.warn(changes)
    } else {
      proven = try proof.check(changes)
    }
    findings += proven.warnings
    TestHooks.reached("proved")
    if !changes.isEmpty {
      if let answer = try git.take() ?? askGit(changes.paths, workspace, place) {
        try workspace.checkCommitted(changes, answer)
      }
    }
    // One word in a file that is otherwise left as it is, whether git has all of it or not.
    if !changes.isEmpty, DeployedMark.isDue(state, plan) {
      if let mark = DeployedMark.change(workspace, [environment.name]) {
        changes.add(mark)
      } else {
        Terminal.warning(
          "write 'deployed: true' for '\(environment.name)' into \(LoadedWorkspace.fileName): it cannot be edited there"
        )
      }
    }
    let report = RunReport(
      plan: plan, changes: changes, state: state, request: request, asked: asked,
      replaced: options.flags.skipsBuildCheck
        ? contexts.flatMap(\.replaced).count : proven.replaced, proof: proven.sentences,
      findings: findings)
    let runbook = Runbook(
      plan: plan, request: request, environment: environment, paths: changes.paths)
    return Run(environment: environment, report: report, runbook: runbook)
  }

  /// The steps that somebody has reverted; none where this run is told what to take.
  private func reverts(
    _ workspace: LoadedWorkspace, _ state: EnvironmentState
  ) throws -> [String: Timestamp] {
    guard others == .due, state.lock != nil else { return [:] }
    let reverts = try LockHistory(workspace, state.environment).reverts(state.lock)
    if reverts == nil {
      Terminal.message(
        "the clone is shallow: whether a step was reverted cannot be told; fetch the history with git fetch --unshallow"
      )
    }
    return reverts ?? [:]
  }

  private func suppliedValues(
    _ planner: Planner, _ supplies: Supplies, _ workspace: Workspace, isLast: Bool
  ) throws -> [String: SecretBytes] {
    let (needed, wanted) = planner.suppliedNames()
    for name in supplies.names where !(needed + wanted).contains(name) {
      Terminal.warning("'\(name)' is sealed already and stays; to replace it, add --only \(name)")
    }
    return try supplies.values(
      needed: needed, wanted: wanted, workspace: workspace, isLast: isLast)
  }

  /// Begins to ask git about files that may be written; nil where nobody wants to know.
  private func askGit(
    _ paths: [String], _ workspace: LoadedWorkspace, _ place: ChangePlace
  ) throws -> CommittedState? {
    guard !options.flags.allowDirty else { return nil }
    return try workspace.askGit(paths, of: place)
  }
}
