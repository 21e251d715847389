/// What a person should know before a run: windows, leftovers, and what only a person can renew.

package import Kubernetes
internal import Manifests
internal import Text
internal import Workspace

package enum PlanWarning: Sendable, Equatable {
  case unusedCredential(String)
  /// A supplied value that keeps the old value of a renewed credential.
  case leftBehind(credential: String, holds: String)
  /// A new value while pods may still have the old one.
  case window(credential: String)
  /// The same if the old value is kept as well: pods with the old one refuse what new pods sign.
  case windowOfSigners(credential: String)
  /// Every token becomes invalid, and everybody has to log in again.
  case tokensEnd(credential: String)
  /// The public half of a key to publish is unknown, because the key was made earlier.
  case publicHalfUnknown(credential: String)
  /// A step was taken because time has passed, although nobody has looked.
  case assumed(credential: String)
  /// The Secret of the role in use has an older template until the roles are switched.
  case roleBehind(secret: String)
  /// Sessions opened with a leaked password stay open.
  case sessionsStay(credential: String)
  /// The password of a role, `PAIR@ROLE`, has leaked and is not replaced by this run.
  case stillLeaked(member: String)
  /// A step is due but was reverted; it is not taken again automatically before a time, or ever.
  case heldBack(credential: String, step: Step, since: Timestamp, until: Timestamp?)
  /// Without it, no later rotation can tell when the tokens of a key have expired.
  case lifetimeMissing(credential: String)
  case supplyDue(credential: String, since: Timestamp)
  case immutable(secret: String)
  /// A Secret that somebody else sealed again from the same values.
  case reEncrypted(secret: String)
  /// Items of a sealed file that no template has.
  case foreignItems(file: String, keys: [String])
  /// A SealedSecret, `namespace/name`, without a template.
  case templateGone(String)
}

extension Planner {
  func warnings(
    _ steps: [StepPlan], _ renewals: [Renewal], _ files: [FilePlan], marks: [String]
  ) -> [PlanWarning] {
    var warnings = unused + unknownPublicHalves(steps) + steps.flatMap { windows($0) }
    warnings += overdueSupplies(renewals) + leftBehind(renewals)
    let secrets = files.flatMap(\.secrets)
    warnings += secrets.filter { $0.secret.immutable == true && $0.changesValues }.map {
      .immutable(secret: $0.secret.name)
    }
    warnings += secrets.filter { $0.items.contains { $0.action == .takeOver } }.map {
      .reEncrypted(secret: $0.secret.name)
    }
    warnings += rolesBehind(files) + foreignItems(files)
    if request.others == .due { warnings += heldBack }
    return warnings + marks.map { .stillLeaked(member: $0) } + goneTemplates()
  }

  /// The credentials that no template uses; another target may use one that none of these use.
  private var unused: [PlanWarning] {
    let mentioned = (state.files + state.otherFiles).flatMap(\.template.secrets).flatMap(\.items)
    let groups = Set(
      mentioned.flatMap(\.expression.credentials).map { Credential.group(of: $0) })
    return state.workspace.groups.filter { !groups.contains($0.name) }.map {
      .unusedCredential($0.name)
    }
  }

  /// The keys to publish that were made without their public half, and stay.
  private func unknownPublicHalves(_ steps: [StepPlan]) -> [PlanWarning] {
    state.workspace.groups.filter { credential in
      guard let known = lock.credentials[credential.name], known.publicKey == nil else {
        return false
      }
      return state.isPublished(credential.name)
        && !steps.contains { $0.credential.name === credential.name }
    }.map { .publicHalfUnknown(credential: $0.name) }
  }

  /// The Secrets of roles in use that have an older template.
  private func rolesBehind(_ files: [FilePlan]) -> [PlanWarning] {
    files.flatMap { file in
      file.secrets.filter { $0.secret.pair != nil && isBehind($0, file.file) }.map {
        .roleBehind(secret: $0.secret.name)
      }
    }
  }

  private func foreignItems(_ files: [FilePlan]) -> [PlanWarning] {
    files.flatMap { file in
      file.secrets.filter { !$0.foreign.isEmpty }.map {
        .foreignItems(file: file.file.outputPath, keys: $0.foreign)
      }
    }
  }

  private func isBehind(_ plan: SecretPlan, _ file: PlannedFile) -> Bool {
    let keepsExpression = plan.items.contains { item in
      item.action == .carry
        && lock.items[item.id].map { $0.expression !== item.item.expression.text } ?? false
    }
    if keepsExpression { return true }
    let document = file.document(of: plan.secret)
    return !plan.changesValues
      && document.map { SealedContent.isBehind(plan.secret, $0) } ?? false
  }

  /// The steps that are due and were reverted.
  private var heldBack: [PlanWarning] {
    state.workspace.groups.compactMap { credential in
      guard isUsed(credential), !credential.isSupplied,
        !request.named.renew.contains(credential.name),
        let since = request.arrivals.reverted[credential.name], let next = nextStep(of: credential),
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
    case .seal, .replace: warnings.append(.window(credential: name))
    case .rotate where !use.hasNext:
      warnings.append(.windowOfSigners(credential: name))
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

  /// Supplied credentials that are due; only a person can renew them.
  private func overdueSupplies(_ renewals: [Renewal]) -> [PlanWarning] {
    guard request.others == .due, request.named.renew.isEmpty else { return [] }
    let used = usedNames
    let renewed = Set(renewals.map(\.credential.name))
    return state.workspace.credentials.filter { credential in
      credential.isSupplied && used.contains(credential.name) && !renewed.contains(credential.name)
    }.compactMap { credential in
      guard let due = state.dueTime(credential), due <= request.now else { return nil }
      return .supplyDue(credential: credential.name, since: due)
    }
  }

  /// Supplied values that contain a renewed value and stay unchanged.
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
    let planned = Set((state.files + state.otherFiles).flatMap(\.template.secrets).map(\.path))
    return Set(lock.order.map(\.secretPath)).subtracting(planned).sorted().map { .templateGone($0) }
  }
}
