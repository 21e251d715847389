/// The next step of every credential, whether it is due or not, and when it is.

package import Kubernetes
internal import Manifests
internal import Workspace

/// A step to come.
package struct Upcoming: Sendable {
  package let plan: StepPlan
  /// When it is due at the earliest; nil where nothing but a person asks for it.
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
  /// The same for a step that nobody has asked for.
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
