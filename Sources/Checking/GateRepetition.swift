/// What the steps of a change are taken again from: the state of the base, and present evidence.

internal import Kubernetes
internal import Operations
internal import Planning
internal import Rules
internal import Repository
internal import Files

struct GateRepetition {
  /// The environment at the base.
  let state: EnvironmentState
  /// The bytes of its lock file.
  let lock: [UInt8]
  let steps: GateSteps
  /// The id of the run that the change is the result of.
  let rotation: String
  let now: Timestamp
  let contexts: [KustomizationContext]
  /// When the last step of each credential was reverted.
  let reverted: [String: Timestamp]
  let evidence: Evidence?

  /// The request that the run of the change had.
  func request(at time: Timestamp) -> RunRequest {
    RunRequest(
      others: .due, now: time, rotation: rotation,
      arrivals: Arrivals(
        evidence: evidence, reverted: reverted, unswitched: Cutover.unswitched(state, contexts)))
  }

  /// The files that the steps write, around the ciphertexts of the change.
  func written(
    _ plan: RunPlan, _ sealed: ValueSealing.Result, _ workspace: LoadedWorkspace
  ) throws -> ChangeSet {
    let operation = RotateOperation(
      plan: plan, state: state, request: request(at: steps.time ?? now), contexts: contexts)
    return try workspace.explained {
      try operation.changes(
        sealed: sealed, fingerprint: steps.certificate(plan) ?? "", lock: lock)
    }
  }
}
