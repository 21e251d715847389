/// What is known about a cluster, as far as steps depend on it; what is unknown opens no gate.

package import Kubernetes
package import Manifests
internal import Text
package import Workspace

/// Yes, no or unknown, each with the object and field that decided it.
package enum Answer: Sendable, Equatable {
  case yes(String)
  case no(String)
  /// No, because a pod keeps its old Secret until it restarts, with no known rollout in progress;
  /// evidence as JSON has it as a no.
  case noUntilRestart(String)
  case unknown(String)

  package enum Kind: String, Sendable, CaseIterable {
    case yes, no, unknown
  }

  package init(_ kind: Kind, _ reason: String) {
    self =
      switch kind {
      case .yes: .yes(reason)
      case .no: .no(reason)
      case .unknown: .unknown(reason)
      }
  }

  package var kind: Kind {
    switch self {
    case .yes: .yes
    case .no, .noUntilRestart: .no
    case .unknown: .unknown
    }
  }

  package var reason: String {
    switch self {
    case .yes(let reason), .no(let reason), .noUntilRestart(let reason), .unknown(let reason):
      reason
    }
  }

  package var isYes: Bool { kind == .yes }
  package var needsRestart: Bool { if case .noUntilRestart = self { true } else { false } }

  /// The same answer, with a remark after its reason.
  package func adding(_ remark: String) -> Answer {
    switch self {
    case .noUntilRestart(let reason): .noUntilRestart(reason + remark)
    case .yes, .no, .unknown: Answer(kind, reason + remark)
    }
  }

  /// Yes if all answers are yes; otherwise the first no, or else the first unknown.
  ///
  /// - Parameter nothing: the reason of the unknown if there are no answers.
  package static func all(_ answers: [Answer], else nothing: String) -> Answer {
    answers.first { $0.kind == .no } ?? answers.first { $0.kind == .unknown } ?? answers.first
      ?? .unknown(nothing)
  }
}

/// A question about a credential's last step.
package enum Fact: String, Sendable, CaseIterable {
  /// The commit with the last step is on the base branch.
  case merged
  /// The live SealedSecrets have the ciphertexts of the lock file.
  case synced
  /// The controller has made the Secrets from those ciphertexts.
  case unsealed
  /// The database has the password of the idle role.
  case altered
  /// The live ConfigMaps have the public keys, and no verifier can still have older ones.
  case published
  /// Every pod has the Secrets, and the role, of the lock file.
  case rolled
  /// Nothing names the Secret of the idle role.
  case released
  /// No token is valid that was signed with a key with which no pod signs any more.
  case expired
}

/// The evidence about one credential.
package struct CredentialEvidence: Sendable, Equatable {
  /// The generation and step that it is about.
  package let generation: Int
  package let step: String
  /// The digest of each ciphertext in the lock file at that time, by `NAMESPACE/SECRET/KEY`.
  package let ciphertexts: [String: String]
  package var answers: [Fact: Answer]
  /// The latest time at which the last pod that signed with another key had ended; nil if one may
  /// still sign.
  package var signersEnded: Timestamp?
  /// The latest time since which the live ConfigMaps have the public keys.
  package var publishedAt: Timestamp?
  /// The look that `signersEnded` comes from, which later looks continue; nil if there is none.
  package let look: Look?
  /// The places that name a Secret of it, `KIND/NAMESPACE/NAME FIELD: SECRET`, sorted; nil if the
  /// evidence does not say.
  package let consumers: [String]?

  package init(
    generation: Int, step: String, ciphertexts: [String: String], answers: [Fact: Answer],
    signersEnded: Timestamp?, publishedAt: Timestamp? = nil, look: Look? = nil,
    consumers: [String]? = nil
  ) {
    self.generation = generation
    self.step = step
    self.ciphertexts = ciphertexts
    self.answers = answers
    self.signersEnded = signersEnded
    self.publishedAt = publishedAt
    self.look = look
    self.consumers = consumers
  }
}

/// The evidence about an environment, and its time.
package struct Evidence: Sendable, Equatable {
  package let environment: String
  package let time: Timestamp
  package var credentials: [String: CredentialEvidence]
  /// Nil if the evidence does not say.
  package let cluster: ClusterIdentity?
  /// By uid of a pod: the first time at which it had a final phase, although it does not say that
  /// its containers have ended.
  package let finishedPods: [String: Timestamp]
  /// By `NAMESPACE/NAME` of a Secret.
  package let currentPods: [String: CurrentPods]

  package init(
    environment: String, time: Timestamp, credentials: [String: CredentialEvidence],
    cluster: ClusterIdentity? = nil, finishedPods: [String: Timestamp] = [:],
    currentPods: [String: CurrentPods] = [:]
  ) {
    self.environment = environment
    self.time = time
    self.credentials = credentials
    self.cluster = cluster
    self.finishedPods = finishedPods
    self.currentPods = currentPods
  }

  /// The maximum age of evidence, in seconds: what it saw can be undone by hand at any moment.
  package static let lifetime = 3600

  /// What it says about a credential; unknown if it was taken for another step.
  func answer(
    _ fact: Fact, of credential: Credential, _ lock: LockFile, _ ciphertexts: [String: String],
    now: Timestamp
  ) -> Answer {
    let name = credential.name
    guard let seen = credentials[name] else { return .unknown("the evidence does not cover it") }
    guard let known = lock.credentials[name] else { return .unknown("it was never sealed") }
    guard seen.generation == known.generation, seen.step === known.step else {
      return .unknown(
        "the evidence is for generation \(seen.generation) (\(seen.step)), but the lock file has \(known.generation) (\(known.step))"
      )
    }
    if let known = lock.cluster, cluster?.id != known {
      return .no(
        "the evidence is from \(cluster.map { "cluster \($0.id)" } ?? "a cluster that it does not name"), but the lock file has cluster \(known); if the environment has moved, delete the line 'cluster:' from the lock file"
      )
    }
    guard seen.ciphertexts == ciphertexts else {
      return .unknown("the evidence is for other ciphertexts than the lock file has")
    }
    if fact == .expired {
      return expiry(seen, lifetime: credential.tokenLifetime, now: now)
    }
    if fact == .published {
      guard let time = seen.publishedAt, let wait = credential.publicationTime else {
        return seen.answers[fact].map { Answer($0.isYes ? .unknown : $0.kind, $0.reason) }
          ?? .unknown("the evidence does not say")
      }
      return .publication(since: time, wait: wait, now: now)
    }
    return seen.answers[fact] ?? .unknown("the evidence does not say")
  }

  /// Tokens expire by the clock, also after the evidence was taken.
  private func expiry(
    _ seen: CredentialEvidence, lifetime: Int?, now: Timestamp
  ) -> Answer {
    guard let lifetime else { return .unknown("set its tokenLifetime in moltseal.yml") }
    guard let ended = seen.signersEnded else {
      return seen.answers[.expired].map { Answer($0.isYes ? .unknown : $0.kind, $0.reason) }
        ?? .unknown("the evidence does not say")
    }
    return .expiry(of: ended, lifetime: lifetime, now: now)
  }
}

extension Answer {
  /// Whether tokens have expired whose last signer ended at `ended`.
  package static func expiry(of ended: Timestamp, lifetime: Int, now: Timestamp) -> Answer {
    let end = Timestamp(seconds: ended.seconds + lifetime)
    return end <= now
      ? .yes("the last token of another key expired \(end)")
      : .no(
        "tokens of the previous key may be valid until \(end): nothing has signed with it since \(ended)"
      )
  }

  /// Whether every verifier has the public keys, `wait` seconds after they were published.
  package static func publication(since: Timestamp, wait: Int, now: Timestamp) -> Answer {
    let end = Timestamp(seconds: since.seconds + wait)
    return end <= now
      ? .yes("no verifier can have older public keys since \(end)")
      : .no("verifiers may have older public keys until \(end)")
  }
}

extension Credential {
  /// The seconds after which a published public key counts as known.
  ///
  /// That is the verifiers' cache time, and two minutes in which a kubelet brings a ConfigMap to
  /// its pods (`syncFrequency` and its cache, one minute each).
  package var publicationTime: Int? { cacheTime.map { $0 + 120 } }
}

extension LockFile {
  /// The digest of every ciphertext with a value of a credential, by `NAMESPACE/SECRET/KEY`, for
  /// each credential.
  package var ciphertextsByCredential: [String: [String: String]] {
    var found: [String: [String: String]] = [:]
    for (id, item) in items {
      for name in item.rotations.keys {
        found[credential(of: name), default: [:]]["\(id.secretPath)/\(id.key)"] = item.ciphertext
      }
    }
    return found
  }
}

/// The credential that a value belongs to; `LockFile` has its own type `Credential`.
private func credential(of value: String) -> String { Credential.group(of: value) }
