/// Items whose ciphertext comes from another place: the previous key, the next key, the waiting
/// key.

internal import Kubernetes
internal import Manifests
internal import Text
internal import Workspace
internal import YAML

extension SecretPlanner {
  /// `${X.previous}`: the ciphertext under `${X}`, moved without decrypting it.
  func previous(_ item: TemplateItem, of name: String) -> Decision<ItemAction> {
    if let reason = moves.dropped[name] { return Decision(.omit(reason)) }
    guard moves.kept.contains(name) || renewed.contains(name) else {
      guard document?.value(item.key) != nil else { return Decision(.omit(.noPrevious)) }
      let action: ItemAction = isReEncrypted ? .takeOver : .carry
      guard let fault = faultOfCarrying(item), !isSetAside([name], fault) else {
        return Decision(action)
      }
      return refused(
        action, .previousCannotStay(key: item.key, secret: secret.name, fault, credential: name),
        item.location)
    }
    // The template check has found exactly one.
    guard let source = secret.items.first(where: { $0.expression.soleCredential === name }),
      document?.value(source.key) != nil
    else { return Decision(.omit(.noPrevious)) }
    // Without a lock file it is unknown what is there.
    if state.lock == nil { return Decision(.omit(.lockMissing)) }
    let action = ItemAction.move(from: source.key)
    guard let fault = faultOfCarrying(source) else { return Decision(action) }
    return refused(
      action,
      .cannotBecomePrevious(
        key: source.key, previous: item.key, secret: secret.name, fault, credential: name),
      item.location)
  }

  /// `${X}` at a rotation: the ciphertext under `${X.next}`, moved without decrypting it.
  func promotion(_ item: TemplateItem, of name: String) -> Decision<ItemAction> {
    guard item.expression.soleCredential === name else { return withoutNext(item, name) }
    if state.workspace.group(name)?.isKeyPair == true { return moveIn(item, of: name) }
    guard let source = secret.items.first(where: { $0.expression.nextOf === name }) else {
      return withoutNext(item, name)
    }
    let action = ItemAction.move(from: source.key)
    guard let fault = faultOfCarrying(source) else { return Decision(action) }
    return refused(
      action, cannotBecomeCurrent(item, name, from: source.key, fault), item.location)
  }

  /// Refuses an item with a key that is published ahead, because no other item has the next one.
  func withoutNext(_ item: TemplateItem, _ name: String) -> Decision<ItemAction> {
    refused(
      .carry,
      .withoutNext(
        key: item.key, secret: secret.name, credential: name,
        isDerived: item.expression.soleCredential != name), item.location)
  }

  /// `${X}` of a key pair at a rotation: the private key that was waiting for this item.
  private func moveIn(_ item: TemplateItem, of name: String) -> Decision<ItemAction> {
    let waiting = state.lock?.waiting.first { $0.id == id(item.key) }
    let fault: CarryFault? =
      if let waiting {
        waiting.scope != scope
          ? .otherScope(waiting.scope)
          : state.trusts(waiting.certificate) ? nil : .otherKey(waiting.certificate)
      } else { .notSealedYet }
    guard let fault else { return Decision(.moveIn) }
    return refused(
      .moveIn, cannotBecomeCurrent(item, name, from: "\(name).next", fault), item.location)
  }

  private func cannotBecomeCurrent(
    _ item: TemplateItem, _ name: String, from key: String, _ fault: CarryFault
  ) -> Refusal.Reason {
    .cannotBecomeCurrent(
      key: key, current: item.key, secret: secret.name, fault, credential: name)
  }
}
