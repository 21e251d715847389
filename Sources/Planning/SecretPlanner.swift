/// Plans each item of one SealedSecret.

internal import Kubernetes
internal import Manifests
internal import Text
internal import Workspace
internal import YAML

struct SecretPlanner {
  let planner: Planner
  let file: PlannedFile
  let secret: TemplateSecret
  let moves: Moves

  /// Whether somebody else sealed the whole Secret again.
  private(set) var isReEncrypted = false

  var renewed: Set<String> { moves.renewed }

  init(planner: Planner, file: PlannedFile, secret: TemplateSecret, moves: Moves) {
    self.planner = planner
    self.file = file
    self.secret = secret
    self.moves = moves
    isReEncrypted = findsReEncryption()
  }

  var state: EnvironmentState { planner.state }
  private var namespace: String? { secret.namespace }
  private var target: WorkspaceTarget? { state.environment.target(file.target) }
  var document: SealedSecretDocument? {
    file.document(name: secret.name, namespace: namespace)
  }

  func plan(_ refusals: inout [Refusal]) -> SecretPlan {
    let scope = scope(&refusals)
    checkNamespace(scope, &refusals)
    var items = secret.items.map { item in
      ItemPlan(item: item, id: id(item.key), action: action(item, scope, &refusals))
    }
    // A new Secret is sealed as a whole: without one of its keys, no pod of it would start.
    if document == nil, items.contains(where: { $0.action == .omit(.laterRun) }) {
      items = items.map { ItemPlan(item: $0.item, id: $0.id, action: .omit(.laterRun)) }
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
    for key in removed where !templateKeys.contains(ByBytes(key)) { checkRemoval(key, &refusals) }
    return SecretPlan(
      secret: secret, namespace: namespace, scope: scope, items: items, waiting: waiting,
      restarts: restarts, removed: removed,
      foreign: others.filter { !gone.contains(ByBytes($0)) })
  }

  /// For a pair, the first role's Secret records the restart, whichever role is in use.
  private var restarts: Bool {
    planner.request.restart.contains { name in
      guard let credential = state.workspace.group(name),
        secret.role == nil || secret.role == credential.roles.first
      else { return false }
      return state.secrets(of: credential).contains {
        $0.name === secret.name && $0.namespace == secret.namespace
      }
    }
  }

  /// Removes a previous key that the template no longer has only when its tokens are dead, like a
  /// retired one.
  private func checkRemoval(_ key: String, _ refusals: inout [Refusal]) {
    guard let text = lockItem(key)?.expression,
      let name = text.without(prefix: "${")?.without(suffix: ".previous}"),
      let credential = state.workspace.group(name), moves.dropped[name] == nil
    else { return }
    let gates = planner.plan(credential, .retire, .previousIsDone, [.previousIsDead])
    guard !gates.isOpen else { return }
    refuse(
      .previousStillLives(key: key, secret: secret.name, credential: name, gates: gates.closed),
      secret.location, &refusals)
  }

  /// The next private keys that wait for items of this Secret.
  private var waiting: [ItemPlan] {
    secret.items.compactMap { item in
      guard let name = item.expression.soleCredential,
        let pair = state.workspace.group(name), pair.isKeyPair, state.isPublished(name)
      else { return nil }
      let next = TemplateItem(
        key: item.key, expression: .next(of: name), location: item.location)
      // No key of a Secret contains a space.
      return ItemPlan(
        item: next, id: id(item.key + " (next)"),
        action: renewed.contains(pair.next.name) ? .seal(.renewed([pair.next.name])) : .carry)
    }
  }

  // MARK: Scope and namespace

  private func scope(_ refusals: inout [Refusal]) -> Scope {
    let scope = target?.scopes[secret.name].flatMap { Scope(rawValue: $0) } ?? .strict
    let asked = Scope(annotations: secret.annotations)
    if asked.isWider(than: scope) {
      refuse(
        .scopeTooWide(secret: secret.name, asked: asked, allowed: scope), secret.location,
        &refusals)
    }
    return scope
  }

  private func checkNamespace(_ scope: Scope, _ refusals: inout [Refusal]) {
    if let own = secret.namespace, let other = target?.namespace, own !== other {
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
    let isLeft =
      planner.leavesNew && renewed.isDisjoint(with: names)
      || !planner.aside.newItems.isDisjoint(with: groups(names))
    if isLeft, !names.isEmpty, lockItem(item.key) == nil, document?.value(item.key) == nil {
      return .omit(absentOptional(names).map { .optionalAbsent($0) } ?? .laterRun)
    }
    if let name = names.first(where: { cannotFollowItsKey(item, $0) }) {
      refuse(
        .withoutNext(
          key: item.key, secret: secret.name, credential: name,
          isDerived: item.expression.soleCredential != name),
        item.location, &refusals)
      return .carry
    }
    if let name = names.first(where: moves.promoted.contains) {
      return promotion(item, of: name, scope, &refusals)
    }
    let fresh = names.filter { renewed.contains($0) }
    guard fresh.isEmpty else { return sealAnew(item, fresh: fresh, &refusals) }
    let value = document?.value(item.key)
    let fault = faultOfCarrying(item.key, expression: item.expression.text, scope)
    guard let fault else { return isReEncrypted ? .takeOver : .carry }
    if names.isEmpty { return .seal(value == nil ? .new : .changed) }
    if value == nil, let optional = absentOptional(names), lockItem(item.key) == nil {
      return .omit(.optionalAbsent(optional))
    }
    // A missing supplied value was reported with its credential.
    let isReported =
      lockItem(item.key) == nil
      && names.contains { state.workspace.credential($0)?.isSupplied == true } && value == nil
    // The role in use keeps its expression until it is idle.
    if case .otherExpression(let text) = fault, secret.pair != nil,
      faultOfCarrying(item.key, expression: text, scope) == nil
    {
      return .carry
    }
    if case .notSealedYet = fault, let name = names.first,
      let group = state.workspace.group(Credential.group(of: name)),
      !group.roles.isEmpty || planner.use(of: group).hasNext,
      planner.lock.credentials[group.name] != nil
    {
      refuse(
        .cannotFollow(key: item.key, secret: secret.name, credential: group.name), item.location,
        &refusals)
      return .carry
    }
    if isSetAside(names, fault) { return .carry }
    if !isReported || planner.request.others == .none {
      refuse(
        .cannotStay(key: item.key, secret: secret.name, fault, credentials: groups(names)),
        item.location,
        &refusals)
    }
    return .carry
  }

  /// Whether an item stays as sealed because its credential is refused, while the run goes on
  /// without it.
  func isSetAside(_ names: [String], _ fault: CarryFault) -> Bool {
    switch fault {
    case .otherKey, .otherExpression: planner.aside.credentials.isSuperset(of: groups(names))
    default: false
    }
  }

  /// Whether a new item contains a key that is published ahead, and no other item can give it the
  /// next one.
  ///
  /// Its first rotation would be refused.
  private func cannotFollowItsKey(_ item: TemplateItem, _ name: String) -> Bool {
    guard lockItem(item.key) == nil, item.expression.nextOf == nil,
      let credential = state.workspace.group(name), credential.roles.isEmpty,
      planner.use(of: credential).hasNext
    else { return false }
    guard item.expression.soleCredential === name else { return true }
    return !credential.isKeyPair && !secret.items.contains { $0.expression.nextOf === name }
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
        .valueUnknown(
          key: item.key, secret: secret.name, credentials: groups(rest), renewed: groups(fresh)),
        item.location, &refusals)
      return .carry
    }
    // If the lock file is missing, that is reported once for the environment.
    if state.environment.deployed, state.lock != nil, lockItem(item.key) == nil,
      document?.value(item.key) != nil
    {
      refuse(
        .liveUnknown(key: item.key, secret: secret.name, environment: state.environment.name),
        item.location, &refusals)
    }
    return .seal(.renewed(fresh))
  }

  /// The credentials of some values, as the command line names them, without duplicates.
  private func groups(_ names: [String]) -> [String] {
    var groups: [String] = []
    for group in names.map({ Credential.group(of: $0) })
    where !groups.contains(where: { $0 === group }) { groups.append(group) }
    return groups
  }

  private func absentOptional(_ names: [String]) -> String? {
    names.first { name in
      state.workspace.credential(name)?.isOptional == true && !renewed.contains(name)
    }
  }

  func id(_ key: String) -> LockFile.ItemID {
    LockFile.ItemID(namespace: namespace, secret: secret.builtName, key: key)
  }

  func lockItem(_ key: String) -> LockFile.Item? { state.lock?.items[id(key)] }

  func refuse(
    _ reason: Refusal.Reason, _ location: Location, _ refusals: inout [Refusal]
  ) {
    refusals.append(Refusal(reason: reason, file: file.template.path, location: location))
  }
}
