/// `rotate` and `apply`: calls the rotation for each environment, writes all of them or nothing,
/// and shows what was done.

internal import ArgumentParser
internal import Operations
internal import Planning
internal import Reporting
internal import Reports
internal import Repository
internal import SecretIO
internal import Text
internal import Files
internal import Workspace

struct RotationShell {
  let options: RunOptions
  let asked: RotationRequest
  /// How the command line asked for what it names.
  var words = ""

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
        Terminal.output(run.report, .dryRun, options.flags.format)
      }
      runbook.show(pages(runs))
      return try endIfWaiting(runs)
    }
    // A build that fetches waits for servers: meanwhile nobody waits for the lock, and what was
    // read is compared before anything is written.
    let isEarly = try options.remote.isAllowed && !Interruption.isInterrupted(place)
    let early = isEarly ? try runs(workspace, place) : nil
    let locks = try place.lock()
    Notices.reached("locked")
    try Interruption.settle(place)
    Notices.reached("recovered")
    let runs = try early ?? self.runs(workspace, place)
    try write(runs, runbook, workspace, place)
    // The lock lasts until here.
    withExtendedLifetime(locks) {}
    try endIfWaiting(runs)
  }

  /// What is done to one environment.
  private struct Run {
    let report: RunReport
    let runbook: Runbook
    var environment: WorkspaceEnvironment { report.state.environment }
    var changes: ChangeSet { report.changes }
  }

  private func runs(_ workspace: LoadedWorkspace, _ place: ChangePlace) throws -> [Run] {
    let supplies = try Supplies(options.flags.supplies, workspace: workspace.file, git: place.git)
    let look = options.look
    let rotation = Rotation(workspace, asked, supplies: supplies) { state, contexts, now in
      try look.evidence(state, contexts, workspace, now: now)
    }
    let environments = try options.places.environments(of: workspace)
    return try environments.enumerated().map { index, environment in
      let result = try rotation.run(
        environment, supplies: index == environments.count - 1 ? .last : .notLast)
      return Run(report: RunReport(result, asked: words), runbook: Runbook(result))
    }
  }

  private func write(
    _ runs: [Run], _ runbook: RunbookFile, _ workspace: LoadedWorkspace, _ place: ChangePlace
  ) throws {
    var changes = try joined(runs)
    // Several environments can be cut over at once, and have one workspace file.
    let marked = runs.filter { $0.changes.paths.contains(Workspace.fileName) }
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
      Terminal.output(
        run.report, .written, options.flags.format,
        to: runbook.isOnStandardOutput ? .error : .output)
    }
  }

  /// The changes of all environments, of which each file has one owner.
  private func joined(_ runs: [Run]) throws -> ChangeSet {
    var changes = ChangeSet()
    var owners: [Name: String] = [:]
    for run in runs {
      for change in run.changes.changes where change.path != Workspace.fileName {
        if let other = owners.updateValue(run.environment.name, forKey: Name(change.path)) {
          throw CommandError(
            "the environments '\(other)' and '\(run.environment.name)' both change '\(change.path)'",
            hint: "run them one after the other, each with --env, or give each its own files",
            file: Workspace.fileName, location: run.environment.location)
        }
        changes.add(change)
      }
    }
    return changes
  }

  /// The pages of the environments in which something changes; where that is nowhere, all of them
  /// say so.
  private func pages(_ runs: [Run]) -> [Runbook] {
    let changing = runs.filter { !$0.changes.isEmpty }
    return (changing.isEmpty ? runs : changing).map(\.runbook)
  }

  /// Ends with 3 where something is due and nothing could be done.
  private func endIfWaiting(_ runs: [Run]) throws {
    guard runs.allSatisfy(\.changes.isEmpty), runs.contains(where: \.report.waits) else { return }
    throw ExitCode(3)
  }
}

extension RunOptions {
  /// What the options ask of a rotation.
  ///
  /// - Parameter names: the credentials that the command line names.
  /// - Parameter others: what becomes of the other ones.
  func request(
    _ names: RotationRequest.Names, others: RotationRequest.Others
  ) -> RotationRequest {
    RotationRequest(
      names, others: others, builds: flags.skipsBuildCheck ? .skipped : .compared,
      terms: RunTerms(
        targets: places.targets, certificate: flags.certificate,
        uncommitted: flags.allowDirty ? .overwritten : .refused, remote: remote.files,
        arrival: flags.assumeLive ? .assumed : .proven))
  }
}
