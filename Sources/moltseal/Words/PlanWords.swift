/// What a person reads of a plan: reasons and warnings.

internal import Kubernetes
internal import Manifests
internal import Planning
internal import Workspace

extension Renewal.Reason {
  /// - Parameter asked: how the command line asked for it.
  func words(asked: String) -> String {
    switch self {
    case .neverSealed: "never sealed"
    case .asked: asked
    case .compromised: "compromised"
    case .supplied: "supplied"
    case .due(let since): "due since \(since.day)"
    case .nextMissing: "its next key was never sealed"
    case .previousIsDone: "the key before the last rotation has done its work"
    case .templateChanged: "its template has changed"
    case .roleIsIdle: "not in use since the last switch"
    }
  }
}

extension ItemAction.SealReason {
  var words: String {
    switch self {
    case .new: "new"
    case .changed: "changed"
    case .renewed(let credentials): "new \(credentials.joined(separator: ", "))"
    }
  }
}

extension ItemAction.OmitReason {
  var words: String {
    switch self {
    case .laterRun: "never sealed: the next run does it"
    case .optionalAbsent(let name): "optional '\(name)' is absent"
    case .compromised(let name): "'\(name)' is compromised"
    case .retired(let name): "the previous '\(name)' is retired"
    case .noPrevious: "no previous value yet"
    case .lockMissing: "the lock file is missing"
    }
  }
}

extension PlanWarning {
  var words: String {
    switch self {
    case .unusedCredential(let name): "credential '\(name)' is used by no template"
    case .leftBehind(let name, let held):
      "'\(name)' holds the old value of '\(held)', and is supplied: give it the new one, with rotate --only \(name)"
    case .window(let name, keepsPrevious: true):
      "until every pod has rolled, pods with the old '\(name)' refuse what new ones sign"
    case .window(let name, keepsPrevious: false):
      "from the sync until every pod has rolled, pods with the old '\(name)' can be refused"
    case .tokensEnd(let name):
      "'\(name)' is made anew and nothing of it kept: every token ends, and everybody has to log in again"
    case .publicHalfUnknown(let name):
      "the public half of '\(name)' is not known here: it was sealed before it was a key pair; give it a new value"
    case .assumed(let name):
      "'\(name)': nobody has looked whether its last step has arrived; it is assumed, and the lock file says so"
    case .sessionsStay(let name):
      "'\(name)': sessions that the leaked password has opened stay open until they are ended in the database"
    case .stillLeaked(let member):
      "'\(member)': the leaked password is still in use or in a Secret; the lock file marks it, and the next runs make it anew"
    case .heldBack(let name, let step, let since, let until):
      "the last step of '\(name)' was reverted on \(since.day): \(step.name) is not taken again \(until.map { "before \($0.day)" } ?? "by itself"), unless you name it: rotate --only \(name)"
    case .lifetimeMissing(let name):
      "'\(name)' has a '.previous' and no tokenLifetime: its next rotation will need one in moltseal.yml"
    case .supplyDue(let name, let since):
      "'\(name)' is due since \(since.day); get a new value from who issues it, then: rotate --only \(name)"
    case .roleBehind(let secret):
      "'\(secret)' keeps what its template was before: a role's Secret follows with its next password, once the role is not in use"
    case .immutable(let secret):
      "Secret '\(secret)' is immutable: where it is live, the controller cannot change it; delete it then"
    case .reEncrypted(let secret):
      "every item of '\(secret)' was sealed anew since, from the same rotation: the lock file takes that over"
    case .foreignItems(let file, let keys):
      "\(file) has items that no template names, which stay: \(keys.joined(separator: ", "))"
    case .templateGone(let secret):
      "SealedSecret \(secret) has no template any more and stays as it is"
    }
  }
}

extension Step {
  /// What it is called.
  var name: String {
    switch self {
    case .seal: "seal"
    case .replace: "replace"
    case .publish: "publish"
    case .rotate: "rotate"
    case .retire: "retire"
    case .flip: "flip"
    case .renew: "renew"
    }
  }

  /// What it is called, and which role it is about.
  var shortWords: String {
    switch self {
    case .flip(_, let to): "flip to \(to.login)"
    case .renew(let role): "renew \(role.login)"
    default: name
    }
  }

  /// What it does.
  var words: String {
    switch self {
    case .seal: "new value"
    case .replace: "new value"
    case .publish: "publish a next key, which does not sign yet"
    case .rotate: "rotate: the next key signs, the one before it still verifies"
    case .retire: "retire the previous key"
    case .flip(let from, let to): "flip from role \(from.login) to \(to.login)"
    case .renew(let role): "new password for role \(role.login), which is not in use"
    }
  }
}

extension Gate {
  var words: String {
    switch self {
    case .verifiersHaveNext: "every verifier has today's next public key"
    case .nextIsKnown: "every pod has today's next key"
    case .tokensOfPreviousAreDead: "no token of the previous key lives"
    case .previousIsDead: "nothing signs with the previous key, and no token of it lives"
    case .targetHasItsPassword: "the database has the other role's password"
    case .idleRoleIsReleased: "nothing holds the role that is not in use"
    }
  }
}

extension StepPlan {
  /// What it waits for; one line.
  var waitingWords: String {
    if isAfterThisRun { return "\(step.words): in a run of its own, after this one" }
    let closed = closed.map { "\($0.gate.words) (\($0.answer.kind.rawValue): \($0.answer.reason))" }
    return "\(step.name) waits until \(closed.joined(separator: ", and until "))"
  }
}

extension Upcoming {
  /// The step, when it is due, and what comes after it.
  func words(at now: Timestamp) -> String {
    let time = due.map { $0 <= now ? ", due" : ", due \($0.day)" } ?? ", when it is asked for"
    return plan.step.shortWords + time + (after.map { "; then \($0.name)" } ?? "")
  }

  /// What has to be so before.
  var conditions: [String] { plan.gates.map(\.gate.words) }
}

extension LockFile.Phase {
  /// What a revert of the last step would do.
  ///
  /// - Parameter hasNext: whether the key is published ahead.
  /// - Parameter isAgain: whether values were sealed by it before: then it was a leak.
  func wordsOfRevert(hasNext: Bool, isAgain: Bool) -> String {
    switch self {
    case .sealed where isAgain: return Self.leaked
    case .rotated where !hasNext:
      return "pods that have the new key are refused until they have rolled back"
    default: return wordsOfRevert
    }
  }

  /// After a leak.
  static let leaked = "never: the leaked value would come back"

  private var wordsOfRevert: String {
    switch self {
    case .sealed:
      "never: the values of before the first sealing would come back, and they stand in the git history"
    case .replaced:
      "pods with the new value are refused until they have rolled back"
    case .published: "at any moment: nothing signs with the next key yet"
    case .rotated:
      "at any moment: every pod verifies both keys; a further one waits"
    case .retired: "at any moment: the previous key comes back, and only verifies"
    case .flipped:
      "at any moment: the other role's password has not changed"
    case .renewed:
      "at any moment: nothing uses that role; the flip before it waits"
    }
  }
}
