/// What steps do to values: which values are new, and which ciphertexts move.

internal import Manifests
internal import Workspace

struct Moves {
  /// The new values, in the order of their credentials.
  private(set) var renewals: [Renewal] = []
  /// Their names.
  private(set) var renewed: Set<String> = []
  /// The keys that take over the ciphertext of their next key.
  private(set) var promoted: Set<String> = []
  /// The keys whose ciphertext becomes the previous one.
  private(set) var kept: Set<String> = []
  /// The keys whose previous value is removed, and why.
  private(set) var dropped: [String: ItemAction.OmitReason] = [:]

  init(_ steps: [StepPlan], _ planner: Planner) {
    for plan in steps {
      let credential = plan.credential
      let name = credential.name
      func renew(_ part: Credential) {
        renewals.append(
          Renewal(
            credential: part, reason: plan.reason,
            replaces: planner.lock.credentials[part.name] != nil))
        renewed.insert(part.name)
      }
      let hasNext = planner.use(of: credential).hasNext
      switch plan.step {
      case .seal:
        for part in credential.roles.isEmpty ? [credential] : credential.members { renew(part) }
        if hasNext { renew(credential.next) }
        dropped[name] =
          planner.request.forgets(credential)
          ? .compromised(name) : planner.state.lock == nil ? nil : .noPrevious
      case .replace: renew(credential)
      case .publish: renew(credential.next)
      case .rotate:
        if plan.reason == .compromised {
          dropped[name] = .compromised(name)
        } else {
          kept.insert(name)
        }
        if hasNext {
          promoted.insert(name)
          renew(credential.next)
        } else {
          renew(credential)
        }
      case .retire: dropped[name] = .retired(name)
      case .flip: break
      case .renew(let role):
        for member in credential.members
        where member.name == Credential.member(name, role.suffix) { renew(member) }
      }
    }
  }
}
