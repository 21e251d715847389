/// What an adoption is asked to do, and what one step of it has done.

package import Building
package import Processes
package import Transactions

/// What an adoption was asked to do.
package struct AdoptionRequest {
  /// Where the live Secrets are read.
  package enum Source {
    /// Nobody has looked.
    case none
    /// A file, as `kubectl get secret` prints it; `-` is standard input.
    case file(String)
    /// The cluster, through kubectl.
    case cluster(Kubectl)
  }

  package var live = Source.none
  /// Whether to go on without evidence that the last step has arrived.
  package var assumesLive = false
  /// The targets that take part; none means all.
  package var targets: [String] = []
  /// The file of a certificate to seal for, instead of the environment's.
  package var certificate: String?
  /// Whether nothing is written.
  package var isDryRun = false
  /// Whether the change may overwrite bytes that git does not have.
  package var allowsUncommitted = false
  /// Whether the builder may fetch what is remote.
  package var remote = RemoteFiles.refused

  package init() {}
}

/// A step of an adoption that was taken, or shown.
package struct AdoptionResult {
  /// What the step did, and what a person has to know of it.
  package enum Outcome {
    case prepared(secrets: [String])
    /// - Parameter hashed: the Secrets whose built names end with a hash.
    case sealed(secrets: [String], proof: [String], hashed: [String])
    /// - Parameters:
    ///   - supplied: the sealed credentials that somebody has to ask for anew.
    ///   - generated: how many others are sealed too.
    case owned(secrets: [String], supplied: [String], generated: Int)
  }

  package let environment: String
  package let outcome: Outcome
  package let changes: ChangeSet
  package let isDryRun: Bool

  /// From 1 to 3.
  package var number: Int {
    switch outcome {
    case .prepared: 1
    case .sealed: 2
    case .owned: 3
    }
  }

  /// The name of the step.
  package var step: String {
    switch outcome {
    case .prepared: "prepare"
    case .sealed: "adopt"
    case .owned: "own"
    }
  }
}
