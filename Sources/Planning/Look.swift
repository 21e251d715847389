/// What evidence remembers, and what it is bound to besides a step.

package import Kubernetes

/// The cluster that was looked at.
package struct ClusterIdentity: Sendable, Equatable {
  /// The UID of its namespace kube-system; where that may not be read, the server and the digest of
  /// its certificate authority.
  package let id: String
  /// The address that was asked; nil where nobody but kubectl knows it.
  package let server: String?

  package init(id: String, server: String?) {
    self.id = id
    self.server = server
  }
}

/// The first look that found no container with an older value of a credential.
///
/// Nothing signed with an older key after it, whatever happens to pods since: they read what is
/// there. Another version of a SealedSecret voids it, and so does a container with an older value.
package struct Look: Sendable, Equatable {
  package let time: Timestamp
  /// `UID/GENERATION` of each live SealedSecret that holds the credential, by `NAMESPACE/NAME`.
  package let sealedSecrets: [String: String]

  package init(time: Timestamp, sealedSecrets: [String: String]) {
    self.time = time
    self.sealedSecrets = sealedSecrets
  }
}

/// The pods that had a Secret as it is, at a look.
///
/// A pod has the same values for as long as none of its containers starts again, whatever happens to
/// the Secret meanwhile.
package struct CurrentPods: Sendable, Equatable {
  /// What tells the values of the Secret from others: a digest of the rotations that they are from.
  package let values: String
  /// When the containers of each pod had started, by its uid.
  package let started: [String: String]

  package init(values: String, started: [String: String]) {
    self.values = values
    self.started = started
  }
}

extension Evidence {
  /// The evidence as far as it holds for consumers as they are here.
  ///
  /// A workload that names a Secret since the look was taken was never looked at.
  ///
  /// - Parameter consumers: for each credential, as `CredentialEvidence.consumers`.
  package func held(against consumers: [String: [String]]) -> Evidence {
    var held = self
    for (name, seen) in credentials {
      guard let known = seen.consumers else { continue }
      let own = consumers[name] ?? []
      guard let difference = Set(own).symmetricDifference(known).min() else { continue }
      let word = own.contains(difference) ? "the evidence does not know it" : "it is not here"
      held.credentials[name]?.close("other consumers than here: \(difference): \(word)")
    }
    return held
  }
}

extension CredentialEvidence {
  /// Takes every answer back that could open a gate, or let an assumption open it.
  fileprivate mutating func close(_ reason: String) {
    answers = answers.mapValues { $0.kind == .no ? $0 : .no(reason) }
    signersEnded = nil
    publishedAt = nil
  }
}
