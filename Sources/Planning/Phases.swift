/// Decides the next step of each credential, and whether its gate is open (docs/phases.md).

internal import Kubernetes
internal import Manifests
internal import Text
internal import Workspace

/// How templates use a key.
struct KeyUse {
  /// Whether some template publishes it ahead.
  var hasNext: Bool
  /// Whether a previous value stands in a sealed file.
  var hasPrevious: Bool
  /// Whether templates ask for a previous value at all.
  var wantsPrevious: Bool

  static let none = KeyUse(hasNext: false, hasPrevious: false, wantsPrevious: false)
}

extension Planner {
  /// The steps of every credential that has one: those that are open, and those that wait.
  func steps(available: Set<String>, _ refusals: inout [Refusal]) -> [StepPlan] {
    let (needed, wanted) = suppliedNames()
    return state.workspace.groups.compactMap { credential in
      guard isUsed(credential) else { return nil }
      guard credential.isSupplied else { return step(of: credential, &refusals) }
      let (isNeeded, isWanted) = (
        needed.contains(credential.name), wanted.contains(credential.name)
      )
      guard isNeeded || isWanted else { return nil }
      guard available.contains(credential.name) else {
        if isNeeded {
          refusals.append(
            Refusal(
              reason: .supplyMissing(credential: credential.name, variable: credential.variable),
              file: nil, location: credential.location))
        }
        return nil
      }
      let isForgotten = request.forget.contains(credential.name)
      return suppliedStep(credential, isForgotten ? .compromised : .supplied, &refusals)
    }
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
          let document = file.document(name: secret.name, namespace: secret.namespace)
          if document?.value(item.key) != nil { uses[name, default: .none].hasPrevious = true }
        }
      }
    }
    return uses
  }

  // MARK: Supplied and generated ones

  private func suppliedStep(
    _ credential: Credential, _ reason: Renewal.Reason, _ refusals: inout [Refusal]
  ) -> StepPlan? {
    let use = use(of: credential)
    let isNew = lock.credentials[credential.name] == nil
    guard !isNew, reason != .compromised, use.wantsPrevious else {
      return plan(credential, isNew || reason == .compromised ? .seal : .replace, reason, [])
    }
    return asked(rotation(credential, reason, use), isNeeded: true, &refusals)
  }

  /// The next step of a generated credential; nil where it has none, or nobody asks for it.
  private func step(of credential: Credential, _ refusals: inout [Refusal]) -> StepPlan? {
    credential.roles.isEmpty ? keyStep(credential, &refusals) : pairStep(credential, &refusals)
  }

  private func keyStep(_ credential: Credential, _ refusals: inout [Refusal]) -> StepPlan? {
    let use = use(of: credential)
    let isNew = lock.credentials[credential.name] == nil
    if request.forget.contains(credential.name) { return plan(credential, .seal, .compromised, []) }
    if isNew {
      guard request.others != .none || isAsked(credential) else { return nil }
      // Of a file without its lock file nobody knows, so it may well have been sealed.
      let isKnown = !state.files.contains { $0.manifest != nil }
      return plan(credential, .seal, isAsked(credential) && !isKnown ? .asked : .neverSealed, [])
    }
    if use.hasNext, lock.credentials[credential.next.name] == nil {
      guard request.others != .none || isAsked(credential) else { return nil }
      return plan(credential, .publish, .nextMissing, [])
    }
    if let reason = reason(of: credential) {
      guard use.wantsPrevious else { return plan(credential, .replace, reason, []) }
      return asked(rotation(credential, reason, use), &refusals)
    }
    guard request.others == .due, use.hasPrevious else { return nil }
    return plan(credential, .retire, .previousIsDone, [.previousIsDead])
  }

  func rotation(
    _ credential: Credential, _ reason: Renewal.Reason, _ use: KeyUse
  ) -> StepPlan {
    var gates: [Gate] = []
    // Without a next key, old pods refuse what new ones sign: a warning says so.
    if use.hasNext { gates.append(credential.isKeyPair ? .verifiersHaveNext : .nextIsKnown) }
    if use.hasPrevious { gates.append(.tokensOfPreviousAreDead) }
    return plan(credential, .rotate, reason, gates)
  }

  private func pairStep(_ pair: Credential, _ refusals: inout [Refusal]) -> StepPlan? {
    let known = lock.credentials[pair.name]
    // Without a role it was one password until now, and both roles are new.
    guard known?.role != nil else {
      guard request.others != .none || isAsked(pair) else { return nil }
      return plan(pair, .seal, .neverSealed, [])
    }
    // The lock file may name a role that the workspace file has not any more.
    guard let active = pair.roles.first(where: { $0.suffix === known?.role ?? "" }),
      let idle = pair.roles.first(where: { $0 != active })
    else {
      refusals.append(
        Refusal(
          reason: .roleGone(
            credential: pair.name, role: known?.role ?? "", roles: pair.roles.map(\.suffix)),
          file: nil, location: pair.location))
      return nil
    }
    if lock.credentials[Credential.member(pair.name, idle.suffix)] == nil {
      guard request.others != .none || isAsked(pair) else { return nil }
      // Nothing can hold what never had a password.
      return plan(pair, .renew(idle), .neverSealed, [])
    }
    // A template that has changed reaches the role that is not in use with its next password, and
    // the other one after the flip that follows.
    if isBehind(pair, idle), !request.forget.contains(pair.name) {
      guard request.others == .due || isAsked(pair) else { return nil }
      return asked(
        plan(pair, .renew(idle), .templateChanged, [.idleRoleIsReleased]), &refusals)
    }
    let flip = Step.flip(from: active, to: idle)
    // After a flip the one that may have leaked is not in use any more: it is renewed.
    if request.forget.contains(pair.name), known?.phase != .flipped {
      return asked(plan(pair, flip, .compromised, [.targetHasItsPassword]), &refusals)
    }
    if known?.phase == .flipped {
      guard request.others == .due || isAsked(pair) else { return nil }
      let plan = plan(
        pair, .renew(idle),
        request.forget.contains(pair.name) ? .compromised : isAsked(pair) ? .asked : .roleIsIdle,
        [.idleRoleIsReleased])
      return asked(plan, &refusals)
    }
    guard let reason = reason(of: pair) else { return nil }
    return asked(plan(pair, flip, reason, [.targetHasItsPassword]), &refusals)
  }

  /// Why a credential that is in use takes its next step; nil where it keeps what it has.
  private func reason(of credential: Credential) -> Renewal.Reason? {
    if isAsked(credential) { return .asked }
    guard request.others == .due, let due = state.dueTime(credential), due <= request.now else {
      return nil
    }
    return .due(since: due)
  }

  /// Whether a role's Secret was sealed from another template than there is now.
  private func isBehind(_ pair: Credential, _ role: Credential.Role) -> Bool {
    state.files.flatMap(\.template.secrets).contains { secret in
      secret.pair === pair.name && secret.role == role
        && secret.items.contains { item in
          let id = LockFile.ItemID(
            namespace: secret.namespace, secret: secret.builtName, key: item.key)
          guard let known = lock.items[id] else { return false }
          return known.expression !== item.expression.text
        }
    }
  }

  private func isAsked(_ credential: Credential) -> Bool {
    request.renew.contains(credential.name)
  }

  // MARK: Gates

  /// A step that the command line names is refused where its gate is closed; any other one waits.
  ///
  /// - Parameter isNeeded: whether the run is refused all the same, for an item would be left out.
  private func asked(
    _ plan: StepPlan, isNeeded: Bool = false, _ refusals: inout [Refusal]
  ) -> StepPlan {
    if !plan.isOpen, isNeeded || isAsked(plan.credential) && !request.waits {
      refusals.append(
        Refusal(
          reason: .gateClosed(
            credential: plan.credential.name, step: plan.step, gates: plan.closed,
            hasSettle: plan.credential.settle != nil),
          file: nil, location: plan.credential.location))
    }
    return plan
  }

  func plan(
    _ credential: Credential, _ step: Step, _ reason: Renewal.Reason, _ gates: [Gate]
  ) -> StepPlan {
    var isAssumed = false
    let states = gates.filter(request.gates.contains).map { gate in
      let seen = seen(gate.fact, of: credential)
      guard !seen.isYes, seen.kind == .unknown, let assumption = request.assumption else {
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
    if fact == .published, credential.cacheTime == nil {
      return .unknown("set its cacheTime in moltseal.yml")
    }
    if fact == .expired, credential.tokenLifetime == nil {
      return .unknown("set its tokenLifetime in moltseal.yml")
    }
    guard let evidence = request.evidence else { return .unknown("nobody has looked") }
    return evidence.answer(
      fact, of: credential, lock, ciphertexts[credential.name] ?? [:], now: request.now)
  }
}
