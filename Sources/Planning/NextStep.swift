/// The next step of a generated credential.
///
/// The same decision serves the run that takes the step and `status`, which shows when it is due.

internal import Kubernetes
internal import Manifests
internal import Text
internal import Workspace

struct NextStep {
  /// Why this is the next step.
  enum Cause {
    /// It, or one of its roles, was never sealed.
    case neverSealed
    /// Its next key was never sealed.
    case nextMissing
    /// The previous key is no longer needed.
    case previousIsDone
    /// The template has changed, and the idle role gets the change first.
    case templateChanged
    /// The password of one of its roles has leaked and is not replaced yet.
    case roleHasLeaked
    /// The role is idle since the last switch.
    case roleIsIdle
    /// It is due, it will be, or a person asks for it.
    case itsTurn
  }

  let step: Step
  let gates: [Gate]
  let cause: Cause
  /// When it is due; nil if only a person can ask for it.
  let due: Timestamp?
  /// The step after it.
  var after: Step?
}

extension Planner {
  /// The next step of a credential; nil if the lock file names a role that no longer exists.
  func nextStep(of credential: Credential) -> NextStep? {
    credential.roles.isEmpty ? nextStep(ofKey: credential) : nextStep(ofPair: credential)
  }

  private func nextStep(ofKey credential: Credential) -> NextStep {
    guard let known = lock.credentials[credential.name] else {
      return NextStep(step: .seal, gates: [], cause: .neverSealed, due: request.now)
    }
    let use = use(of: credential)
    if use.hasNext, lock.credentials[credential.next.name] == nil {
      return NextStep(
        step: .publish, gates: [], cause: .nextMissing, due: request.now, after: .rotate)
    }
    // The end of the previous key, or the next rotation, whichever comes first.
    if use.hasPrevious, reason(of: credential) == nil {
      return NextStep(
        step: .retire, gates: [.previousIsDead], cause: .previousIsDone,
        due: credential.tokenLifetime.map { Timestamp(seconds: known.time.seconds + $0) },
        after: .rotate)
    }
    let due = state.dueTime(credential)
    guard use.wantsPrevious else {
      return NextStep(step: .replace, gates: [], cause: .itsTurn, due: due)
    }
    return NextStep(
      step: .rotate, gates: gates(ofRotation: use, credential), cause: .itsTurn, due: due,
      after: .retire)
  }

  /// The gates before the next key signs.
  func gates(ofRotation use: KeyUse, _ credential: Credential) -> [Gate] {
    var gates: [Gate] = []
    // Without a next key, old pods refuse what new ones sign; a warning says so.
    if use.hasNext { gates.append(credential.isKeyPair ? .verifiersHaveNext : .nextIsKnown) }
    if use.hasPrevious { gates.append(.tokensOfPreviousAreDead) }
    return gates
  }

  private func nextStep(ofPair pair: Credential) -> NextStep? {
    // Without a role it was a single password until now, and both roles are new.
    guard let role = lock.credentials[pair.name]?.role else {
      return NextStep(step: .seal, gates: [], cause: .neverSealed, due: request.now)
    }
    // The lock file may name a role that the workspace file no longer has.
    guard let active = pair.roles.first(where: { $0.suffix == role }),
      let idle = pair.roles.first(where: { $0 != active })
    else { return nil }
    let flip = Step.flip(from: active, to: idle)
    if let cause = causeOfRenewal(of: idle, pair) {
      // Nothing can hold a role that never had a password.
      return NextStep(
        step: .renew(idle), gates: cause == .neverSealed ? [] : [.idleRoleIsReleased],
        cause: cause, due: request.now, after: flip)
    }
    // Switch first: the leaked role is then idle.
    let hasLeaked = leakedRoles(of: pair).contains(active.suffix)
    return NextStep(
      step: flip, gates: [.targetHasItsPassword], cause: hasLeaked ? .roleHasLeaked : .itsTurn,
      due: hasLeaked ? request.now : state.dueTime(pair), after: .renew(active))
  }

  /// Why the idle role gets its next password before the roles are switched; nil if it does not.
  private func causeOfRenewal(of idle: Credential.Role, _ pair: Credential) -> NextStep.Cause? {
    if lock.credentials[Credential.member(pair.name, idle.suffix)] == nil { return .neverSealed }
    let leaked = leakedRoles(of: pair)
    if leaked.contains(idle.suffix) { return .roleHasLeaked }
    if !leaked.isEmpty { return nil }
    // A changed template reaches the idle role with its next password, and the other role after the
    // flip that follows.
    if isBehind(pair, idle) { return .templateChanged }
    // After a flip, the role that may have leaked is idle, and is renewed.
    return lock.credentials[pair.name]?.phase == .flipped ? .roleIsIdle : nil
  }

  /// The roles whose password has leaked: those marked in the lock file, and those of this run.
  ///
  /// The name of the pair means both roles, or only the marked ones if there are any.
  func leakedRoles(of pair: Credential) -> Set<String> {
    let marked = Set(
      pair.roles.map(\.suffix).filter {
        lock.credentials[Credential.member(pair.name, $0)]?.isCompromised == true
      })
    let named = pair.roles.map(\.suffix).filter { suffix in
      request.named.forget.contains(Credential.member(pair.name, suffix))
        || marked.isEmpty && request.named.forget.contains(pair.name)
    }
    return marked.union(named)
  }

  /// Whether a role's Secret was sealed from an older template.
  private func isBehind(_ pair: Credential, _ role: Credential.Role) -> Bool {
    state.files.contains { file in
      file.template.secrets.contains { secret in
        guard secret.pair === pair.name, secret.role == role else { return false }
        let document = file.document(of: secret)
        if let document, SealedContent.isBehind(secret, document) { return true }
        return secret.items.contains { item in
          let id = LockFile.ItemID(
            namespace: secret.namespace, secret: secret.builtName, key: item.key)
          guard let known = lock.items[id] else { return false }
          return known.expression !== item.expression.text
        }
      }
    }
  }
}
