/// What the lock file says about each item, and which keys wait in it, after a run.

internal import Kubernetes
internal import Manifests
internal import Text
internal import Workspace
internal import YAML

/// The ciphertexts of one run, all of which are sealed for one key.
struct NewCiphertexts {
  let values: [LockFile.ItemID: SealedValue]
  /// The id of the run's rotation.
  let rotation: String
  /// The fingerprint of the certificate that sealed them.
  let certificate: String
}

struct LockedItems {
  let state: EnvironmentState
  let made: NewCiphertexts

  private var before: LockFile { state.lock ?? LockFile() }

  /// Every item of the planned files, in their order.
  func entries(_ files: [FilePlan]) -> [(id: LockFile.ItemID, item: LockFile.Item)] {
    files.flatMap { file in
      file.secrets.flatMap { secret in
        let document = file.file.document(of: secret.secret)
        return secret.items.compactMap { item in
          entry(of: item, secret.scope, document).map { (item.id, $0) }
        }
      }
    }
  }

  private func entry(
    of item: ItemPlan, _ scope: Scope, _ document: SealedSecretDocument?
  ) -> LockFile.Item? {
    switch item.action {
    case .omit: nil
    case .carry: before.items[item.id]
    case .moveIn: movedIn(item)
    case .takeOver: before.items[item.id].map { takenOver($0, item.item.key, document) }
    case .move(let key):
      before.items[
        LockFile.ItemID(namespace: item.id.namespace, secret: item.id.secret, key: key)
      ].map { moved($0, from: key, to: item.item.expression, document) }
    case .seal: sealed(item, scope)
    }
  }

  private func movedIn(_ item: ItemPlan) -> LockFile.Item? {
    guard let waiting = before.waiting.first(where: { $0.id == item.id }) else { return nil }
    let name = item.item.expression.soleCredential ?? ""
    return LockFile.Item(
      expression: item.item.expression.text, scope: waiting.scope,
      certificate: waiting.certificate, ciphertext: state.digest(waiting.sealed),
      rotations: [name: waiting.rotation])
  }

  private func takenOver(
    _ known: LockFile.Item, _ key: String, _ document: SealedSecretDocument?
  ) -> LockFile.Item {
    LockFile.Item(
      expression: known.expression, scope: known.scope,
      // Whoever seals the values again uses the newest key.
      certificate: state.certificate ?? known.certificate,
      ciphertext: document?.value(key).map { state.digest($0) } ?? known.ciphertext,
      rotations: known.rotations)
  }

  private func moved(
    _ source: LockFile.Item, from key: String, to expression: Expression,
    _ document: SealedSecretDocument?
  ) -> LockFile.Item {
    // A Secret that was sealed again in the meantime was sealed for the newest key.
    let digest = document?.value(key).map { state.digest($0) } ?? source.ciphertext
    let isAsSealed = digest === source.ciphertext
    return LockFile.Item(
      expression: expression.text, scope: source.scope,
      certificate: isAsSealed ? source.certificate : state.certificate ?? source.certificate,
      ciphertext: digest,
      rotations: Dictionary(
        source.rotations.map { (expression.soleCredential ?? $0.key, $0.value) },
        uniquingKeysWith: { first, _ in first }))
  }

  private func sealed(_ item: ItemPlan, _ scope: Scope) -> LockFile.Item? {
    made.values[item.id].map { value in
      LockFile.Item(
        expression: item.item.expression.text, scope: scope, certificate: made.certificate,
        ciphertext: state.digest(value),
        rotations: Dictionary(
          uniqueKeysWithValues: item.item.expression.credentials.map { ($0, made.rotation) }))
    }
  }

  // MARK: Waiting keys

  /// The waiting private keys after the run; those of targets outside this run stay.
  func waiting(_ files: [FilePlan]) -> [LockFile.Waiting] {
    let others = Set(
      state.otherFiles.flatMap(\.template.secrets).map {
        LockFile.ItemID(namespace: $0.namespace, secret: $0.builtName, key: "")
      })
    let kept = before.waiting.filter { waiting in
      others.contains(
        LockFile.ItemID(namespace: waiting.id.namespace, secret: waiting.id.secret, key: ""))
    }
    return kept
      + files.flatMap(\.secrets).flatMap { secret in
        secret.waiting.compactMap { waiting(for: $0, of: secret) }
      }
  }

  private func waiting(for plan: ItemPlan, of secret: SecretPlan) -> LockFile.Waiting? {
    let id = LockFile.ItemID(
      namespace: secret.secret.namespace, secret: secret.secret.builtName, key: plan.item.key)
    guard let value = made.values[plan.id] else { return before.waiting.first { $0.id == id } }
    return LockFile.Waiting(
      id: id, scope: secret.scope, certificate: made.certificate, sealed: value,
      rotation: made.rotation)
  }
}
