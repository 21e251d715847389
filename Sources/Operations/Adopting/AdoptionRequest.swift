/// What an adoption is asked to do, and what one step of it has done.

package import Processes
package import Files

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

  let live: Source
  let terms: RunTerms

  /// - Parameter live: where the live Secrets are read.
  package init(live: Source, terms: RunTerms) {
    self.live = live
    self.terms = terms
  }
}

/// A step of an adoption that was taken, or shown.
package struct AdoptionResult {
  /// What the step did, and what a person has to know of it.
  package enum Outcome {
    case prepared(secrets: [String])
    /// - Parameter hashed: the Secrets whose built names end with a hash.
    case sealed(secrets: [String], proof: [String], hashed: [String])
    /// - Parameters:
    ///   - supplied: the sealed credentials whose new values somebody has to request.
    ///   - generated: how many others are sealed too.
    case owned(secrets: [String], supplied: [String], generated: Int)
  }

  /// The name of the environment.
  package let environment: String
  /// What the step did.
  package let outcome: Outcome
  /// The files that it wrote, or would write.
  package let changes: ChangeSet
  /// Whether nothing was written.
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
