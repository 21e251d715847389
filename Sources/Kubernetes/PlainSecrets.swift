/// How a person says that a Secret may stand in a repository in plain text.

package enum PlainSecrets {
  /// The annotation, whose value is the reason.
  package static let allow = "moltseal.dev/allow"
}
