/// What a person should know before a run: windows, leftovers, what only they can renew.

package import Kubernetes
internal import Manifests
internal import Text
internal import Workspace

package enum PlanWarning: Sendable, Equatable {
  case unusedCredential(String)
  /// A supplied value in which the old value of a renewed credential stays.
  case leftBehind(credential: String, holds: String)
  /// A new value whose old one pods may still have; whether the old one is kept beside it.
  case window(credential: String, keepsPrevious: Bool)
  /// Every token ends, and everybody has to log in again.
  case tokensEnd(credential: String)
  /// A public half is to be published that nobody has written down: the key was made before.
  case publicHalfUnknown(credential: String)
  /// A step was taken because time has passed, and nobody has looked.
  case assumed(credential: String)
  /// The Secret of the role in use is of an older template, until the roles have changed.
  case roleBehind(secret: String)
  /// Sessions that a leaked password has opened outlive it.
  case sessionsStay(credential: String)
  /// The password of a role, `PAIR@ROLE`, has leaked and is not made anew by this run.
  case stillLeaked(member: String)
  /// A step is due, and was reverted; it is not taken again by itself before a time, or at all.
  case heldBack(credential: String, step: Step, since: Timestamp, until: Timestamp?)
  /// Without it, no later rotation can tell when the tokens of a key are dead.
  case lifetimeMissing(credential: String)
  case supplyDue(credential: String, since: Timestamp)
  case immutable(secret: String)
  /// A Secret that was sealed anew from the same values by somebody else.
  case reEncrypted(secret: String)
  /// Items of a sealed file that no template names.
  case foreignItems(file: String, keys: [String])
  /// A SealedSecret, `namespace/name`, without a template.
  case templateGone(String)
}

extension Planner {
  func warnings(
    _ steps: [StepPlan], _ renewals: [Renewal], _ files: [FilePlan], marks: [String]
  ) -> [PlanWarning] {
    // Another target may use what none of these do.
    let mentioned = (state.files + state.otherFiles).flatMap(\.template.secrets).flatMap(\.items)
    let groups = Set(
      mentioned.flatMap(\.expression.credentials).map { Credential.group(of: $0) })
    var warnings = state.workspace.groups.filter { !groups.contains($0.name) }.map {
      PlanWarning.unusedCredential($0.name)
    }
    for credential in state.workspace.groups
    where state.isPublished(credential.name)
      && !steps.contains(where: { $0.credential.name === credential.name })
    {
      guard let known = lock.credentials[credential.name], known.publicKey == nil else { continue }
      warnings.append(.publicHalfUnknown(credential: credential.name))
    }
    warnings += steps.flatMap { windows($0) } + overdueSupplies(renewals) + leftBehind(renewals)
    for secret in files.flatMap(\.secrets)
    where secret.secret.immutable == true && secret.changesValues {
      warnings.append(.immutable(secret: secret.secret.name))
    }
    for secret in files.flatMap(\.secrets)
    where secret.items.contains(where: { $0.action == .takeOver }) {
      warnings.append(.reEncrypted(secret: secret.secret.name))
    }
    for (file, secret) in files.flatMap({ file in file.secrets.map { (file.file, $0) } })
    where secret.secret.pair != nil {
      let isBehind = secret.items.contains { item in
        item.action == .carry
          && lock.items[item.id].map { $0.expression !== item.item.expression.text } ?? false
      }
      let document = file.document(name: secret.secret.name, namespace: secret.namespace)
      let lacksMetadata =
        !secret.changesValues && document.map { SecretPlan.isBehind(secret.secret, $0) } ?? false
      if isBehind || lacksMetadata { warnings.append(.roleBehind(secret: secret.secret.name)) }
    }
    for file in files {
      for secret in file.secrets where !secret.foreign.isEmpty {
        warnings.append(.foreignItems(file: file.file.outputPath, keys: secret.foreign))
      }
    }
    if request.others == .due { warnings += heldBack }
    return warnings + marks.map { .stillLeaked(member: $0) } + goneTemplates()
  }

  /// The steps that are due and were reverted.
  private var heldBack: [PlanWarning] {
    state.workspace.groups.compactMap { credential in
      guard isUsed(credential), !credential.isSupplied, !request.renew.contains(credential.name),
        let since = request.reverted[credential.name], let next = nextStep(of: credential),
        isHeld(credential, next), let due = next.due, due <= request.now
      else { return nil }
      let until = credential.rotateEvery.map { Timestamp(seconds: since.seconds + $0) }
      return .heldBack(credential: credential.name, step: next.step, since: since, until: until)
    }
  }

  private func windows(_ plan: StepPlan) -> [PlanWarning] {
    let name = plan.credential.name
    var warnings: [PlanWarning] = []
    if plan.isAssumed { warnings.append(.assumed(credential: name)) }
    guard lock.credentials[name] != nil else { return warnings }
    let use = use(of: plan.credential)
    switch plan.step {
    case .seal where plan.reason == .compromised && (use.wantsPrevious || use.hasNext):
      warnings.append(.tokensEnd(credential: name))
    case .seal, .replace: warnings.append(.window(credential: name, keepsPrevious: false))
    case .rotate where !use.hasNext:
      warnings.append(.window(credential: name, keepsPrevious: true))
    case .rotate where plan.reason == .compromised: warnings.append(.tokensEnd(credential: name))
    case .flip where plan.reason == .compromised, .renew where plan.reason == .compromised:
      warnings.append(.sessionsStay(credential: name))
    case .publish, .rotate, .retire, .flip, .renew: break
    }
    if use.wantsPrevious, plan.credential.tokenLifetime == nil {
      warnings.append(.lifetimeMissing(credential: name))
    }
    return warnings
  }

  /// Supplied credentials that are due: only a person can renew them.
  private func overdueSupplies(_ renewals: [Renewal]) -> [PlanWarning] {
    guard request.others == .due, request.renew.isEmpty else { return [] }
    let used = usedNames
    let renewed = Set(renewals.map(\.credential.name))
    return state.workspace.credentials.filter { credential in
      credential.isSupplied && used.contains(credential.name) && !renewed.contains(credential.name)
    }.compactMap { credential in
      guard let due = state.dueTime(credential), due <= request.now else { return nil }
      return .supplyDue(credential: credential.name, since: due)
    }
  }

  /// Supplied values with a value in them that is made anew, and that stay as they are.
  private func leftBehind(_ renewals: [Renewal]) -> [PlanWarning] {
    let used = usedNames
    let renewed = Set(renewals.map(\.credential.group))
    return state.workspace.credentials.flatMap { credential -> [PlanWarning] in
      guard used.contains(credential.name), !renewed.contains(credential.name) else { return [] }
      return credential.holds.filter { renewed.contains($0) }.map {
        .leftBehind(credential: credential.name, holds: $0)
      }
    }
  }

  private func goneTemplates() -> [PlanWarning] {
    let planned = Set(
      (state.files + state.otherFiles).flatMap { file in
        file.template.secrets.map { "\($0.namespace ?? "")/\($0.builtName)" }
      })
    let locked = lock.order.map { "\($0.namespace ?? "")/\($0.secret)" }
    return Set(locked).subtracting(planned).sorted().map { .templateGone($0) }
  }
}
