/// The lock file after a run.

package import Kubernetes
package import Manifests
internal import Text
internal import Workspace
internal import YAML

extension RunPlan {
  /// The lock file after the run.
  package func lockFile(
    sealed: [LockFile.ItemID: SealedValue], publicKeys: [String: LockFile.PublicKey] = [:],
    request: RunRequest, certificate: String, state: EnvironmentState
  ) -> LockFile {
    let before = state.lock ?? LockFile()
    let (rotation, now) = (request.rotation, request.now)
    var lock = before
    for part in renewals.map(\.credential.name) {
      let generation = before.credentials[part]?.generation ?? 0
      lock.credentials[part] = LockFile.Credential(
        rotation: rotation, time: now, generation: generation + 1, publicKey: publicKeys[part])
    }
    for plan in steps {
      let name = plan.credential.name
      lock.credentials[name] = plan.entry(before, lock, request)
      guard plan.credential.isKeyPair else { continue }
      let previous = name + Credential.previousSuffix
      switch plan.step {
      case .rotate where plan.reason == .compromised: lock.credentials[previous] = nil
      case .rotate: lock.credentials[previous] = before.credentials[name]?.withoutPhase
      case .seal, .retire, .replace: lock.credentials[previous] = nil
      case .publish, .flip, .renew: break
      }
    }
    for name in restarts { lock.credentials[name]?.restart = rotation }
    for mark in marks { lock.credentials[mark]?.isCompromised = true }
    lock.waiting = waiting(sealed, rotation, certificate, state)
    lock.isLive = before.isLive || !steps.isEmpty || changesValues
    if steps.contains(where: { !$0.gates.isEmpty && !$0.isAssumed }) {
      lock.cluster = before.cluster ?? request.evidence?.cluster?.id
    }
    let planned = Set(files.flatMap(\.secrets).map(\.secret.path))
    lock.order.removeAll { planned.contains($0.secretPath) }
    for id in before.order where planned.contains(id.secretPath) {
      lock.items[id] = nil
    }
    var order: [LockFile.ItemID] = []
    for file in files {
      for secret in file.secrets {
        let document = file.file.document(name: secret.secret.name, namespace: secret.namespace)
        for item in secret.items {
          guard
            let entry = lockItem(item, secret, document, sealed, rotation, certificate, state)
          else { continue }
          lock.items[item.id] = entry
          order.append(item.id)
        }
      }
    }
    lock.order = inTargetOrder(order + lock.order, state)
    // A credential that no template and no item uses is dropped: if it is added again, it is new.
    let pairs = Set(usedNames.map { Credential.group(of: $0) })
    let held = Set(lock.order.compactMap { lock.items[$0] }.flatMap { $0.rotations.keys })
    lock.credentials = lock.credentials.filter {
      held.contains($0.key) || usedNames.contains($0.key) || pairs.contains($0.key)
        || $0.value.publicKey != nil && state.isPublished(Credential.group(of: $0.key))
    }
    return lock
  }

  /// Sorts items by their targets, so that a run for some targets moves no line of the others.
  private func inTargetOrder(
    _ order: [LockFile.ItemID], _ state: EnvironmentState
  ) -> [LockFile.ItemID] {
    guard state.environment.targets.count > 1 else { return order }
    var ranks: [LockFile.ItemID: Int] = [:]
    for file in state.files + state.otherFiles {
      let rank = state.environment.targets.firstIndex { $0.name === file.target }
      for secret in file.template.secrets {
        ranks[.init(namespace: secret.namespace, secret: secret.builtName, key: "")] = rank
      }
    }
    func rank(_ id: LockFile.ItemID) -> Int {
      ranks[.init(namespace: id.namespace, secret: id.secret, key: "")] ?? Int.max
    }
    return order.enumerated().sorted {
      (rank($0.element), $0.offset) < (rank($1.element), $1.offset)
    }.map(\.element)
  }

  /// The waiting private keys after the run.
  private func waiting(
    _ sealed: [LockFile.ItemID: SealedValue], _ rotation: String, _ certificate: String,
    _ state: EnvironmentState
  ) -> [LockFile.Waiting] {
    // Keys of targets outside this run stay.
    let others = Set(
      state.otherFiles.flatMap(\.template.secrets).map {
        LockFile.ItemID(namespace: $0.namespace, secret: $0.builtName, key: "")
      })
    let kept = (state.lock?.waiting ?? []).filter { waiting in
      others.contains(
        LockFile.ItemID(namespace: waiting.id.namespace, secret: waiting.id.secret, key: ""))
    }
    return kept
      + files.flatMap(\.secrets).flatMap { secret in
        secret.waiting.compactMap { plan -> LockFile.Waiting? in
          let id = LockFile.ItemID(
            namespace: secret.namespace, secret: secret.secret.builtName, key: plan.item.key)
          guard let value = sealed[plan.id] else {
            return state.lock?.waiting.first { $0.id == id }
          }
          return LockFile.Waiting(
            id: id, scope: secret.scope, certificate: certificate, sealed: value,
            rotation: rotation)
        }
      }
  }

  private func lockItem(
    _ item: ItemPlan, _ secret: SecretPlan, _ document: SealedSecretDocument?,
    _ sealed: [LockFile.ItemID: SealedValue], _ rotation: String, _ certificate: String,
    _ state: EnvironmentState
  ) -> LockFile.Item? {
    let before = state.lock ?? LockFile()
    switch item.action {
    case .omit: return nil
    case .carry: return before.items[item.id]
    case .moveIn:
      guard let waiting = before.waiting.first(where: { $0.id == item.id }) else { return nil }
      let name = item.item.expression.soleCredential ?? ""
      return LockFile.Item(
        expression: item.item.expression.text, scope: waiting.scope,
        certificate: waiting.certificate, ciphertext: state.digest(waiting.sealed),
        rotations: [name: waiting.rotation])
    case .takeOver:
      return before.items[item.id].map { known in
        LockFile.Item(
          expression: known.expression, scope: known.scope,
          // Whoever seals the values again uses the newest key.
          certificate: state.certificate ?? known.certificate,
          ciphertext: document?.value(item.item.key).map { state.digest($0) } ?? known.ciphertext,
          rotations: known.rotations)
      }
    case .move(let key):
      let source = LockFile.ItemID(
        namespace: item.id.namespace, secret: item.id.secret, key: key)
      return before.items[source].map { source in
        // A Secret that was sealed again in the meantime was sealed for the newest key.
        let digest = document?.value(key).map { state.digest($0) } ?? source.ciphertext
        let isAsSealed = digest === source.ciphertext
        return LockFile.Item(
          expression: item.item.expression.text, scope: source.scope,
          certificate: isAsSealed ? source.certificate : state.certificate ?? source.certificate,
          ciphertext: digest,
          rotations: Dictionary(
            source.rotations.map { (item.item.expression.soleCredential ?? $0.key, $0.value) },
            uniquingKeysWith: { first, _ in first }))
      }
    case .seal:
      guard let value = sealed[item.id] else { return nil }
      let names = item.item.expression.credentials
      return LockFile.Item(
        expression: item.item.expression.text, scope: secret.scope, certificate: certificate,
        ciphertext: state.digest(value),
        rotations: Dictionary(uniqueKeysWithValues: names.map { ($0, rotation) }))
    }
  }
}

extension StepPlan {
  /// The credential's entry in the lock file after this step.
  fileprivate func entry(
    _ lock: LockFile, _ made: LockFile, _ request: RunRequest
  ) -> LockFile.Credential {
    let before = lock.credentials[credential.name]
    var publicKey = before?.publicKey
    var (rotation, time) = (request.rotation, request.now)
    var role = credential.roles.isEmpty ? nil : before?.role
    switch step {
    case .seal, .replace:
      if step == .seal { role = credential.roles.first?.suffix }
      publicKey = made.credentials[credential.name]?.publicKey
    case .publish, .retire, .renew:
      rotation = before?.rotation ?? rotation
      time = before?.time ?? time
    case .rotate:
      let own = made.credentials[credential.name]
      // It is new if no next key was waiting to replace it.
      let next = own?.rotation == request.rotation ? own : lock.credentials[credential.next.name]
      rotation = next?.rotation ?? rotation
      publicKey = next?.publicKey
    case .flip(_, let to): role = to.suffix
    }
    return LockFile.Credential(
      rotation: rotation, time: time, generation: (before?.generation ?? 0) + 1,
      phase: step.phase, step: request.rotation, role: role, isAssumed: isAssumed,
      publicKey: publicKey)
  }
}

extension LockFile.Credential {
  /// What is kept of a value that is no longer in use.
  fileprivate var withoutPhase: LockFile.Credential {
    LockFile.Credential(
      rotation: rotation, time: time, generation: generation, publicKey: publicKey)
  }
}
