/// What a run cannot do, told apart by cases; the words are the shell's.

package import Kubernetes
package import YAML

/// Why the ciphertext of an item may not stay as it is.
package enum CarryFault: Sendable, Equatable {
  case notSealedYet
  /// The lock file has it, but the sealed file has not.
  case lost(path: String)
  case unknownToLock
  /// The expression that it was sealed from.
  case otherExpression(String)
  case otherScope(Scope)
  case otherCiphertext
  /// It holds a credential of another rotation than the last one, as after a merge of two branches.
  case otherRotation(credential: String, rotation: String, last: String)
  /// The fingerprint of a key that is not trusted.
  case otherKey(String)
}

/// Something a run cannot do.
package struct Refusal: Sendable {
  package enum Reason: Sendable, Equatable {
    case unknownCredential(String, known: [String])
    /// A credential that is asked for, and that no template uses.
    case unusedCredential(String)
    /// A Secret that a field of the environment names, and no template has.
    case unknownSecretName(String, field: String, environment: String, known: [String])
    /// Sealed files without their lock file; the supplied credentials that a renewal of all names.
    case lockMissing(sealed: String, lock: String, supplied: [String])
    /// The same in an environment that runs: what is sealed there is live.
    case liveWithoutLock(sealed: String, lock: String, environment: String)
    /// An item that the lock file does not know, in an environment that runs.
    case liveUnknown(key: String, secret: String, environment: String)
    case supplyMissing(credential: String, variable: String)
    case scopeTooWide(secret: String, asked: Scope, allowed: Scope)
    case otherNamespace(template: String, environment: String, name: String)
    case noNamespace(secret: String)
    /// An item that cannot stay, and whose credentials get no new value.
    case cannotStay(key: String, secret: String, CarryFault, credentials: [String])
    /// An item that is sealed anew needs a value that nobody knows here.
    case valueUnknown(key: String, secret: String, credentials: [String], renewed: [String])
    case previousCannotStay(key: String, secret: String, CarryFault, credential: String)
    case cannotBecomePrevious(
      key: String, previous: String, secret: String, CarryFault, credential: String)
    case cannotBecomeCurrent(
      key: String, current: String, secret: String, CarryFault, credential: String)
    /// An item that holds a key which is published ahead, where its next one does not stand.
    case withoutNext(key: String, secret: String, credential: String, isDerived: Bool)
    /// A previous key whose template has gone, while its tokens may live.
    case previousStillLives(key: String, secret: String, credential: String, gates: [GateState])
    /// An item that is new, and needs a value that only the next steps can bring there.
    case cannotFollow(key: String, secret: String, credential: String)
    /// A credential that is said to have leaked, and of which there is nothing yet.
    case neverSealed(String)
    /// A step that was asked for, and may not be taken yet.
    case gateClosed(credential: String, step: Step, gates: [GateState], hasSettle: Bool)
    /// The lock file has a role in use that the workspace file does not have.
    case roleGone(credential: String, role: String, roles: [String])
  }

  package let reason: Reason
  /// Relative to the workspace; nil for the workspace file.
  package let file: String?
  package let location: Location?
}
