/// From a plan and its ciphertexts to the new text of every file.

package import Kubernetes
package import Manifests
internal import Text
internal import Workspace
package import YAML

/// The new text of one sealed file.
package struct RenderedFile: Sendable {
  package let path: String
  package let bytes: [UInt8]
}

/// What kustomize does to the objects of a build, as far as a sealed file has to make up for it.
package struct BuildSurroundings: Sendable {
  /// Whether new files leave their namespace to the kustomization.
  package let leavesNamespaceOut: Bool
  /// The labels that kustomize gives to a Secret of this name, for the template's Secret.
  package let labels: @Sendable (String) -> [(key: String, value: String)]

  package init(
    leavesNamespaceOut: Bool,
    labels: @escaping @Sendable (String) -> [(key: String, value: String)]
  ) {
    self.leavesNamespaceOut = leavesNamespaceOut
    self.labels = labels
  }
}

/// Why a sealed file could not be edited.
package struct RenderRefusal: Error, Sendable {
  package let path: String
  package let refusal: EditRefusal
}

extension RunPlan {
  /// The items to seal, in the order in which `render` takes their ciphertexts.
  package var sealedItems: [(plan: SecretPlan, item: ItemPlan)] {
    files.flatMap { file in
      file.secrets.flatMap { secret in
        secret.items.compactMap { item in
          if case .seal = item.action { (secret, item) } else { nil }
        }
      }
    }
  }

  /// The text of every sealed file after the run.
  package func render(
    sealed: [LockFile.ItemID: SealedValue], rotation: String, surroundings: BuildSurroundings
  ) throws(RenderRefusal) -> [RenderedFile] {
    var rendered: [RenderedFile] = []
    for plan in files {
      do throws(EditRefusal) {
        rendered.append(
          RenderedFile(
            path: plan.file.outputPath,
            bytes: try plan.render(
              sealed: sealed, rotation: rotation, surroundings: surroundings)))
      } catch {
        throw RenderRefusal(path: plan.file.outputPath, refusal: error)
      }
    }
    return rendered
  }

  /// The lock file after the run.
  package func lockFile(
    sealed: [LockFile.ItemID: SealedValue], request: RunRequest, certificate: String,
    state: EnvironmentState
  ) -> LockFile {
    let before = state.lock ?? LockFile()
    let (rotation, now) = (request.rotation, request.now)
    var lock = before
    let renewed = Set(renewals.map(\.credential.name))
    for name in renewed {
      lock.credentials[name] = LockFile.Credential(rotation: rotation, time: now)
    }
    let planned = Set(files.flatMap(\.secrets).map { "\($0.namespace ?? "")/\($0.secret.name)" })
    lock.order.removeAll { planned.contains("\($0.namespace ?? "")/\($0.secret)") }
    for id in before.order where planned.contains("\(id.namespace ?? "")/\(id.secret)") {
      lock.items[id] = nil
    }
    var order: [LockFile.ItemID] = []
    for secret in files.flatMap(\.secrets) {
      for item in secret.items {
        guard let entry = lockItem(item, secret, sealed, rotation, certificate, state) else {
          continue
        }
        lock.items[item.id] = entry
        order.append(item.id)
      }
    }
    lock.order = order + lock.order
    // A credential that no template and no item has any more is forgotten: added again, it is new.
    let held = Set(lock.order.compactMap { lock.items[$0] }.flatMap { $0.rotations.keys })
    lock.credentials = lock.credentials.filter {
      held.contains($0.key) || usedNames.contains($0.key)
    }
    return lock
  }

  private func lockItem(
    _ item: ItemPlan, _ secret: SecretPlan, _ sealed: [LockFile.ItemID: SealedValue],
    _ rotation: String, _ certificate: String, _ state: EnvironmentState
  ) -> LockFile.Item? {
    let before = state.lock ?? LockFile()
    switch item.action {
    case .omit: return nil
    case .carry: return before.items[item.id]
    case .move(let key):
      let source = LockFile.ItemID(
        namespace: item.id.namespace, secret: item.id.secret, key: key)
      return before.items[source].map { source in
        LockFile.Item(
          expression: item.item.expression.text, scope: source.scope,
          certificate: source.certificate, ciphertext: source.ciphertext,
          rotations: source.rotations)
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

extension FilePlan {
  fileprivate func render(
    sealed: [LockFile.ItemID: SealedValue], rotation: String, surroundings: BuildSurroundings
  ) throws(EditRefusal) -> [UInt8] {
    func content(_ secret: SecretPlan, _ document: SealedSecretDocument?) -> SealedSecret {
      secret.content(
        sealed, document: document, rotation: rotation,
        labels: surroundings.labels(secret.secret.name),
        leavesNamespaceOut: document == nil && surroundings.leavesNamespaceOut)
    }
    guard var manifest = file.manifest else {
      return SealedSecretFile.render(secrets.map { content($0, nil) })
    }
    var changes: [DocumentChanges] = []
    var added: [SealedSecret] = []
    for secret in secrets {
      let document = file.document(name: secret.secret.name, namespace: secret.namespace)
      let content = content(secret, document)
      if let document {
        changes.append(manifest.changes(of: document, to: content, removing: secret.removed))
        if surroundings.leavesNamespaceOut, document.namespace != nil {
          changes.append(
            DocumentChanges(
              document: document.index, changes: [.remove(["metadata", "namespace"])]))
        }
      } else {
        added.append(content)
      }
    }
    try manifest.apply(changes)
    do throws(YAMLError) {
      try manifest.append(added)
    } catch {
      throw EditRefusal(message: error.message, location: error.location)
    }
    return manifest.bytes
  }
}

extension SecretPlan {
  private static let forGitOps = ["argocd.argoproj.io/", "kustomize.toolkit.fluxcd.io/"]
  private static let scopes = Scope.allCases.compactMap(\.annotation)

  fileprivate func content(
    _ sealed: [LockFile.ItemID: SealedValue], document: SealedSecretDocument?, rotation: String,
    labels added: [(key: String, value: String)], leavesNamespaceOut: Bool
  ) -> SealedSecret {
    // What the template says of a label wins.
    let own = secret.labels.filter { $0.key != "argocd.argoproj.io/instance" }
    let ownKeys = Set(own.map { ByBytes($0.key) })
    var others: [ByBytes: String] = [:]
    for (key, value) in added where !ownKeys.contains(ByBytes(key)) {
      others[ByBytes(key)] = value
    }

    let kept = secret.annotations.filter {
      !ToolAnnotations.isLeftOut($0.key) && !Self.scopes.contains($0.key)
    }
    let isForGitOps = { (pair: (key: String, value: String)) in
      Self.forGitOps.contains { pair.key.begins(with: $0) }
    }
    var common: [(key: String, value: String)] = []
    if let annotation = scope.annotation { common.append((annotation, "true")) }
    if changesValues || document?.rotation == nil {
      common.append((Rollout.rotationAnnotation, rotation))
    }
    return SealedSecret(
      name: secret.name, namespace: leavesNamespaceOut ? nil : namespace,
      annotations: kept.filter(isForGitOps) + common,
      templateLabels: own + others.map { (key: $0.text, value: $1) }.sortedByKey(),
      templateAnnotations: kept.filter { !isForGitOps($0) } + common,
      type: secret.type, immutable: secret.immutable,
      items: items.compactMap { item in
        value(of: item, sealed, document).map { (item.item.key, $0) }
      })
  }

  private func value(
    of item: ItemPlan, _ sealed: [LockFile.ItemID: SealedValue], _ document: SealedSecretDocument?
  ) -> SealedValue? {
    switch item.action {
    case .seal: sealed[item.id]
    case .move(let key): document?.value(key)
    case .carry: document?.value(item.item.key)
    case .omit: nil
    }
  }
}
