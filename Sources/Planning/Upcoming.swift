/// The next step of every credential, and when it is due.

package import Kubernetes
internal import Manifests
internal import Workspace

/// An upcoming step.
package struct Upcoming: Sendable {
  package let plan: StepPlan
  /// The earliest time at which it is due; nil if only a person can ask for it.
  package let due: Timestamp?
  /// The step after it.
  package let after: Step?
  /// Whether it is a key that is published ahead.
  package var hasNext = false
}

extension Planner {
  /// The next step of each generated credential that is in use.
  package func upcoming() -> [Upcoming] {
    state.workspace.groups.compactMap { credential in
      guard isUsed(credential), !credential.isSupplied, let next = nextStep(of: credential) else {
        return nil
      }
      return Upcoming(
        plan: plan(credential, next.step, next.cause.reason, next.gates), due: next.due,
        after: next.after, hasNext: use(of: credential).hasNext)
    }
  }
}

extension NextStep.Cause {
  /// The same for a step that nobody asked for.
  var reason: Renewal.Reason {
    switch self {
    case .neverSealed: .neverSealed
    case .nextMissing: .nextMissing
    case .previousIsDone: .previousIsDone
    case .templateChanged: .templateChanged
    case .roleHasLeaked: .compromised
    case .roleIsIdle: .roleIsIdle
    case .itsTurn: .asked
    }
  }
}
