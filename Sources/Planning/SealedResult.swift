/// Turns a plan and its ciphertexts into the new text of every file.

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

/// What kustomize does to the objects of a build, as far as a sealed file has to allow for it.
package struct BuildSurroundings: Sendable {
  /// Whether new files leave their namespace to the kustomization.
  package let leavesNamespaceOut: Bool
  /// The labels that kustomize gives to a Secret with this name; the template's Secret needs them
  /// too.
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
        (secret.items + secret.waiting).compactMap { item in
          if case .seal = item.action { (secret, item) } else { nil }
        }
      }
    }
  }

  /// The text of every sealed file after the run.
  ///
  /// - Parameter rotation: nil for values that already run: no pod has to restart, and the Secrets
  ///   stay unowned until they are known to exist.
  /// - Parameter surroundings: returns those of a target, by its name.
  package func render(
    sealed: [LockFile.ItemID: SealedValue], waiting: [LockFile.Waiting] = [], rotation: String?,
    surroundings: (String) -> BuildSurroundings
  ) throws(RenderRefusal) -> [RenderedFile] {
    var rendered: [RenderedFile] = []
    for plan in files {
      do throws(EditRefusal) {
        rendered.append(
          RenderedFile(
            path: plan.file.outputPath,
            bytes: try plan.render(
              sealed: sealed, waiting: waiting, rotation: rotation,
              surroundings: surroundings(plan.file.target))))
      } catch {
        throw RenderRefusal(path: plan.file.outputPath, refusal: error)
      }
    }
    return rendered
  }
}

extension FilePlan {
  fileprivate func render(
    sealed: [LockFile.ItemID: SealedValue], waiting: [LockFile.Waiting], rotation: String?,
    surroundings: BuildSurroundings
  ) throws(EditRefusal) -> [UInt8] {
    func content(_ secret: SecretPlan, _ document: SealedSecretDocument?) -> SealedSecret {
      secret.content(
        sealed, waiting: waiting, document: document, rotation: rotation,
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

  /// Whether a sealed document lacks labels or annotations of its template.
  ///
  /// What a template no longer has is removed with the next password.
  static func isBehind(_ secret: TemplateSecret, _ document: SealedSecretDocument) -> Bool {
    func lacks(
      _ wanted: [(key: String, value: String)], _ found: [(key: String, value: String)]
    ) -> Bool {
      wanted.contains { pair in
        !found.contains { $0.key === pair.key && $0.value === pair.value }
      }
    }
    let annotations = secret.annotations.filter { pair in
      !ToolAnnotations.isLeftOut(pair.key) && !scopes.contains(pair.key)
        && !forGitOps.contains { pair.key.begins(with: $0) }
    }
    return lacks(
      secret.labels.filter { $0.key != "argocd.argoproj.io/instance" }, document.templateLabels)
      || lacks(annotations, document.templateAnnotations)
  }

  fileprivate func content(
    _ sealed: [LockFile.ItemID: SealedValue], waiting: [LockFile.Waiting],
    document: SealedSecretDocument?, rotation: String?,
    labels added: [(key: String, value: String)],
    leavesNamespaceOut: Bool
  ) -> SealedSecret {
    // The labels of the template win.
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
    let renamed =
      secret.builtName === secret.name
      ? [] : [(key: SealedSecretDocument.sealedAs, value: secret.builtName)]
    if let rotation, changesValues || document == nil {
      common.append((Rollout.rotationAnnotation, rotation))
    }
    var restart: [(key: String, value: String)] = []
    if let rotation, restarts {
      restart = [
        (secret.role == nil ? Rollout.rotationAnnotation : Rollout.restartAnnotation, rotation)
      ]
    }
    let adoption = rotation == nil ? SecretOwnership.adoption : []
    let ownNames = Set(kept.map { ByBytes($0.key) })
    var labels = own + others.map { (key: $0.text, value: $1) }.sortedByKey()
    var annotations =
      kept.filter { !isForGitOps($0) } + common
      + adoption.filter { !ownNames.contains(ByBytes($0.key)) }
    // Any change of a role's Secret makes the database set its password again, with another salt.
    // The Secret of the role in use therefore stays unchanged, and the other one changes with its
    // password.
    if secret.pair != nil, !changesValues, let document {
      (labels, annotations) = (document.templateLabels, document.templateAnnotations)
    }
    return SealedSecret(
      name: secret.name, namespace: leavesNamespaceOut ? nil : namespace,
      annotations: kept.filter(isForGitOps) + renamed + common + restart,
      templateLabels: labels, templateAnnotations: annotations,
      type: secret.type, immutable: secret.immutable,
      items: items.compactMap { item in
        value(of: item, sealed, waiting, document).map { (item.item.key, $0) }
      })
  }

  private func value(
    of item: ItemPlan, _ sealed: [LockFile.ItemID: SealedValue], _ waiting: [LockFile.Waiting],
    _ document: SealedSecretDocument?
  ) -> SealedValue? {
    switch item.action {
    case .seal: sealed[item.id]
    case .move(let key): document?.value(key)
    case .moveIn: waiting.first { $0.id == item.id }?.sealed
    case .carry, .takeOver: document?.value(item.item.key)
    case .omit: nil
    }
  }
}
