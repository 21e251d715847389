/// The steps that need no new decision: they follow from an approved step once it has arrived.

internal import Workspace

extension Planner {
  /// The plan of these credentials only; refusals of others do not affect it.
  package func plan(only names: Set<String>) -> RunPlan {
    let others = Set(state.workspace.groups.map(\.name)).subtracting(names)
    return Planner(state: state, request: request, aside: SetAside(credentials: others))
      .attempt(available: [])
  }
}

extension StepPlan {
  /// Whether it ends a rotation and evidence opened its gate.
  ///
  /// The role that the last switch left gets a new password, or a previous key whose tokens are
  /// dead is removed.
  package var isTail: Bool {
    guard isOpen, !isAssumed, !gates.isEmpty else { return false }
    switch step {
    case .renew: return reason == .roleIsIdle
    case .retire: return reason == .previousIsDone
    case .seal, .replace, .publish, .rotate, .flip: return false
    }
  }
}
