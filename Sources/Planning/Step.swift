/// The steps of credentials, and what each waits for (docs/phases.md).

package import Kubernetes
package import Manifests
package import Workspace

/// A step of one credential; each commit moves one kind of thing.
package enum Step: Sendable, Equatable {
  /// Its first value, or all of its values again.
  case seal
  /// A new value in place of the old one.
  case replace
  /// The next key is added.
  case publish
  /// previous ← current ← next ← new.
  case rotate
  /// The previous key is removed.
  case retire
  /// The consumers name the Secret of the other role.
  case flip(from: Credential.Role, to: Credential.Role)
  /// The idle role gets a new password.
  case renew(Credential.Role)

  package var phase: LockFile.Phase {
    switch self {
    case .seal: .sealed
    case .replace: .replaced
    case .publish: .published
    case .rotate: .rotated
    case .retire: .retired
    case .flip: .flipped
    case .renew: .renewed
    }
  }

  /// Whether it switches the consumers and changes no value.
  var isSwitch: Bool { if case .flip = self { true } else { false } }
}

/// What must be true before a step is taken.
package enum Gate: String, Sendable, CaseIterable {
  /// Before `rotate`: every pod verifies with today's next key.
  case nextIsKnown
  /// Before `rotate` of a key pair: every verifier has today's next public key.
  case verifiersHaveNext
  /// Before `rotate` drops a previous key: no token of it is valid.
  case tokensOfPreviousAreDead
  /// Before `retire`: the last signer with the old key has ended, and no token of it is valid.
  case previousIsDead
  /// Before `flip`: the database has the target role's password.
  case targetHasItsPassword
  /// Before `renew`: nothing holds the role.
  case idleRoleIsReleased

  /// The fact that opens it.
  package var fact: Fact {
    switch self {
    case .nextIsKnown: .rolled
    case .verifiersHaveNext: .published
    case .tokensOfPreviousAreDead, .previousIsDead: .expired
    case .targetHasItsPassword: .altered
    case .idleRoleIsReleased: .released
    }
  }
}

/// A gate, and what is known about it.
package struct GateState: Sendable, Equatable {
  package let gate: Gate
  package let answer: Answer
}

/// A step that a run takes, or that waits.
package struct StepPlan: Sendable {
  /// The credential, as the workspace file names it.
  package let credential: Credential
  package let step: Step
  package let reason: Renewal.Reason
  package let gates: [GateState]
  /// Whether only the passage of time, and no evidence, opened a gate.
  let isAssumed: Bool
  /// Whether it must wait for this run, because one commit moves one kind of thing.
  package var isAfterThisRun = false

  package var isOpen: Bool { gates.allSatisfy(\.answer.isYes) }
  /// What it waits for.
  package var closed: [GateState] { gates.filter { !$0.answer.isYes } }
}

/// When a step counts as arrived although nobody has looked.
package struct Assumption: Sendable, Equatable {
  /// When the last step of each credential reached the base branch.
  let arrivals: [String: Timestamp]

  package init(arrivals: [String: Timestamp]) { self.arrivals = arrivals }

  func answer(
    _ fact: Fact, of credential: Credential, now: Timestamp
  ) -> Answer {
    guard let settle = credential.settle else {
      return .unknown("to assume that it has arrived, set its settle in moltseal.yml")
    }
    guard let arrival = arrivals[credential.name] else {
      return .unknown("git does not tell when its last step reached this branch")
    }
    var wait = settle
    if fact == .published {
      guard let cacheTime = credential.cacheTime else {
        return .unknown("set its cacheTime in moltseal.yml")
      }
      wait += cacheTime
    }
    if fact == .expired {
      guard let lifetime = credential.tokenLifetime else {
        return .unknown("set its tokenLifetime in moltseal.yml")
      }
      wait += lifetime
    }
    let end = Timestamp(seconds: arrival.seconds + wait)
    return end <= now
      ? .yes("assumed: its last step reached this branch \(arrival)")
      : .no("its last step does not count as arrived before \(end)")
  }
}
