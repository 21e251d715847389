/// Decides the next step of each credential, and whether its gate is open (docs/phases.md).

internal import Kubernetes
internal import Manifests
internal import Text
internal import Workspace

/// How templates use a key.
struct KeyUse {
  /// Whether a template publishes it ahead.
  var hasNext: Bool
  /// Whether a sealed file contains a previous value.
  var hasPrevious: Bool
  /// Whether templates use a previous value at all.
  var wantsPrevious: Bool

  static let none = KeyUse(hasNext: false, hasPrevious: false, wantsPrevious: false)
}

extension Planner {
  /// The steps of all credentials that have one, both open and waiting ones.
  func steps(available: Set<String>) -> Decision<[StepPlan]> {
    let (needed, wanted) = suppliedNames()
    let decisions = state.workspace.groups.filter {
      isUsed($0) && !aside.credentials.contains($0.name)
    }.map { credential in
      guard credential.isSupplied else { return step(of: credential) }
      let isNeeded = needed.contains(credential.name)
      guard isNeeded || wanted.contains(credential.name) else { return Decision(nil) }
      if available.contains(credential.name) { return step(ofSupplied: credential) }
      let missing = Refusal.Reason.supplyMissing(
        credential: credential.name, variable: credential.variable)
      return Decision(nil, isNeeded ? [Refusal(missing, of: credential)] : [])
    }
    return Decision(decisions.compactMap(\.value), decisions.flatMap(\.refusals))
  }

  func isUsed(_ credential: Credential) -> Bool {
    !usedNames.isDisjoint(with: [credential.name] + credential.members.map(\.name))
  }

  /// How templates use each key that is published ahead or has a previous one.
  static func uses(_ state: EnvironmentState) -> [String: KeyUse] {
    var uses: [String: KeyUse] = [:]
    for credential in state.workspace.groups
    where credential.isKeyPair && state.isPublished(credential.name) {
      let previous = credential.name + Credential.previousSuffix
      uses[credential.name] = KeyUse(
        hasNext: true, hasPrevious: state.lock?.credentials[previous] != nil, wantsPrevious: true)
    }
    for file in state.files {
      for secret in file.template.secrets {
        for item in secret.items {
          if let name = item.expression.nextOf {
            uses[name, default: .none].hasNext = true
          }
          guard let name = item.expression.previousOf else { continue }
          uses[name, default: .none].wantsPrevious = true
          let document = file.document(of: secret)
          if document?.value(item.key) != nil { uses[name, default: .none].hasPrevious = true }
        }
      }
    }
    return uses
  }

  // MARK: Supplied and generated credentials

  private func step(ofSupplied credential: Credential) -> Decision<StepPlan?> {
    let reason: Renewal.Reason = request.forgets(credential) ? .compromised : .supplied
    let use = use(of: credential)
    let isNew = lock.credentials[credential.name] == nil
    guard !isNew, reason != .compromised, use.wantsPrevious else {
      return Decision(
        plan(credential, isNew || reason == .compromised ? .seal : .replace, reason, []))
    }
    return needed(plan(credential, .rotate, reason, gates(ofRotation: use, credential)))
  }

  /// The next step of a generated credential; nil if nothing asks for it.
  private func step(of credential: Credential) -> Decision<StepPlan?> {
    let isForgotten = request.forgets(credential)
    if isForgotten, credential.roles.isEmpty {
      return Decision(promotion(ofLeaked: credential) ?? plan(credential, .seal, .compromised, []))
    }
    guard let next = nextStep(of: credential) else {
      let reason = Refusal.Reason.roleGone(
        credential: credential.name, role: lock.credentials[credential.name]?.role ?? "",
        roles: credential.roles.map(\.suffix))
      return Decision(nil, [Refusal(reason, of: credential)])
    }
    if isHeld(credential, next), !isAsked(credential), !isForgotten { return Decision(nil) }
    guard let reason = reason(of: credential, for: next) else { return Decision(nil) }
    let plan = plan(credential, next.step, reason, next.gates)
    // The next password of a leaked role waits: the mark in the lock file stays until then.
    return next.cause == .roleHasLeaked ? Decision(plan) : asked(plan)
  }

  /// Why a generated credential takes its next step; nil if nothing asks for it.
  private func reason(of credential: Credential, for next: NextStep) -> Renewal.Reason? {
    let isAsked = isAsked(credential)
    let isForgotten = request.forgets(credential)
    switch next.cause {
    case .neverSealed, .nextMissing:
      guard request.others != .none || isAsked else { return nil }
      // Without its lock file, a file may well have been sealed.
      let isUnknown =
        next.step == .seal && credential.roles.isEmpty
        && state.files.contains { $0.manifest != nil }
      return isUnknown && isAsked ? .asked : next.cause.reason
    case .previousIsDone: return request.others == .due ? next.cause.reason : nil
    case .roleHasLeaked: return request.others == .due || isAsked ? next.cause.reason : nil
    case .templateChanged, .roleIsIdle:
      guard request.others == .due || isAsked else { return nil }
      if isForgotten { return .compromised }
      return isAsked && next.cause == .roleIsIdle ? .asked : next.cause.reason
    case .itsTurn: return reason(of: credential).map { isForgotten ? .compromised : $0 }
    }
  }

  /// Whether a step waits because somebody reverted it.
  ///
  /// It waits until a person asks for it, or for the time between two rotations.
  func isHeld(_ credential: Credential, _ next: NextStep) -> Bool {
    guard let time = request.arrivals.reverted[credential.name] else { return false }
    switch next.cause {
    case .neverSealed, .roleHasLeaked: return false
    case .nextMissing, .previousIsDone, .templateChanged, .roleIsIdle, .itsTurn: break
    }
    guard let every = credential.rotateEvery else { return true }
    return request.now.seconds < time.seconds + every
  }

  /// Promotes the next key of a leaked pair at once if every verifier has it, because the leak does
  /// not include it; nil if both keys have to be replaced.
  private func promotion(ofLeaked pair: Credential) -> StepPlan? {
    guard pair.isKeyPair, use(of: pair).hasNext, !request.named.forget.contains(pair.next.name),
      lock.credentials[pair.next.name]?.publicKey != nil
    else { return nil }
    let plan = plan(pair, .rotate, .compromised, [.verifiersHaveNext])
    return plan.isOpen && !plan.isAssumed ? plan : nil
  }

  /// Why a credential in use takes its next step; nil if it takes none.
  func reason(of credential: Credential) -> Renewal.Reason? {
    if isAsked(credential) { return .asked }
    guard request.others == .due, let due = state.dueTime(credential), due <= request.now else {
      return nil
    }
    return .due(since: due)
  }

  private func isAsked(_ credential: Credential) -> Bool {
    request.named.renew.contains(credential.name)
  }

  // MARK: Gates

  /// Refuses a step that the command line names if its gate is closed; any other step waits.
  private func asked(_ plan: StepPlan) -> Decision<StepPlan?> {
    isAsked(plan.credential) && request.named.ifClosed == .refusesRun
      ? needed(plan) : Decision(plan)
  }

  /// Refuses a step if its gate is closed: without it an item would be left out.
  private func needed(_ plan: StepPlan) -> Decision<StepPlan?> {
    let closed = Refusal.Reason.gateClosed(
      credential: plan.credential.name, step: plan.step, gates: plan.closed,
      hasSettle: plan.credential.settle != nil)
    return Decision(plan, plan.isOpen ? [] : [Refusal(closed, of: plan.credential)])
  }

  func plan(
    _ credential: Credential, _ step: Step, _ reason: Renewal.Reason, _ gates: [Gate]
  ) -> StepPlan {
    var isAssumed = false
    let states = gates.filter(request.gates.contains).map { gate in
      let seen = seen(gate.fact, of: credential)
      guard !seen.isYes, seen.kind == .unknown, let assumption = request.arrivals.assumption else {
        return GateState(gate: gate, answer: seen)
      }
      let assumed = assumption.answer(gate.fact, of: credential, now: request.now)
      isAssumed = isAssumed || assumed.isYes
      return GateState(gate: gate, answer: assumed)
    }
    return StepPlan(
      credential: credential, step: step, reason: reason, gates: states, isAssumed: isAssumed)
  }

  private func seen(_ fact: Fact, of credential: Credential) -> Answer {
    // A workload that this commit switches holds the role until it has rolled.
    if fact == .released, request.arrivals.unswitched.contains(credential.name) {
      return .no("a workload of the repository names its Secret and is not switched yet")
    }
    if fact == .published, credential.cacheTime == nil {
      return .unknown("set its cacheTime in moltseal.yml")
    }
    if fact == .expired, credential.tokenLifetime == nil {
      return .unknown("set its tokenLifetime in moltseal.yml")
    }
    guard let evidence = request.arrivals.evidence else {
      return .unknown("no evidence from the cluster")
    }
    return evidence.answer(
      fact, of: credential, lock, ciphertexts[credential.name] ?? [:], now: request.now)
  }
}
