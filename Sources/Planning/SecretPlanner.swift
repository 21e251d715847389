/// Decides what becomes of each item of one SealedSecret.

internal import Kubernetes
internal import Manifests
internal import Text
internal import Workspace
internal import YAML

struct SecretPlanner {
  let planner: Planner
  let file: PlannedFile
  let secret: TemplateSecret
  /// The credentials that get a new value.
  let renewed: Set<String>

  private var state: EnvironmentState { planner.state }
  private var namespace: String? { planner.namespace(of: secret) }
  private var document: SealedSecretDocument? {
    file.document(name: secret.name, namespace: namespace)
  }

  func plan(_ refusals: inout [Refusal]) -> SecretPlan {
    let scope = scope(&refusals)
    checkNamespace(scope, &refusals)
    let items = secret.items.map { item in
      ItemPlan(item: item, id: id(item.key), action: action(item, scope, &refusals))
    }
    let kept = Set(
      items.filter { if case .omit = $0.action { false } else { true } }.map {
        ByBytes($0.item.key)
      }
    )
    let templateKeys = Set(secret.items.map { ByBytes($0.key) })
    let others = (document?.items ?? []).map(\.key).filter { !kept.contains(ByBytes($0)) }
    let removed = others.filter { templateKeys.contains(ByBytes($0)) || lockItem($0) != nil }
    let gone = Set(removed.map(ByBytes.init))
    return SecretPlan(
      secret: secret, namespace: namespace, scope: scope, items: items, removed: removed,
      foreign: others.filter { !gone.contains(ByBytes($0)) })
  }

  // MARK: Scope and namespace

  private func scope(_ refusals: inout [Refusal]) -> Scope {
    let scope = state.environment.scopes[secret.name].flatMap { Scope(rawValue: $0) } ?? .strict
    let asked = Scope(annotations: secret.annotations)
    if asked.isWider(than: scope) {
      refuse(
        .scopeTooWide(secret: secret.name, asked: asked, allowed: scope), secret.location,
        &refusals)
    }
    return scope
  }

  private func checkNamespace(_ scope: Scope, _ refusals: inout [Refusal]) {
    if let own = secret.namespace, let other = state.environment.namespace, own !== other {
      refuse(
        .otherNamespace(template: own, environment: other, name: state.environment.name),
        secret.location, &refusals)
    }
    if namespace == nil, scope != .clusterWide {
      refuse(.noNamespace(secret: secret.name), secret.location, &refusals)
    }
  }

  // MARK: Items

  private func action(
    _ item: TemplateItem, _ scope: Scope, _ refusals: inout [Refusal]
  ) -> ItemAction {
    if let name = item.expression.previousOf { return previous(item, of: name, scope, &refusals) }
    let names = item.expression.credentials
    let fresh = names.filter { renewed.contains($0) }
    guard fresh.isEmpty else { return sealAnew(item, fresh: fresh, &refusals) }
    let value = document?.value(item.key)
    let fault = faultOfCarrying(item.key, expression: item.expression.text, scope)
    guard let fault else { return .carry }
    if names.isEmpty { return .seal(value == nil ? .new : .changed) }
    if value == nil, let optional = absentOptional(names), lockItem(item.key) == nil {
      return .omit(.optionalAbsent(optional))
    }
    // A supplied value that is missing was reported with its credential.
    let isReported =
      lockItem(item.key) == nil
      && names.contains { state.workspace.credential($0)?.isSupplied == true } && value == nil
    if !isReported || planner.request.others == .none {
      refuse(
        .cannotStay(key: item.key, secret: secret.name, fault, credentials: names), item.location,
        &refusals)
    }
    return .carry
  }

  private func sealAnew(
    _ item: TemplateItem, fresh: [String], _ refusals: inout [Refusal]
  ) -> ItemAction {
    let rest = item.expression.credentials.filter { !renewed.contains($0) }
    if let optional = absentOptional(rest), document?.value(item.key) == nil {
      return .omit(.optionalAbsent(optional))
    }
    guard rest.isEmpty else {
      refuse(
        .valueUnknown(key: item.key, secret: secret.name, credentials: rest, renewed: fresh),
        item.location, &refusals)
      return .carry
    }
    // Without any lock file that is said once, for the environment.
    if state.environment.deployed, state.lock != nil, lockItem(item.key) == nil,
      document?.value(item.key) != nil
    {
      refuse(
        .liveUnknown(key: item.key, secret: secret.name, environment: state.environment.name),
        item.location, &refusals)
    }
    return .seal(.renewed(fresh))
  }

  /// `${X.previous}`: the ciphertext that stands under `${X}`, moved without decrypting it.
  private func previous(
    _ item: TemplateItem, of name: String, _ scope: Scope, _ refusals: inout [Refusal]
  ) -> ItemAction {
    if planner.request.forget.contains(name) { return .omit(.compromised(name)) }
    guard renewed.contains(name) else {
      guard document?.value(item.key) != nil else { return .omit(.noPrevious) }
      if let fault = faultOfCarrying(item.key, expression: item.expression.text, scope) {
        refuse(
          .previousCannotStay(key: item.key, secret: secret.name, fault, credential: name),
          item.location, &refusals)
      }
      return .carry
    }
    // The template's check has found exactly one.
    guard let source = secret.items.first(where: { $0.expression.soleCredential === name }),
      document?.value(source.key) != nil
    else { return .omit(.noPrevious) }
    // Without a lock file nobody knows what stands there.
    if state.lock == nil { return .omit(.lockMissing) }
    if let fault = faultOfCarrying(source.key, expression: source.expression.text, scope) {
      refuse(
        .cannotBecomePrevious(
          key: source.key, previous: item.key, secret: secret.name, fault, credential: name),
        item.location, &refusals)
    }
    return .move(from: source.key)
  }

  /// Why the ciphertext under `key` may not stay; nil where everything is as it was sealed.
  private func faultOfCarrying(_ key: String, expression: String, _ scope: Scope) -> CarryFault? {
    let known = lockItem(key)
    guard let value = document?.value(key) else {
      return known == nil ? .notSealedYet : .lost(path: file.outputPath)
    }
    guard let known else { return .unknownToLock }
    if known.expression !== expression { return .otherExpression(known.expression) }
    if known.scope != scope { return .otherScope(known.scope) }
    if known.ciphertext !== state.digest(value) { return .otherCiphertext }
    if let split = splitRotation(known, expression: expression) { return split }
    return state.trusts(known.certificate) ? nil : .otherKey(known.certificate)
  }

  /// A value and what is derived from it can be torn apart by a merge of two rotations.
  private func splitRotation(_ known: LockFile.Item, expression: String) -> CarryFault? {
    guard !expression.holds(".previous}") else { return nil }
    for (name, rotation) in known.rotations.sorted(by: { $0.key < $1.key }) {
      guard let last = state.lock?.credentials[name]?.rotation, last !== rotation else { continue }
      return .otherRotation(credential: name, rotation: rotation, last: last)
    }
    return nil
  }

  private func absentOptional(_ names: [String]) -> String? {
    names.first { name in
      state.workspace.credential(name)?.isOptional == true && !renewed.contains(name)
    }
  }

  private func id(_ key: String) -> LockFile.ItemID {
    LockFile.ItemID(namespace: namespace, secret: secret.name, key: key)
  }

  private func lockItem(_ key: String) -> LockFile.Item? { state.lock?.items[id(key)] }

  private func refuse(
    _ reason: Refusal.Reason, _ location: Location, _ refusals: inout [Refusal]
  ) {
    refusals.append(Refusal(reason: reason, file: file.template.path, location: location))
  }
}
