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
  let scope: Scope

  /// Whether somebody else sealed the whole Secret again.
  private(set) var isReEncrypted = false

  var renewed: Set<String> { moves.renewed }

  init(planner: Planner, file: PlannedFile, secret: TemplateSecret, moves: Moves) {
    self.planner = planner
    self.file = file
    self.secret = secret
    self.moves = moves
    let target = planner.state.environment.target(file.target)
    scope = target?.scopes[secret.name].flatMap { Scope(rawValue: $0) } ?? .strict
    isReEncrypted = findsReEncryption()
  }

  var state: EnvironmentState { planner.state }
  private var namespace: String? { secret.namespace }
  private var target: WorkspaceTarget? { state.environment.target(file.target) }
  var document: SealedSecretDocument? {
    file.document(of: secret)
  }

  func plan() -> Decision<SecretPlan> {
    let decisions = secret.items.map { action($0) }
    var items = zip(secret.items, decisions).map { item, decision in
      ItemPlan(item: item, id: id(item.key), action: decision.value)
    }
    // A new Secret is sealed as a whole: without one of its keys, no pod of it would start.
    if document == nil, items.contains(where: { $0.action == .omit(.laterRun) }) {
      items = items.map { ItemPlan(item: $0.item, id: $0.id, action: .omit(.laterRun)) }
    }
    let kept = Set(items.filter { !$0.isOmitted }.map { Name($0.item.key) })
    let templateKeys = Set(secret.items.map { Name($0.key) })
    let others = (document?.items ?? []).map(\.key).filter { !kept.contains(Name($0)) }
    let removed = others.filter { templateKeys.contains(Name($0)) || lockItem($0) != nil }
    let gone = Set(removed.map { Name($0) })
    let plan = SecretPlan(
      secret: secret, scope: scope, items: items, waiting: waiting,
      restarts: restarts, removed: removed,
      foreign: others.filter { !gone.contains(Name($0)) })
    return Decision(
      plan,
      scopeRefusals + namespaceRefusals + decisions.flatMap(\.refusals)
        + removed.filter { !templateKeys.contains(Name($0)) }.compactMap { stillLives($0) })
  }

  /// For a pair, the first role's Secret records the restart, whichever role is in use.
  private var restarts: Bool {
    planner.request.named.restart.contains { name in
      guard let credential = state.workspace.group(name),
        secret.role == nil || secret.role == credential.roles.first
      else { return false }
      return state.secrets(of: credential).contains {
        $0.name === secret.name && $0.namespace == secret.namespace
      }
    }
  }

  /// Refuses to remove a previous key that the template no longer has before its tokens are dead,
  /// like a retired one.
  private func stillLives(_ key: String) -> Refusal? {
    guard let text = lockItem(key)?.expression,
      let name = text.without(prefix: "${")?.without(suffix: ".previous}"),
      let credential = state.workspace.group(name), moves.dropped[name] == nil
    else { return nil }
    let gates = planner.plan(credential, .retire, .previousIsDone, [.previousIsDead])
    guard !gates.isOpen else { return nil }
    return refusal(
      .previousStillLives(key: key, secret: secret.name, credential: name, gates: gates.closed),
      secret.location)
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

  private var scopeRefusals: [Refusal] {
    let asked = Scope(annotations: secret.annotations)
    guard asked.isWider(than: scope) else { return [] }
    return [
      refusal(
        .scopeTooWide(secret: secret.name, asked: asked, allowed: scope), secret.location)
    ]
  }

  private var namespaceRefusals: [Refusal] {
    var refusals: [Refusal] = []
    if let own = secret.namespace, let other = target?.namespace, own !== other {
      refusals.append(
        refusal(
          .otherNamespace(template: own, environment: other, name: state.environment.name),
          secret.location))
    }
    if namespace == nil, scope != .clusterWide {
      refusals.append(refusal(.noNamespace(secret: secret.name), secret.location))
    }
    return refusals
  }

  // MARK: Items

  private func action(_ item: TemplateItem) -> Decision<ItemAction> {
    if let name = item.expression.previousOf { return previous(item, of: name) }
    let names = item.expression.credentials
    if waitsForLaterRun(item) {
      return Decision(.omit(absentOptional(names).map { .optionalAbsent($0) } ?? .laterRun))
    }
    if let name = names.first(where: { cannotFollowItsKey(item, $0) }) {
      return withoutNext(item, name)
    }
    if let name = names.first(where: moves.promoted.contains) {
      return promotion(item, of: name)
    }
    let fresh = names.filter { renewed.contains($0) }
    guard fresh.isEmpty else { return sealAnew(item, fresh: fresh) }
    guard let fault = faultOfCarrying(item) else {
      return Decision(isReEncrypted ? .takeOver : .carry)
    }
    return action(item, thatCannotBeCarried: fault)
  }

  /// Whether an item that does not exist yet is left for a later run.
  private func waitsForLaterRun(_ item: TemplateItem) -> Bool {
    let names = item.expression.credentials
    let isLeft =
      planner.leavesNew && renewed.isDisjoint(with: names)
      || !planner.aside.newItems.isDisjoint(with: groups(names))
    return isLeft && !names.isEmpty && isNew(item)
  }

  private func isNew(_ item: TemplateItem) -> Bool {
    lockItem(item.key) == nil && document?.value(item.key) == nil
  }

  /// What happens to an item whose credentials get no new value.
  private func action(
    _ item: TemplateItem, thatCannotBeCarried fault: CarryFault
  ) -> Decision<ItemAction> {
    let names = item.expression.credentials
    if names.isEmpty {
      return Decision(.seal(document?.value(item.key) == nil ? .new : .changed))
    }
    if isNew(item), let optional = absentOptional(names) {
      return Decision(.omit(.optionalAbsent(optional)))
    }
    // The role in use keeps its expression until it is idle.
    if case .otherExpression(let text) = fault, secret.pair != nil,
      faultOfCarrying(item.key, expression: text) == nil
    {
      return Decision(.carry)
    }
    if fault == .notSealedYet, let name = names.first, let group = unreachable(name) {
      return refused(
        .carry, .cannotFollow(key: item.key, secret: secret.name, credential: group),
        item.location)
    }
    // A missing supplied value was reported with its credential.
    let isReported =
      isNew(item) && planner.request.others != .none
      && names.contains { state.workspace.credential($0)?.isSupplied == true }
    if isReported || isSetAside(names, fault) { return Decision(.carry) }
    return refused(
      .carry, .cannotStay(key: item.key, secret: secret.name, fault, credentials: groups(names)),
      item.location)
  }

  /// The credential of a value that only the next steps bring to a new item; nil for others.
  private func unreachable(_ name: String) -> String? {
    guard let group = state.workspace.group(Credential.group(of: name)),
      !group.roles.isEmpty || planner.use(of: group).hasNext,
      planner.lock.credentials[group.name] != nil
    else { return nil }
    return group.name
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

  private func sealAnew(_ item: TemplateItem, fresh: [String]) -> Decision<ItemAction> {
    let rest = item.expression.credentials.filter { !renewed.contains($0) }
    if let optional = absentOptional(rest), document?.value(item.key) == nil {
      return Decision(.omit(.optionalAbsent(optional)))
    }
    guard rest.isEmpty else {
      return refused(
        .carry,
        .valueUnknown(
          key: item.key, secret: secret.name, credentials: groups(rest), renewed: groups(fresh)),
        item.location)
    }
    let action = ItemAction.seal(.renewed(fresh))
    // If the lock file is missing, that is reported once for the environment.
    guard state.environment.deployed, state.lock != nil, lockItem(item.key) == nil,
      document?.value(item.key) != nil
    else { return Decision(action) }
    return refused(
      action,
      .liveUnknown(key: item.key, secret: secret.name, environment: state.environment.name),
      item.location)
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

  // MARK: Refusals

  func refusal(_ reason: Refusal.Reason, _ location: Location) -> Refusal {
    Refusal(reason: reason, file: file.template.path, location: location)
  }

  /// An action that is planned and refused.
  func refused(
    _ action: ItemAction, _ reason: Refusal.Reason, _ location: Location
  ) -> Decision<ItemAction> {
    Decision(action, [refusal(reason, location)])
  }
}
