/// How a person allows a plain-text Secret in a repository.

package enum PlainSecrets {
  /// The annotation; its value is the reason.
  package static let allow = "moltseal.dev/allow"
}
