/// What evidence remembers, and what it is bound to besides a step.

package import Kubernetes

/// The cluster that the evidence is from.
package struct ClusterIdentity: Sendable, Equatable {
  /// The UID of the namespace kube-system, or if that cannot be read, the server and the digest of
  /// its certificate authority.
  package let id: String
  /// The address of the API server; nil if only kubectl knows it.
  package let server: String?

  package init(id: String, server: String?) {
    self.id = id
    self.server = server
  }
}

/// The first look that found no container with an older value of a credential.
///
/// Nothing has signed with an older key since then, whatever happens to the pods, because they read
/// the current value. A new version of a SealedSecret voids it, and so does a container with an
/// older value.
package struct Look: Sendable, Equatable {
  package let time: Timestamp
  /// `UID/GENERATION` of each live SealedSecret that contains the credential, by `NAMESPACE/NAME`.
  package let sealedSecrets: [String: String]

  package init(time: Timestamp, sealedSecrets: [String: String]) {
    self.time = time
    self.sealedSecrets = sealedSecrets
  }
}

/// The pods that had the current Secret at a look.
///
/// A pod keeps the same values until one of its containers starts again, whatever happens to the
/// Secret meanwhile.
package struct CurrentPods: Sendable, Equatable {
  /// A digest of the rotations in the Secret, which distinguishes its values from others.
  package let values: String
  /// By uid of a pod: when its containers had started.
  package let started: [String: String]

  package init(values: String, started: [String: String]) {
    self.values = values
    self.started = started
  }
}

extension Evidence {
  /// The evidence, limited to consumers that are the same here.
  ///
  /// A workload that has named a Secret only since then was never looked at.
  ///
  /// - Parameter consumers: the consumers of each credential, as in `CredentialEvidence.consumers`.
  package func held(against consumers: [String: [String]]) -> Evidence {
    var held = self
    for (name, seen) in credentials {
      guard let known = seen.consumers else { continue }
      let own = consumers[name] ?? []
      guard let difference = Set(own).symmetricDifference(known).min() else { continue }
      let word = own.contains(difference) ? "not in the evidence" : "not here"
      held.credentials[name]?.close("the consumers differ from those here: \(difference): \(word)")
    }
    return held
  }
}

extension CredentialEvidence {
  /// Withdraws every answer that could open a gate, or that would let an assumption open it.
  fileprivate mutating func close(_ reason: String) {
    answers = answers.mapValues { $0.kind == .no ? $0 : .no(reason) }
    signersEnded = nil
    publishedAt = nil
  }
}
