/// What a run leaves unchanged, so that the refusal of one credential does not block the others.

internal import Manifests
internal import Text
internal import Workspace

struct SetAside {
  /// The credentials that take no step.
  private(set) var credentials: Set<String>
  /// The credentials whose new items wait for a later run.
  private(set) var newItems: Set<String> = []

  init(credentials: Set<String> = []) { self.credentials = credentials }

  /// Adds what must be left to avoid these refusals; nil if leaving something does not help.
  func adding(_ refusals: [Refusal], _ planner: Planner) -> SetAside? {
    var wider = self
    for refusal in refusals {
      guard let subject = refusal.reason.subject(planner.lock) else { return nil }
      let names = Set(subject.credentials.map { Credential.group(of: $0) })
      if subject.isNew { wider.newItems.formUnion(names) }
      guard subject.hasNoStep else { continue }
      guard planner.request.named.renew.isDisjoint(with: names) else { return nil }
      wider.credentials.formUnion(names)
    }
    let isWider = wider.credentials != credentials || wider.newItems != newItems
    return isWider ? wider : nil
  }

  /// Adds the new credentials of what is left: a value in only some of its items cannot be
  /// completed later.
  func adding(leftIn plan: RunPlan, _ lock: LockFile) -> SetAside? {
    var wider = self
    for name in plan.leftIn where lock.credentials[name] == nil {
      wider.credentials.insert(name)
      wider.newItems.insert(name)
    }
    return wider.newItems != newItems ? wider : nil
  }
}

/// What a refusal is about.
private struct Subject {
  var credentials: [String]
  /// Whether the refused item does not exist yet.
  var isNew = false
  /// Whether the credential takes no step.
  var hasNoStep = true
}

extension Refusal.Reason {
  /// What a run would have to leave to avoid this refusal; nil if nothing can be written before it
  /// is settled.
  ///
  /// That is the case for a question, a location, or files that differ from the lock file.
  fileprivate func subject(_ lock: LockFile) -> Subject? {
    switch self {
    case .supplyMissing(let name, _): Subject(credentials: [name], isNew: true)
    case .cannotFollow(_, _, let name):
      Subject(credentials: [name], isNew: true, hasNoStep: false)
    case .cannotStay(_, _, .notSealedYet, let names):
      Subject(credentials: names, isNew: true, hasNoStep: false)
    case .cannotStay(_, _, .otherKey, let names), .cannotStay(_, _, .otherExpression, let names):
      Subject(credentials: names)
    case .valueUnknown(_, _, _, let renewed): Subject(credentials: renewed)
    case .withoutNext(let key, let secret, let name, _):
      lock.items.keys.contains { $0.secret === secret && $0.key === key }
        ? Subject(credentials: [name])
        : Subject(credentials: [name], isNew: true, hasNoStep: false)
    case .previousCannotStay(_, _, .otherKey, let name),
      .cannotBecomePrevious(_, _, _, .otherKey, let name),
      .cannotBecomeCurrent(_, _, _, .otherKey, let name),
      .cannotBecomeCurrent(_, _, _, .notSealedYet, let name), .gateClosed(let name, _, _, _),
      .roleGone(let name, _, _):
      Subject(credentials: [name])
    case .unknownCredential, .unusedCredential, .unknownSecretName, .lockMissing,
      .liveWithoutLock, .liveUnknown, .scopeTooWide, .otherNamespace, .noNamespace, .cannotStay,
      .previousCannotStay, .cannotBecomePrevious, .cannotBecomeCurrent, .previousStillLives,
      .neverSealed:
      nil
    }
  }
}

extension Planner {
  /// The plan without the refused credentials; nil if they cannot be left, or nothing remains to
  /// do.
  ///
  /// A run that names credentials does all it names or nothing; a run for a leak does not wait for
  /// others.
  func planWithoutRefused(_ whole: RunPlan, available: Set<String>) -> RunPlan? {
    guard state.lock != nil, request.others == .due || leavesNew else { return nil }
    var (aside, plan) = (SetAside(), whole)
    while let wider = plan.refusals.isEmpty
      ? aside.adding(leftIn: plan, lock) : aside.adding(plan.refusals, self)
    {
      aside = wider
      plan = Planner(state: state, request: request, aside: aside).attempt(available: available)
    }
    guard plan.refusals.isEmpty, !plan.steps.isEmpty || !plan.restarts.isEmpty else { return nil }
    let names = state.workspace.groups.map(\.name).filter {
      aside.newItems.contains($0) && lock.credentials[$0] == nil
    }
    return plan.leaving(whole.refusals, new: names)
  }
}
