/// The steps that decide nothing new: what follows, once it has arrived, from a step that somebody approved.

internal import Workspace

extension Planner {
  /// The plan of these credentials alone; what is refused of others does not refuse it.
  package func plan(only names: Set<String>) -> RunPlan {
    let others = Set(state.workspace.groups.map(\.name)).subtracting(names)
    return Planner(state: state, request: request, aside: SetAside(credentials: others))
      .attempt(available: [])
  }
}

extension StepPlan {
  /// Whether it is the end of a rotation, taken because somebody has looked: the role that the last switch has
  /// left gets a new password, or a previous key goes whose tokens are dead.
  package var isTail: Bool {
    guard isOpen, !isAssumed, !gates.isEmpty else { return false }
    switch step {
    case .renew: return reason == .roleIsIdle
    case .retire: return reason == .previousIsDone
    case .seal, .replace, .publish, .rotate, .flip: return false
    }
  }
}
