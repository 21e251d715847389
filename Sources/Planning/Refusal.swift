/// What a run cannot do, as cases; the executable turns them into words.

package import Kubernetes
package import YAML

/// Why the ciphertext of an item cannot be carried.
package enum CarryFault: Sendable, Equatable {
  case notSealedYet
  /// The lock file has it, but the sealed file does not.
  case lost(path: String)
  case unknownToLock
  /// The expression from which it was sealed.
  case otherExpression(String)
  case otherScope(Scope)
  case otherCiphertext
  /// It contains a credential of another rotation than the last one, as after a merge of two
  /// branches.
  case otherRotation(credential: String, rotation: String, last: String)
  /// The fingerprint of a key that is not trusted.
  case otherKey(String)
}

/// Something a run cannot do.
package struct Refusal: Sendable {
  package enum Reason: Sendable, Equatable {
    case unknownCredential(String, known: [String])
    /// A credential that was asked for, but that no template uses.
    case unusedCredential(String)
    /// A Secret that a field of the environment names, but no template has.
    case unknownSecretName(String, field: String, environment: String, known: [String])
    /// Sealed files without their lock file; the supplied credentials that a renewal of everything
    /// must name.
    case lockMissing(sealed: String, lock: String, supplied: [String])
    /// The same in an environment that runs: the sealed values are live.
    case liveWithoutLock(sealed: String, lock: String, environment: String)
    /// An item that is not in the lock file, in an environment that runs.
    case liveUnknown(key: String, secret: String, environment: String)
    case supplyMissing(credential: String, variable: String)
    case scopeTooWide(secret: String, asked: Scope, allowed: Scope)
    case otherNamespace(template: String, environment: String, name: String)
    case noNamespace(secret: String)
    /// An item that cannot be carried and whose credentials get no new value.
    case cannotStay(key: String, secret: String, CarryFault, credentials: [String])
    /// An item that must be sealed again needs a value that is not known here.
    case valueUnknown(key: String, secret: String, credentials: [String], renewed: [String])
    case previousCannotStay(key: String, secret: String, CarryFault, credential: String)
    case cannotBecomePrevious(
      key: String, previous: String, secret: String, CarryFault, credential: String)
    case cannotBecomeCurrent(
      key: String, current: String, secret: String, CarryFault, credential: String)
    /// An item contains a key that is published ahead, but has no next key.
    case withoutNext(key: String, secret: String, credential: String, isDerived: Bool)
    /// A previous key whose template is gone while its tokens may be valid.
    case previousStillLives(key: String, secret: String, credential: String, gates: [GateState])
    /// A new item needs a value that only the next steps can bring to it.
    case cannotFollow(key: String, secret: String, credential: String)
    /// A credential that is said to have leaked, but was never sealed.
    case neverSealed(String)
    /// A step that was asked for but may not be taken yet.
    case gateClosed(credential: String, step: Step, gates: [GateState], hasSettle: Bool)
    /// The lock file has a role in use that the workspace file does not have.
    case roleGone(credential: String, role: String, roles: [String])
  }

  package let reason: Reason
  /// Relative to the workspace; nil for the workspace file.
  package let file: String?
  package let location: Location?
}
