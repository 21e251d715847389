/// The content of one SealedSecret after a run.

internal import Kubernetes
internal import Manifests
internal import Text
internal import Workspace
internal import YAML

/// What a run brings to the sealed files.
struct RunOutput {
  let sealed: [LockFile.ItemID: SealedValue]
  /// The private keys that waited in the lock file.
  let waiting: [LockFile.Waiting]
  /// The id of the rotation; nil for values that already run.
  let rotation: String?
}

struct SealedContent {
  let plan: SecretPlan
  /// The SealedSecret before the run; nil if it does not exist yet.
  let document: SealedSecretDocument?
  let output: RunOutput
  let surroundings: BuildSurroundings

  private static let forGitOps = ["argocd.argoproj.io/", "kustomize.toolkit.fluxcd.io/"]
  private static let scopes = Scope.allCases.compactMap(\.annotation)

  private var secret: TemplateSecret { plan.secret }

  var sealedSecret: SealedSecret {
    let leavesNamespaceOut = document == nil && surroundings.leavesNamespaceOut
    let namespace = leavesNamespaceOut ? nil : secret.namespace
    let (labels, annotations) = templateMetadata
    return SealedSecret(
      name: secret.name, namespace: namespace,
      annotations: Self.kept(secret).filter(Self.isForGitOps) + renaming + ofBoth + restart,
      template: SealedSecret.Template(
        metadata: SealedSecret.Template.metadata(
          name: secret.name, namespace: namespace, labels: labels, annotations: annotations),
        type: secret.type, immutable: secret.immutable),
      items: plan.items.compactMap { item in value(of: item).map { (item.item.key, $0) } })
  }

  private func value(of item: ItemPlan) -> SealedValue? {
    switch item.action {
    case .seal: output.sealed[item.id]
    case .move(let key): document?.value(key)
    case .moveIn: output.waiting.first { $0.id == item.id }?.sealed
    case .carry, .takeOver: document?.value(item.item.key)
    case .omit: nil
    }
  }

  // MARK: Labels and annotations

  /// The labels and annotations of the Secret.
  ///
  /// Any change of a role's Secret makes the database set its password again, with another salt.
  /// The Secret of the role in use therefore stays unchanged, and the other one changes with its
  /// password.
  private var templateMetadata:
    (labels: [(key: String, value: String)], annotations: [(key: String, value: String)])
  {
    if secret.pair != nil, !plan.changesValues, let document {
      return (document.templateLabels, document.templateAnnotations)
    }
    let own = Self.kept(secret)
    let adoption = output.rotation == nil ? SecretOwnership.adoption : []
    let ownNames = Set(own.map { Name($0.key) })
    return (
      labels,
      own.filter { !Self.isForGitOps($0) } + ofBoth
        + adoption.filter { !ownNames.contains(Name($0.key)) }
    )
  }

  /// The labels of the template, which win, and those that kustomize adds.
  private var labels: [(key: String, value: String)] {
    let own = Self.labels(secret)
    let ownKeys = Set(own.map { Name($0.key) })
    var added: [Name: String] = [:]
    for (key, value) in surroundings.labels(secret.name) where !ownKeys.contains(Name(key)) {
      added[Name(key)] = value
    }
    return own + added.map { (key: $0.text, value: $1) }.sortedByKey()
  }

  /// The annotations that both the SealedSecret and the Secret have: the scope and the rotation.
  private var ofBoth: [(key: String, value: String)] {
    var annotations: [(key: String, value: String)] = []
    if let annotation = plan.scope.annotation { annotations.append((annotation, "true")) }
    if let rotation = output.rotation, plan.changesValues || document == nil {
      annotations.append((Rollout.rotationAnnotation, rotation))
    }
    return annotations
  }

  private var renaming: [(key: String, value: String)] {
    secret.builtName === secret.name ? [] : [(SealedSecretDocument.sealedAs, secret.builtName)]
  }

  private var restart: [(key: String, value: String)] {
    guard let rotation = output.rotation, plan.restarts else { return [] }
    let annotation = secret.role == nil ? Rollout.rotationAnnotation : Rollout.restartAnnotation
    return [(annotation, rotation)]
  }

  private static func labels(_ secret: TemplateSecret) -> [(key: String, value: String)] {
    secret.labels.filter { $0.key != "argocd.argoproj.io/instance" }
  }

  /// The annotations of a template that are sealed with it; the scope is written separately.
  private static func kept(_ secret: TemplateSecret) -> [(key: String, value: String)] {
    secret.annotations.filter {
      !ToolAnnotations.isLeftOut($0.key) && !scopes.contains($0.key)
    }
  }

  private static func isForGitOps(_ pair: (key: String, value: String)) -> Bool {
    forGitOps.contains { pair.key.begins(with: $0) }
  }

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
    return lacks(labels(secret), document.templateLabels)
      || lacks(kept(secret).filter { !isForGitOps($0) }, document.templateAnnotations)
  }
}
