/// What a run leaves as it is so that one credential's refusal does not refuse the steps of the others.

internal import Manifests
internal import Text
internal import Workspace

/// The credentials that a run leaves alone because something of theirs cannot be done, and whether what was
/// never sealed waits for a later run.
struct SetAside {
  private(set) var credentials: Set<String>
  private(set) var leavesNew = false

  init(credentials: Set<String> = []) { self.credentials = credentials }

  /// With what has to be left too for these refusals to go; nil where leaving something does not help.
  func adding(_ refusals: [Refusal], _ request: RunRequest) -> SetAside? {
    var wider = self
    for refusal in refusals {
      guard let subject = refusal.reason.subject else { return nil }
      switch subject {
      case .new: wider.leavesNew = true
      case .credentials(let names):
        guard names.allSatisfy({ !request.renew.contains($0) }) else { return nil }
        // What it refuses although it takes no step is an item that is not there yet.
        if wider.credentials.isSuperset(of: names) { wider.leavesNew = true }
        wider.credentials.formUnion(names)
      }
    }
    guard wider.credentials != credentials || wider.leavesNew != leavesNew else { return nil }
    return wider
  }
}

extension Refusal.Reason {
  fileprivate enum Subject {
    /// Credentials that keep what they have.
    case credentials([String])
    /// What was never sealed.
    case new
  }

  /// What a run would have to leave for this to be no refusal; nil where nothing can be written before it is
  /// settled: a question, a place, or files that are not what the lock file says.
  fileprivate var subject: Subject? {
    switch self {
    case .supplyMissing, .cannotFollow: .new
    case .cannotStay(_, _, let fault, let names):
      switch fault {
      case .otherKey, .otherExpression: .credentials(names)
      case .notSealedYet: .new
      case .lost, .unknownToLock, .otherScope, .otherCiphertext, .otherRotation: nil
      }
    case .valueUnknown(_, _, _, let renewed): .credentials(renewed)
    case .previousCannotStay(_, _, .otherKey, let name),
      .cannotBecomePrevious(_, _, _, .otherKey, let name),
      .cannotBecomeCurrent(_, _, _, .otherKey, let name),
      .cannotBecomeCurrent(_, _, _, .notSealedYet, let name),
      .withoutNext(_, _, let name, _), .gateClosed(let name, _, _, _), .roleGone(let name, _, _):
      .credentials([name])
    case .unknownCredential, .unusedCredential, .unknownSecretName, .lockMissing, .liveWithoutLock,
      .liveUnknown, .scopeTooWide, .otherNamespace, .noNamespace, .previousCannotStay,
      .cannotBecomePrevious, .cannotBecomeCurrent, .previousStillLives:
      nil
    }
  }
}

extension Planner {
  /// The plan without the credentials that are refused; nil where they cannot be left, or nothing is left to do.
  ///
  /// A run that names credentials does what it names or nothing; one for a leak does not wait for others.
  func planWithoutRefused(_ whole: RunPlan, available: Set<String>) -> RunPlan? {
    guard state.lock != nil, request.others == .due || leavesNew else { return nil }
    var (aside, plan) = (SetAside(), whole)
    while !plan.refusals.isEmpty {
      guard let wider = aside.adding(plan.refusals, request) else { return nil }
      aside = wider
      plan = Planner(state: state, request: request, aside: aside).attempt(available: available)
    }
    guard !plan.steps.isEmpty || !plan.restarts.isEmpty else { return nil }
    return plan.leaving(whole.refusals)
  }
}
