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
    let made = NewCiphertexts(
      values: sealed, rotation: request.rotation, certificate: certificate)
    let items = LockedItems(state: state, made: made)
    var lock = before
    lock.credentials = credentials(before, publicKeys, request)
    lock.waiting = items.waiting(files)
    lock.isLive = before.isLive || !steps.isEmpty || changesValues
    if steps.contains(where: { !$0.gates.isEmpty && !$0.isAssumed }) {
      lock.cluster = before.cluster ?? request.arrivals.evidence?.cluster?.id
    }
    replaceItems(in: &lock, with: items.entries(files))
    lock.order = inTargetOrder(lock.order, state)
    dropUnused(from: &lock, state)
    return lock
  }

  /// Every credential after the run.
  private func credentials(
    _ before: LockFile, _ publicKeys: [String: LockFile.PublicKey], _ request: RunRequest
  ) -> [String: LockFile.Credential] {
    var after = before.credentials
    for part in renewals.map(\.credential.name) {
      let generation = before.credentials[part]?.generation ?? 0
      after[part] = LockFile.Credential(
        rotation: request.rotation, time: request.now, generation: generation + 1)
      after[part]?.publicKey = publicKeys[part]
    }
    for plan in steps {
      let name = plan.credential.name
      after[name] = plan.entry(before, made: after[name], request)
      guard plan.credential.isKeyPair else { continue }
      let previous = name + Credential.previousSuffix
      switch plan.step {
      case .rotate where plan.reason == .compromised: after[previous] = nil
      case .rotate: after[previous] = before.credentials[name]?.withoutPhase
      case .seal, .retire, .replace: after[previous] = nil
      case .publish, .flip, .renew: break
      }
    }
    for name in restarts { after[name]?.restart = request.rotation }
    for mark in marks { after[mark]?.isCompromised = true }
    return after
  }

  /// Replaces the items of every planned Secret.
  private func replaceItems(
    in lock: inout LockFile, with entries: [(id: LockFile.ItemID, item: LockFile.Item)]
  ) {
    let planned = Set(files.flatMap(\.secrets).map(\.secret.path))
    for id in lock.order where planned.contains(id.secretPath) { lock.items[id] = nil }
    lock.order = entries.map(\.id) + lock.order.filter { !planned.contains($0.secretPath) }
    for (id, item) in entries { lock.items[id] = item }
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

  /// Drops the credentials that no template and no item uses: one that is added again is new.
  private func dropUnused(from lock: inout LockFile, _ state: EnvironmentState) {
    let pairs = Set(usedNames.map { Credential.group(of: $0) })
    let held = Set(lock.order.compactMap { lock.items[$0] }.flatMap { $0.rotations.keys })
    lock.credentials = lock.credentials.filter {
      held.contains($0.key) || usedNames.contains($0.key) || pairs.contains($0.key)
        || $0.value.publicKey != nil && state.isPublished(Credential.group(of: $0.key))
    }
  }
}

extension StepPlan {
  /// The credential's entry in the lock file after this step.
  ///
  /// - Parameter made: the entry with the value that this run has made, if it has made one.
  fileprivate func entry(
    _ lock: LockFile, made: LockFile.Credential?, _ request: RunRequest
  ) -> LockFile.Credential {
    let before = lock.credentials[credential.name]
    var publicKey = before?.publicKey
    var (rotation, time) = (request.rotation, request.now)
    var role = credential.roles.isEmpty ? nil : before?.role
    switch step {
    case .seal, .replace:
      if step == .seal { role = credential.roles.first?.suffix }
      publicKey = made?.publicKey
    case .publish, .retire, .renew:
      rotation = before?.rotation ?? rotation
      time = before?.time ?? time
    case .rotate:
      // It is new if no next key was waiting to replace it.
      let next = made?.rotation == request.rotation ? made : lock.credentials[credential.next.name]
      rotation = next?.rotation ?? rotation
      publicKey = next?.publicKey
    case .flip(_, let to): role = to.suffix
    }
    var entry = LockFile.Credential(
      rotation: rotation, time: time, generation: (before?.generation ?? 0) + 1,
      phase: step.phase, step: request.rotation)
    entry.role = role
    entry.isAssumed = isAssumed
    entry.publicKey = publicKey
    return entry
  }
}

extension LockFile.Credential {
  /// What is kept of a value that is no longer in use.
  fileprivate var withoutPhase: LockFile.Credential {
    var value = LockFile.Credential(rotation: rotation, time: time, generation: generation)
    value.publicKey = publicKey
    return value
  }
}
