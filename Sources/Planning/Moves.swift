/// What steps do to values: which values are new, and which ciphertexts move.

internal import Manifests
internal import Workspace

struct Moves {
  /// The new values, in the order of their credentials.
  private(set) var renewals: [Renewal] = []
  /// Their names.
  private(set) var renewed: Set<String> = []
  /// The keys that take over the ciphertext of their next key.
  private(set) var promoted: Set<String> = []
  /// The keys whose ciphertext becomes the previous one.
  private(set) var kept: Set<String> = []
  /// The keys whose previous value is removed, and why.
  private(set) var dropped: [String: ItemAction.OmitReason] = [:]

  init(_ steps: [StepPlan], _ planner: Planner) {
    for plan in steps { add(plan, planner) }
  }

  private mutating func add(_ plan: StepPlan, _ planner: Planner) {
    let (name, use) = (plan.credential.name, planner.use(of: plan.credential))
    for part in plan.renewedParts(use) {
      let replaces = planner.lock.credentials[part.name] != nil
      renewals.append(Renewal(credential: part, reason: plan.reason, replaces: replaces))
      renewed.insert(part.name)
    }
    switch plan.step {
    case .seal:
      dropped[name] =
        planner.request.forgets(plan.credential)
        ? .compromised(name) : planner.state.lock == nil ? nil : .noPrevious
    case .rotate:
      if plan.reason == .compromised {
        dropped[name] = .compromised(name)
      } else {
        kept.insert(name)
      }
      if use.hasNext { promoted.insert(name) }
    case .retire: dropped[name] = .retired(name)
    case .replace, .publish, .flip, .renew: break
    }
  }
}

extension StepPlan {
  /// The credentials that get a new value.
  fileprivate func renewedParts(_ use: KeyUse) -> [Credential] {
    switch step {
    case .seal:
      (credential.roles.isEmpty ? [credential] : credential.members)
        + (use.hasNext ? [credential.next] : [])
    case .replace: [credential]
    case .publish: [credential.next]
    case .rotate: [use.hasNext ? credential.next : credential]
    case .renew: idleMember.map { [$0] } ?? []
    case .retire, .flip: []
    }
  }

  /// The password of a role that nobody uses, if that is what gets a new value.
  fileprivate var idleMember: Credential? {
    guard case .renew(let role) = step else { return nil }
    return credential.members.first { $0.name == Credential.member(credential.name, role.suffix) }
  }
}

extension RunPlan {
  /// Whether it seals nothing other than passwords of idle roles.
  package var sealsOnlyIdleRoles: Bool {
    let idle = Set(steps.compactMap(\.idleMember?.name))
    return sealedItems.allSatisfy { plan, _ in
      guard let pair = plan.secret.pair, let role = plan.secret.role else { return false }
      return idle.contains(Credential.member(pair, role.suffix))
    }
  }
}
