/// Under which name a request is made.

/// Whose behaviour a request has where moltseal and kubeseal differ.
package enum SealingStyle: Sendable {
  /// What kubeseal gets wrong is done right.
  case moltseal
  /// What kubeseal gets wrong is refused, and what it accepts is accepted.
  case kubeseal
}
