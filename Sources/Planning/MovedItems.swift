/// Items whose ciphertext comes from another place: the previous key, the next key, the waiting
/// key.

internal import Kubernetes
internal import Manifests
internal import Text
internal import Workspace
internal import YAML

extension SecretPlanner {
  /// `${X.previous}`: the ciphertext under `${X}`, moved without decrypting it.
  func previous(
    _ item: TemplateItem, of name: String, _ scope: Scope, _ refusals: inout [Refusal]
  ) -> ItemAction {
    if let reason = moves.dropped[name] { return .omit(reason) }
    guard moves.kept.contains(name) || renewed.contains(name) else {
      guard document?.value(item.key) != nil else { return .omit(.noPrevious) }
      if let fault = faultOfCarrying(item.key, expression: item.expression.text, scope),
        !isSetAside([name], fault)
      {
        refuse(
          .previousCannotStay(key: item.key, secret: secret.name, fault, credential: name),
          item.location, &refusals)
      }
      return isReEncrypted ? .takeOver : .carry
    }
    // The template check has found exactly one.
    guard let source = secret.items.first(where: { $0.expression.soleCredential === name }),
      document?.value(source.key) != nil
    else { return .omit(.noPrevious) }
    // Without a lock file it is unknown what is there.
    if state.lock == nil { return .omit(.lockMissing) }
    if let fault = faultOfCarrying(source.key, expression: source.expression.text, scope) {
      refuse(
        .cannotBecomePrevious(
          key: source.key, previous: item.key, secret: secret.name, fault, credential: name),
        item.location, &refusals)
    }
    return .move(from: source.key)
  }

  /// `${X}` at a rotation: the ciphertext under `${X.next}`, moved without decrypting it.
  func promotion(
    _ item: TemplateItem, of name: String, _ scope: Scope, _ refusals: inout [Refusal]
  ) -> ItemAction {
    if item.expression.soleCredential === name, state.workspace.group(name)?.isKeyPair == true {
      return moveIn(item, of: name, scope, &refusals)
    }
    guard item.expression.soleCredential === name,
      let source = secret.items.first(where: { $0.expression.nextOf === name })
    else {
      refuse(
        .withoutNext(
          key: item.key, secret: secret.name, credential: name,
          isDerived: item.expression.soleCredential != name), item.location,
        &refusals)
      return .carry
    }
    if let fault = faultOfCarrying(source.key, expression: source.expression.text, scope) {
      refuse(
        .cannotBecomeCurrent(
          key: source.key, current: item.key, secret: secret.name, fault, credential: name),
        item.location, &refusals)
    }
    return .move(from: source.key)
  }

  /// `${X}` of a key pair at a rotation: the private key that was waiting for this item.
  func moveIn(
    _ item: TemplateItem, of name: String, _ scope: Scope, _ refusals: inout [Refusal]
  ) -> ItemAction {
    let waiting = state.lock?.waiting.first { $0.id == id(item.key) }
    let fault: CarryFault? =
      if let waiting {
        waiting.scope != scope
          ? .otherScope(waiting.scope)
          : state.trusts(waiting.certificate) ? nil : .otherKey(waiting.certificate)
      } else { .notSealedYet }
    if let fault {
      refuse(
        .cannotBecomeCurrent(
          key: "\(name).next", current: item.key, secret: secret.name, fault, credential: name),
        item.location, &refusals)
    }
    return .moveIn
  }
}
