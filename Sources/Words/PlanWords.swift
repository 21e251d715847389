/// The words of a plan: steps, reasons, gates and warnings.

package import Kubernetes
internal import Manifests
internal import Planning
internal import Reporting
package import Workspace

extension Renewal.Reason {
  /// - Parameter asked: how the command line asked for it.
  package func words(asked: String) -> String {
    switch self {
    case .neverSealed: "never sealed"
    case .asked: asked
    case .compromised: "compromised"
    case .supplied: "supplied"
    case .due(let since): "due since \(since.day)"
    case .nextMissing: "its next key was never sealed"
    case .previousIsDone: "the previous key is no longer needed"
    case .templateChanged: "its template has changed"
    case .roleIsIdle: "not in use since the last switch"
    }
  }
}

extension ItemAction.SealReason {
  /// Why an item is sealed, in a few words.
  package var words: String {
    switch self {
    case .new: "new"
    case .changed: "changed"
    case .renewed(let credentials): "new \(credentials.joined(separator: ", "))"
    }
  }
}

extension ItemAction.OmitReason {
  /// Why an item is left out, in a few words.
  package var words: String {
    switch self {
    case .laterRun: "never sealed; the next run seals it"
    case .optionalAbsent(let name): "optional '\(name)' is absent"
    case .compromised(let name): "'\(name)' is compromised"
    case .retired(let name): "the previous '\(name)' is retired"
    case .noPrevious: "no previous value yet"
    case .lockMissing: "the lock file is missing"
    }
  }
}

extension PlanWarning {
  /// The sentence of the warning.
  package var words: String {
    switch self {
    case .unusedCredential(let name): "credential '\(name)' is used by no template"
    case .leftBehind(let name, let held):
      "'\(name)' is supplied and contains the old value of '\(held)'; supply it with the new one: rotate \(CLI.only) \(name)"
    case .windowOfSigners(let name):
      "until all pods have restarted, pods with the old '\(name)' refuse what new pods sign"
    case .window(let name):
      "from the sync until all pods have restarted, pods with the old '\(name)' can be refused"
    case .tokensEnd(let name):
      "'\(name)' is replaced and its old keys are dropped: all tokens become invalid, and all users have to log in again"
    case .publicHalfUnknown(let name):
      "the public half of '\(name)' is unknown, because it was sealed before it was a key pair; give it a new value"
    case .assumed(let name):
      "'\(name)': its last step is assumed to have arrived, without evidence from the cluster; the lock file records that"
    case .sessionsStay(let name):
      "'\(name)': database sessions that were opened with the leaked password stay open until you end them"
    case .stillLeaked(let member):
      "'\(member)': the leaked password is still in a Secret; the lock file marks it, and one of the next runs replaces it"
    case .heldBack(let name, let step, let since, let until):
      "the last step of '\(name)' was reverted on \(since.day), so \(step.name) is not taken again \(until.map { "before \($0.day)" } ?? "automatically"); to take it now: rotate \(CLI.only) \(name)"
    case .lifetimeMissing(let name):
      "'\(name)' has a '.previous' but no tokenLifetime; its next rotation needs one in moltseal.yml"
    case .supplyDue(let name, let since):
      "'\(name)' is due since \(since.day); get a new value from its issuer, then: rotate \(CLI.only) \(name)"
    case .roleBehind(let secret):
      "'\(secret)' still has the text of its old template; it changes with the role's next password, when the role is not in use"
    case .immutable(let secret):
      "Secret '\(secret)' is immutable, so the controller cannot update it; delete it in the cluster after the sync"
    case .reEncrypted(let secret):
      "every item of '\(secret)' was sealed again outside of moltseal, from the same rotation; the lock file is updated"
    case .foreignItems(let file, let keys):
      "\(file) has items that are in no template; they stay: \(keys.joined(separator: ", "))"
    case .templateGone(let secret):
      "SealedSecret \(secret) no longer has a template; it stays as it is"
    }
  }
}

extension ItemAction {
  /// What becomes of an item, in a few words.
  package var words: String {
    switch self {
    case .seal(let reason): "sealed (\(reason.words))"
    case .move(let key): "takes the ciphertext of \(key)"
    case .moveIn: "takes the private key that waited"
    case .carry: "stays as it is"
    case .takeOver: "stays as it is; it was sealed again outside of moltseal"
    case .omit(let reason): "left out (\(reason.words))"
    }
  }
}

extension Step {
  /// What it has done, in a word.
  package var doneWord: String {
    switch self {
    case .seal: "new"
    case .replace: "replaced"
    case .publish: "published"
    case .rotate: "rotated"
    case .retire: "retired"
    case .flip: "switched"
    case .renew: "renewed"
    }
  }

  /// What it would do to its credential.
  package var verb: String {
    switch self {
    case .flip: "switch"
    default: name
    }
  }

  /// What it means for its credential, in a few words; empty where its name says it.
  package func detail(of credential: Credential, hasNext: Bool) -> String {
    switch self {
    case .seal where !credential.roles.isEmpty:
      "\(credential.roles[0].login) (in use) and \(credential.roles[1].login)"
    case .seal where hasNext || credential.isKeyPair: "this key and the next one"
    case .seal: credential.isSupplied ? "supplied" : ""
    case .replace: credential.isSupplied ? "supplied" : "a new value"
    case .publish: "the next key, which does not sign yet"
    case .rotate: "the next key signs; the previous one still verifies"
    case .retire: "the previous key is removed"
    case .flip(let from, let to): "from \(from.login) to \(to.login)"
    case .renew(let role): "a new password for \(role.login), which is not in use"
    }
  }

  /// What it is called.
  package var name: String {
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
  package var shortWords: String {
    switch self {
    case .flip(_, let to): "flip to \(to.login)"
    case .renew(let role): "renew \(role.login)"
    default: name
    }
  }

  /// What it does.
  package var words: String {
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
  /// What has to be so, as the end of "until" or "once".
  package var words: String {
    switch self {
    case .verifiersHaveNext: "every verifier has today's next public key"
    case .nextIsKnown: "every pod has today's next key"
    case .tokensOfPreviousAreDead: "no token of the previous key is still valid"
    case .previousIsDead:
      "nothing signs with the previous key, and none of its tokens is still valid"
    case .targetHasItsPassword: "the database has the other role's password"
    case .idleRoleIsReleased: "nothing uses the idle role any more"
    }
  }
}

extension StepPlan {
  /// What it waits for; one line.
  package var waitingWords: String {
    if isAfterThisRun {
      return "\(step.shortWords): after this run has arrived, in a run of its own"
    }
    let closed = closed.map { "\($0.gate.words) (\($0.answer.kind.rawValue): \($0.answer.reason))" }
    return "\(step.shortWords): waits until \(closed.joined(separator: ", and until "))"
  }
}

extension Upcoming {
  /// The step, when it is due, and what comes after it.
  package func words(at now: Timestamp) -> String {
    let time = due.map { $0 <= now ? ", due" : ", due \($0.day)" } ?? ", when it is asked for"
    return plan.step.shortWords + time + (after.map { "; then \($0.name)" } ?? "")
  }

  /// What has to be so before.
  package var conditions: [String] { plan.gates.map(\.gate.words) }
}

extension LockFile.Phase {
  /// What a revert of the last step would do.
  ///
  /// - Parameter hasNext: whether the key is published ahead.
  /// - Parameter generation: the number of the value; a sealing after the first one was a leak.
  package func wordsOfRevert(hasNext: Bool, generation: Int) -> String {
    switch self {
    case .sealed where generation > 1: return Self.leaked
    case .rotated where !hasNext:
      return "pods with the new key are refused until they have rolled back"
    default: return wordsOfRevert
    }
  }

  /// After a leak.
  package static let leaked = "do not: the leaked value would come back"

  private var wordsOfRevert: String {
    switch self {
    case .sealed:
      "do not: the values from before the first sealing would come back, and they are in the git history"
    case .replaced:
      "pods with the new value are refused until they have rolled back"
    case .published: "at any time: nothing signs with the next key yet"
    case .rotated:
      "at any time: every pod verifies both keys; another rotation then waits"
    case .retired: "at any time: the previous key comes back and only verifies"
    case .flipped:
      "at any time: the other role's password has not changed"
    case .renewed:
      "at any time: nothing uses that role; the flip then waits"
    }
  }
}
