/// How a run knows that the step before has arrived: by looking, by a file, or by assuming it.

internal import ArgumentParser
internal import Kubernetes
internal import Live
internal import Planning
internal import Preflight
internal import Text
internal import Workspace

/// How somebody has looked at the cluster, or looks now.
struct LookOptions: ParsableArguments {
  @Flag(help: "Look through kubectl how far the last steps are.")
  var live = false

  @Option(
    name: .customLong("evidence"),
    help: ArgumentHelp(
      "Take what moltseal live --format json has seen, an hour ago at most.", valueName: "file"))
  var file: String?

  @OptionGroup var earlier: EarlierOption

  @OptionGroup var cluster: ClusterOptions

  func validate() throws {
    if live, file != nil { throw ValidationError("--live and --evidence exclude each other") }
    if earlier.file != nil, !live { throw ValidationError("--earlier goes with --live") }
    try cluster.validate(isLive: live)
  }

  /// What was seen of the cluster; nil where nobody looks.
  ///
  /// - Parameter base: the commit that the state is of, with the bytes of its lock file; nil for the work tree.
  func evidence(
    _ state: EnvironmentState, _ contexts: [KustomizationContext], _ workspace: LoadedWorkspace,
    base: (commit: String, lock: [UInt8])? = nil, now: Timestamp
  ) throws -> Evidence? {
    if live {
      return try ClusterReader(
        workspace, state, contexts, try cluster.kubectl(state.environment.cluster)
      ).evidence(
        now: now, earlier: try earlier.evidence(state), lock: base?.lock)
    }
    guard let file else { return nil }
    let evidence = try EvidenceInput.read(file, state)
    let age = now.seconds - evidence.time.seconds
    let again = "take it anew: moltseal live --env \(state.environment.name) --format json"
    guard age >= -300 else {
      throw CommandError(
        "this evidence says that it was taken \(evidence.time), which is to come", hint: again,
        file: PlainFile.name(file))
    }
    // What it says may not be so any more: it opens nothing, and closes nothing.
    if age > Evidence.lifetime {
      Terminal.warning(
        "\(PlainFile.name(file)) was taken \(evidence.time), and may be \(Evidence.lifetime / 60) minutes old at most: nothing is taken from it; \(again)"
      )
      return nil
    }
    // A revert, and the revert of that, leave the lock file as it was and not the cluster.
    if let change = try LockHistory(workspace, state.environment).lastChange(before: base?.commit),
      evidence.time < change
    {
      Terminal.warning(
        "\(PlainFile.name(file)) was taken \(evidence.time), before the lock file last changed (\(change)): nothing is taken from it; \(again)"
      )
      return nil
    }
    return evidence.held(against: BuiltConsumers(state, contexts).places)
  }
}

struct ArrivalOptions: ParsableArguments {
  @OptionGroup var look: LookOptions

  @Flag(help: "Where nobody has looked, count a step as arrived after its credential's settle.")
  var assumeLive = false

  /// When the last steps came to the base branch; nil where nothing is assumed.
  func assumption(_ state: EnvironmentState, _ workspace: LoadedWorkspace) throws -> Assumption? {
    guard assumeLive else { return nil }
    return Assumption(arrivals: try LockHistory(workspace, state.environment).arrivals(state.lock))
  }
}
