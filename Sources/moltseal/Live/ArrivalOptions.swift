/// How a run knows that the last step has arrived: by reading the cluster, from a file, or by
/// assumption.

internal import ArgumentParser
internal import ClusterAccess
internal import Kubernetes
internal import Cluster
internal import Planning
internal import Rules
internal import Repository
internal import SecretIO
internal import Workspace

/// How a command may look at the cluster.
struct LookFlags: ParsableArguments {
  @Flag(help: "Look up through kubectl how far the last steps have got.")
  var live = false

  @Option(
    name: .customLong("evidence"),
    help: ArgumentHelp(
      "Use evidence from moltseal live --format json, at most an hour old.", valueName: "file"))
  var file: String?

  func validate() throws {
    if live, file != nil { throw ValidationError("--live and --evidence exclude each other") }
  }
}

/// A command that may look at the cluster.
protocol LooksAtCluster {
  var lookFlags: LookFlags { get }
  var earlier: EarlierOption { get }
  var cluster: ClusterOptions { get }
}

extension LooksAtCluster {
  var look: LookOptions { LookOptions(flags: lookFlags, earlier: earlier, cluster: cluster) }

  /// Refuses options that belong to `--live` without it.
  func validateLook() throws {
    if earlier.file != nil, !lookFlags.live {
      throw ValidationError("--earlier requires --live")
    }
    if !lookFlags.live { try cluster.refuse() }
  }
}

/// The options that provide evidence about the cluster.
struct LookOptions {
  let flags: LookFlags
  let earlier: EarlierOption
  let cluster: ClusterOptions

  var live: Bool { flags.live }
  var file: String? { flags.file }

  /// Returns evidence about the cluster, or nil if there is none.
  ///
  /// - Parameter base: the commit of the state, with the bytes of its lock file; nil for the work
  ///   tree.
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
    return try EvidenceFile(file).evidence(state, contexts, workspace, base: base?.commit, now: now)
  }
}
