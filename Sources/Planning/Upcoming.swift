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
      guard isUsed(credential), !credential.isSupplied else { return nil }
      var upcoming =
        credential.roles.isEmpty ? upcomingOfKey(credential) : upcomingOfPair(credential)
      upcoming?.hasNext = use(of: credential).hasNext
      return upcoming
    }
  }

  private func upcomingOfKey(_ credential: Credential) -> Upcoming? {
    guard let known = lock.credentials[credential.name] else {
      return Upcoming(
        plan: plan(credential, .seal, .neverSealed, []), due: request.now, after: nil)
    }
    let use = use(of: credential)
    if use.hasNext, lock.credentials[credential.next.name] == nil {
      return Upcoming(
        plan: plan(credential, .publish, .nextMissing, []), due: request.now, after: .rotate)
    }
    let due = state.dueTime(credential)
    guard use.wantsPrevious else {
      return Upcoming(plan: plan(credential, .replace, .asked, []), due: due, after: nil)
    }
    // Whichever comes first: the end of the previous key, or the next rotation.
    let end = credential.tokenLifetime.map {
      Timestamp(seconds: known.time.seconds + $0)
    }
    if use.hasPrevious, due.map({ $0 > request.now }) ?? true {
      return Upcoming(
        plan: plan(credential, .retire, .previousIsDone, [.previousIsDead]), due: end,
        after: .rotate)
    }
    return Upcoming(plan: rotation(credential, .asked, use), due: due, after: .retire)
  }

  private func upcomingOfPair(_ pair: Credential) -> Upcoming? {
    guard let known = lock.credentials[pair.name] else {
      return Upcoming(plan: plan(pair, .seal, .neverSealed, []), due: request.now, after: nil)
    }
    guard let active = pair.roles.first(where: { $0.suffix == known.role }),
      let idle = pair.roles.first(where: { $0 != active })
    else { return nil }
    if known.phase == .flipped {
      return Upcoming(
        plan: plan(pair, .renew(idle), .roleIsIdle, [.idleRoleIsReleased]), due: request.now,
        after: .flip(from: active, to: idle))
    }
    return Upcoming(
      plan: plan(pair, .flip(from: active, to: idle), .asked, [.targetHasItsPassword]),
      due: state.dueTime(pair), after: .renew(active))
  }
}
