/// Decides what becomes of each item of one SealedSecret.

internal import Credentials
internal import Manifests
internal import Sealing
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
    file.manifest?.document(name: secret.name, namespace: namespace)
  }

  func plan(_ refusals: inout [Refusal]) -> SecretPlan {
    let scope = scope(&refusals)
    checkNamespace(scope, &refusals)
    let items = secret.items.map { item in
      ItemPlan(item: item, id: id(item.key), action: action(item, scope, &refusals))
    }
    let kept = Set(
      items.filter { if case .omit = $0.action { false } else { true } }.map(\.item.key))
    let templateKeys = Set(secret.items.map(\.key))
    let others = (document?.items ?? []).map(\.key).filter { !kept.contains($0) }
    let removed = others.filter { templateKeys.contains($0) || lockItem($0) != nil }
    return SecretPlan(
      secret: secret, namespace: namespace, scope: scope, items: items, removed: removed,
      foreign: others.filter { !removed.contains($0) })
  }

  // MARK: Scope and namespace

  private func scope(_ refusals: inout [Refusal]) -> Scope {
    let scope = state.environment.scopes[secret.name].flatMap { Scope(rawValue: $0) } ?? .strict
    let asked = Scope(annotations: secret.annotations)
    if asked.isWider(than: scope) {
      refuse(
        "the template asks for scope \(asked.rawValue), the environment allows \(scope.rawValue)",
        hint: "take the annotation out, or set scopes: {\(secret.name): \(asked.rawValue)}",
        secret.location, &refusals)
    }
    return scope
  }

  private func checkNamespace(_ scope: Scope, _ refusals: inout [Refusal]) {
    if let own = secret.namespace, let other = state.environment.namespace, own != other {
      refuse(
        "the template says namespace '\(own)', environment '\(state.environment.name)' says '\(other)'",
        hint: "let both be the same, or leave one out", secret.location, &refusals)
    }
    if namespace == nil, scope != .clusterWide {
      refuse(
        "Secret '\(secret.name)' has no namespace, and is sealed for one",
        hint: "set metadata.namespace, or namespace of the environment", secret.location, &refusals)
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
    let fault = faultOfCarrying(item.key, expression: item.expression.text, scope)
    if document?.value(item.key) != nil, fault == nil { return .carry }
    if names.isEmpty {
      return .seal(reason: document?.value(item.key) == nil ? "new" : "changed")
    }
    if document?.value(item.key) == nil {
      if let optional = absentOptional(names), lockItem(item.key) == nil {
        return .omit(reason: "optional '\(optional)' is absent")
      }
    }
    // A supplied value that is missing was reported with its credential.
    let isReported =
      lockItem(item.key) == nil
      && names.contains { state.workspace.credential($0)?.isSupplied == true }
      && document?.value(item.key) == nil
    if !isReported || planner.request.selection.isOnly {
      refuse(
        "'\(item.key)' of '\(secret.name)' cannot be kept: \(fault ?? "it is not sealed yet")",
        hint:
          "its plaintext is not known here; seal it anew with --only \(names.joined(separator: " --only "))",
        item.location, &refusals)
    }
    return .carry
  }

  private func sealAnew(
    _ item: TemplateItem, fresh: [String], _ refusals: inout [Refusal]
  ) -> ItemAction {
    let rest = item.expression.credentials.filter { !renewed.contains($0) }
    if let optional = absentOptional(rest), document?.value(item.key) == nil {
      return .omit(reason: "optional '\(optional)' is absent")
    }
    guard rest.isEmpty else {
      refuse(
        "'\(item.key)' of '\(secret.name)' needs the value of '\(rest.joined(separator: "', '"))' too, which is not known here",
        hint: "add --only \((fresh + rest).joined(separator: " --only "))", item.location, &refusals
      )
      return .carry
    }
    return .seal(reason: "new \(fresh.joined(separator: ", "))")
  }

  /// `${X.previous}`: the ciphertext that stands under `${X}`, moved without decrypting it.
  private func previous(
    _ item: TemplateItem, of name: String, _ scope: Scope, _ refusals: inout [Refusal]
  ) -> ItemAction {
    if planner.request.compromised.contains(name) {
      return .omit(reason: "'\(name)' is compromised")
    }
    guard renewed.contains(name) else {
      guard document?.value(item.key) != nil else { return .omit(reason: "no previous value yet") }
      if let fault = faultOfCarrying(item.key, expression: item.expression.text, scope) {
        refuse(
          "'\(item.key)' of '\(secret.name)' cannot be kept: \(fault)",
          hint: "rotate with --compromised \(name) to drop it", item.location, &refusals)
      }
      return .carry
    }
    // The template's check has found exactly one.
    guard let source = secret.items.first(where: { $0.expression.soleCredential == name }),
      document?.value(source.key) != nil
    else { return .omit(reason: "no previous value yet") }
    // Without a lock file nobody knows what stands there.
    if state.lock == nil { return .omit(reason: "the lock file is missing") }
    if let fault = faultOfCarrying(source.key, expression: source.expression.text, scope) {
      refuse(
        "'\(source.key)' of '\(secret.name)' cannot become '\(item.key)': \(fault)",
        hint: "rotate with --compromised \(name) to leave the old value out", item.location,
        &refusals)
    }
    return .move(from: source.key)
  }

  /// Why the ciphertext under `key` may not stay; nil where everything is as it was sealed.
  private func faultOfCarrying(_ key: String, expression: String, _ scope: Scope) -> String? {
    guard let value = document?.value(key) else {
      return lockItem(key) == nil
        ? "it is not sealed yet"
        : "the lock file knows it, but '\(file.outputPath)' does not have it (was the file renamed, or the item lost in a merge?)"
    }
    guard let known = lockItem(key) else { return "the lock file does not know it" }
    if known.expression != expression { return "its expression was '\(known.expression)'" }
    if known.scope != scope { return "it was sealed \(known.scope.rawValue)" }
    if known.ciphertext != value.digest { return "its ciphertext is not the one in the lock file" }
    if let split = splitRotation(known, expression: expression) { return split }
    if !state.trusts(known.certificate) {
      return "it was sealed for \(known.certificate), which is not among the fingerprints"
    }
    return nil
  }

  /// A value and what is derived from it can be torn apart by a merge of two rotations.
  private func splitRotation(_ known: LockFile.Item, expression: String) -> String? {
    guard !expression.contains(".previous}") else { return nil }
    for (name, rotation) in known.rotations.sorted(by: { $0.key < $1.key }) {
      guard let last = state.lock?.credentials[name]?.rotation, last != rotation else { continue }
      return "it holds '\(name)' of rotation \(rotation), but the last one is \(last)"
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
    _ message: String, hint: String, _ location: Location, _ refusals: inout [Refusal]
  ) {
    refusals.append(
      Refusal(message: message, hint: hint, file: file.template.path, location: location))
  }
}

extension Selection {
  /// Whether nothing but named credentials is renewed.
  var isOnly: Bool { if case .only = self { true } else { false } }
}
