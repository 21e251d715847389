/// `moltseal.lock`: what was sealed when, from which expression and for which key; no secret.

package import Kubernetes
internal import Text
package import YAML

package struct LockFile: Sendable, Equatable {
  /// The last step of a credential, and the value in use since then.
  package struct Credential: Sendable, Equatable {
    /// The rotation that made the value in use.
    package let rotation: String
    /// Since when the value is in use.
    package let time: Timestamp
    /// The number of steps so far.
    ///
    /// Each step adds one, so that two steps that exclude each other, and a revert out of order,
    /// conflict in git.
    package var generation: Int
    /// The last step; nil if an older version wrote the file.
    package var phase: Phase?
    /// The rotation of the last step.
    package var step: String
    /// The role in use, of a role pair.
    package var role: String?
    /// Whether the last step was taken without evidence that the previous one had arrived.
    package var isAssumed = false
    /// The public half of a key pair.
    package var publicKey: PublicKey?
    /// Whether the password of this role has leaked and has not been replaced yet.
    package var isCompromised = false
    /// The last restart of its consumers since its last step; nil if there was none.
    package var restart: String?

    package init(
      rotation: String, time: Timestamp, generation: Int = 1, phase: Phase? = nil,
      step: String? = nil
    ) {
      self.rotation = rotation
      self.time = time
      self.generation = generation
      self.phase = phase
      self.step = step ?? rotation
    }
  }

  /// What a verifier needs.
  package struct PublicKey: Sendable, Equatable {
    /// The DER SubjectPublicKeyInfo in base64.
    package let base64: String
    /// The JSON Web Key, with its `kid`.
    package let jwk: String

    package init(base64: String, jwk: String) {
      self.base64 = base64
      self.jwk = jwk
    }
  }

  /// The next private key of a key pair, sealed for the item that it will become.
  package struct Waiting: Sendable, Equatable {
    package let id: ItemID
    package let scope: Scope
    /// The fingerprint of the certificate that sealed it.
    package let certificate: String
    package let sealed: SealedValue
    package let rotation: String

    package init(
      id: ItemID, scope: Scope, certificate: String, sealed: SealedValue, rotation: String
    ) {
      self.id = id
      self.scope = scope
      self.certificate = certificate
      self.sealed = sealed
      self.rotation = rotation
    }
  }

  /// What the last step of a credential did.
  package enum Phase: String, Sendable, Equatable {
    /// Sealed for the first time, or without any old value.
    case sealed
    /// A new value replaced the old one at once.
    case replaced
    /// The next key was added; it is verified and does not sign.
    case published
    /// The next key signs, and the previous one is still verified.
    case rotated
    /// The previous key was removed.
    case retired
    /// The other role is in use.
    case flipped
    /// The role that is not in use got a new password.
    case renewed
  }

  /// The identity of an item: its namespace, Secret and key.
  package struct ItemID: Sendable, Hashable {
    package let namespace: String?
    package let secret: String
    package let key: String

    package init(namespace: String?, secret: String, key: String) {
      self.namespace = namespace
      self.secret = secret
      self.key = key
    }

    /// The Secret, as `NAMESPACE/NAME`.
    package var secretPath: String { NamespacedName(namespace, secret).text }

    package static func == (left: ItemID, right: ItemID) -> Bool {
      left.namespace === right.namespace && left.secret === right.secret && left.key === right.key
    }

    package func hash(into hasher: inout Hasher) {
      for text in [namespace, secret, key] { hasher.combine(text.map { Name($0) }) }
    }
  }

  /// What is known about one ciphertext.
  package struct Item: Sendable, Equatable {
    package let expression: String
    package let scope: Scope
    /// The fingerprint of the certificate that sealed it.
    package let certificate: String
    /// The digest of the ciphertext, as `SealedValue` makes it.
    package let ciphertext: String
    /// For each credential in it, the rotation that its value is from.
    package let rotations: [String: String]

    package init(
      expression: String, scope: Scope, certificate: String, ciphertext: String,
      rotations: [String: String]
    ) {
      self.expression = expression
      self.scope = scope
      self.certificate = certificate
      self.ciphertext = ciphertext
      self.rotations = rotations
    }

    package static func == (left: Item, right: Item) -> Bool {
      left.expression === right.expression && left.scope == right.scope
        && left.certificate === right.certificate && left.ciphertext === right.ciphertext
        && left.rotations == right.rotations
    }
  }

  /// The last step of each credential.
  ///
  /// For a role pair, and for a key that is published ahead, also the last step of each value.
  package var credentials: [String: Credential]
  /// The environment that the file was written for; nil if there is no file yet.
  package internal(set) var environment: String?
  /// The location of that field.
  package internal(set) var environmentLocation: Location?
  /// The cluster whose evidence first opened a gate (`ClusterIdentity.id`); nil if none did.
  package var cluster: String?
  /// Whether the environment runs with what was sealed.
  package var isLive: Bool
  package var items: [ItemID: Item]
  /// Private keys that no Secret contains yet.
  package var waiting: [Waiting]
  /// The order in which items are written.
  package var order: [ItemID]

  /// Whether both have the same content, whatever file each was read from.
  package static func == (left: LockFile, right: LockFile) -> Bool {
    left.credentials == right.credentials && left.isLive == right.isLive
      && left.cluster == right.cluster
      && left.items == right.items && left.waiting == right.waiting && left.order == right.order
  }

  package init() {
    credentials = [:]
    isLive = false
    items = [:]
    waiting = []
    order = []
  }
}
