/// Whether a ciphertext can be carried unchanged.

internal import Kubernetes
internal import Manifests
internal import Text
internal import Workspace
internal import YAML

extension SecretPlanner {
  /// Why the ciphertext of an item cannot be carried; nil if nothing has changed since it was
  /// sealed.
  func faultOfCarrying(_ item: TemplateItem) -> CarryFault? {
    faultOfCarrying(item.key, expression: item.expression.text)
  }

  /// The same for the ciphertext under a key, if it was sealed from this expression.
  func faultOfCarrying(_ key: String, expression: String) -> CarryFault? {
    let known = lockItem(key)
    guard let value = document?.value(key) else {
      return known == nil ? .notSealedYet : .lost(path: file.outputPath)
    }
    guard let known else { return .unknownToLock }
    if known.expression !== expression { return .otherExpression(known.expression) }
    if known.scope != scope { return .otherScope(known.scope) }
    if let split = splitRotation(known, expression: expression) { return split }
    if known.ciphertext !== state.digest(value), !isReEncrypted { return .otherCiphertext }
    return state.trusts(known.certificate) ? nil : .otherKey(known.certificate)
  }

  /// Whether somebody has sealed the whole Secret again from the same values, as `--re-encrypt` of
  /// the real kubeseal does.
  ///
  /// Then every item has another ciphertext, no item was added or removed, and the file still names
  /// the last rotation of the lock file. A file of another branch, or of a later rotation, names
  /// another one.
  func findsReEncryption() -> Bool {
    // A single item gives no hint whether its value is the same.
    guard let document, let lock = state.lock, document.items.count > 1 else { return false }
    // The named rotation must lie between the newest value in the file and the last step of any
    // credential in it, because a step need not change the file. Ids begin with their time, in
    // seconds.
    func time(_ rotation: String) -> String {
      String(rotation.prefix("r-20260101T000000Z".utf8.count))
    }
    // A ciphertext that the lock file has for another item was moved, not sealed again: no
    // encryption is made twice.
    var known = Set(lock.items.values.map { Name($0.ciphertext) })
    for waiting in lock.waiting { known.insert(Name(state.digest(waiting.sealed))) }
    var (newest, last) = ("", "")
    for (key, _, _) in document.items {
      guard let item = lockItem(key), let value = document.value(key),
        known.insert(Name(state.digest(value))).inserted
      else { return false }
      for (name, rotation) in item.rotations {
        let credential = lock.credentials[Credential.group(of: name)]
        newest = max(newest, time(rotation))
        last = max(
          last, time(rotation), time(credential?.step ?? ""), time(credential?.restart ?? ""))
      }
    }
    let isWhole = secret.items.allSatisfy {
      lockItem($0.key) == nil || document.value($0.key) != nil
    }
    guard isWhole, !newest.isEmpty, let named = document.rotation else { return false }
    return newest <= time(named) && time(named) <= last
  }

  /// A merge of two rotations can separate a value from what is derived from it.
  private func splitRotation(_ known: LockFile.Item, expression: String) -> CarryFault? {
    guard !expression.holds(".previous}") else { return nil }
    for (name, rotation) in known.rotations.sorted(by: { $0.key < $1.key }) {
      guard let last = state.lock?.credentials[name]?.rotation, last !== rotation else { continue }
      return .otherRotation(credential: name, rotation: rotation, last: last)
    }
    return nil
  }
}
