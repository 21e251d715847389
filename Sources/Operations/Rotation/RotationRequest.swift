/// What a rotation is asked to do.

internal import Planning

/// What a rotation was asked to do.
package struct RotationRequest {
  /// The credentials that the command line names.
  package struct Names {
    let renew: [String]
    let forget: [String]
    let restart: [String]

    /// - Parameters:
    ///   - renew: the credentials that get new values.
    ///   - forget: those of whose old values nothing may stay.
    ///   - restart: those whose consumers start again.
    package init(renew: [String] = [], forget: [String] = [], restart: [String] = []) {
      self.renew = renew
      self.forget = forget
      self.restart = restart
    }
  }

  /// What becomes of the credentials that the command line does not name.
  package enum Others {
    /// Those that were never sealed or are due get a value.
    case due
    /// Those that were never sealed get a value.
    case missing
    /// None gets a value.
    case none
    /// Every generated one gets a value.
    case renewed

    /// The same for the planner, to which those that are renewed are named.
    var planned: OtherCredentials {
      switch self {
      case .due: .due
      case .missing, .renewed: .missing
      case .none: .none
      }
    }
  }

  /// Whether the builds before and after are compared.
  package enum Builds {
    case compared
    /// The rotation goes on without them.
    case skipped
  }

  let names: Names
  let others: Others
  let builds: Builds
  let terms: RunTerms

  /// - Parameter builds: whether the builds before and after are compared.
  package init(_ names: Names, others: Others, builds: Builds, terms: RunTerms) {
    self.names = names
    self.others = others
    self.builds = builds
    self.terms = terms
  }
}
