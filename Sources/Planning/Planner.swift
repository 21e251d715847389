/// Decides which credentials get new values and where each item comes from (docs/rotation.md).

internal import Manifests
internal import Text
internal import Workspace
internal import YAML

/// Plans runs of one environment.
///
/// It has no secrets, and reads no file and no clock.
package struct Planner: Sendable {
  let state: EnvironmentState
  let request: RunRequest
  /// The values that templates use.
  let usedNames: Set<String>
  /// How templates use each key, by its credential.
  private let uses: [String: KeyUse]
  /// The ciphertexts of each credential, to compare with evidence.
  let ciphertexts: [String: [String: String]]
  /// What is refused without refusing the rest.
  let aside: SetAside

  package init(state: EnvironmentState, request: RunRequest) {
    self.init(state: state, request: request, aside: SetAside())
  }

  init(state: EnvironmentState, request: RunRequest, aside: SetAside) {
    self.state = state
    self.request = request
    self.aside = aside
    usedNames = state.usedNames
    uses = Planner.uses(state)
    ciphertexts =
      request.arrivals.evidence == nil ? [:] : state.lock?.ciphertextsByCredential ?? [:]
  }

  func use(of credential: Credential) -> KeyUse {
    uses[credential.name] ?? .none
  }

  var lock: LockFile { state.lock ?? LockFile() }

  /// The supplied credentials whose value this run needs: the named ones, and those of items that
  /// do not exist yet.
  ///
  /// Optional credentials that nobody named are wanted, not needed.
  package func suppliedNames() -> (needed: [String], wanted: [String]) {
    var needed: [String] = []
    var wanted: [String] = []
    let missing = request.others == .none ? [] : missingNames
    for credential in state.workspace.credentials where credential.isSupplied {
      if request.named.renew.contains(credential.name) {
        needed.append(credential.name)
      } else if missing.contains(credential.name) {
        if credential.isOptional {
          wanted.append(credential.name)
        } else {
          needed.append(credential.name)
        }
      }
    }
    return (needed, wanted)
  }

  /// The plan.
  ///
  /// - Parameter available: the supplied credentials whose value is available.
  package func plan(available: Set<String>) -> RunPlan {
    let whole = attempt(available: available)
    guard !whole.refusals.isEmpty else { return whole }
    return planWithoutRefused(whole, available: available) ?? whole
  }

  /// The plan, with all refusals except those of what is set aside.
  func attempt(available: Set<String>) -> RunPlan {
    let steps = steps(available: available)
    let refusals = unknownNames() + unknownSecrets() + missingLock() + steps.refusals
    let open = steps.value.filter(\.isOpen)
    let waiting = steps.value.filter { !$0.isOpen }
    let switches = open.filter(\.step.isSwitch)
    let values = plan(open.filter { !$0.step.isSwitch }, waiting, refusals)
    guard !switches.isEmpty else { return values }
    // One commit moves one kind of thing: values first, then consumers.
    guard !values.changesValues, values.steps.isEmpty else {
      return plan(
        values.steps,
        waiting
          + switches.map { step in
            var step = step
            step.isAfterThisRun = true
            return step
          }, refusals)
    }
    return plan(switches, waiting, refusals)
  }

  /// The plan of some steps.
  private func plan(
    _ steps: [StepPlan], _ waiting: [StepPlan], _ before: [Refusal]
  ) -> RunPlan {
    var refusals = before
    let moves = Moves(steps, self)
    let leavesNew = leavesNew || !aside.newItems.isEmpty
    var leftIn: Set<String> = []
    let files = state.files.compactMap { file -> FilePlan? in
      let decisions = file.template.secrets.map { secret in
        SecretPlanner(planner: self, file: file, secret: secret, moves: moves).plan()
      }
      refusals += decisions.flatMap(\.refusals)
      let secrets = decisions.map(\.value)
      for item in secrets.flatMap(\.items) where item.action == .omit(.laterRun) {
        leftIn.formUnion(item.item.expression.credentials.map { Credential.group(of: $0) })
      }
      let kept = secrets.filter {
        !leavesNew || !$0.items.allSatisfy(\.isOmitted) || $0.items.isEmpty
      }
      return kept.isEmpty && leavesNew ? nil : FilePlan(file: file, secrets: kept)
    }
    refusals += neverSealed(steps, files)
    let marks = marks(besides: moves.renewed)
    var plan = RunPlan(
      usedNames: usedNames, steps: steps, waiting: waiting, renewals: moves.renewals,
      files: files, refusals: refusals,
      warnings: warnings(steps, moves.renewals, files, marks: marks), marks: marks,
      restarts: request.named.restart.sorted())
    plan.leftIn = leftIn
    return plan
  }

  /// The credentials that are said to have leaked but are only in items that wait for the next run.
  private func neverSealed(_ steps: [StepPlan], _ files: [FilePlan]) -> [Refusal] {
    guard leavesNew, state.lock != nil else { return [] }
    let items = files.flatMap(\.secrets).flatMap(\.items)
    return steps.filter { step in
      step.step == .seal && lock.credentials[step.credential.name] == nil
        && !items.contains { item in
          guard case .seal = item.action else { return false }
          return item.item.expression.credentials.contains {
            Credential.group(of: $0) === step.credential.name
          }
        }
    }.map { Refusal(.neverSealed($0.credential.name), of: $0.credential) }
  }

  /// The leaked passwords that are still in use or in a Secret after the run.
  private func marks(besides renewed: Set<String>) -> [String] {
    state.workspace.groups.filter { !$0.roles.isEmpty && request.forgets($0) }.flatMap { pair in
      leakedRoles(of: pair).map { Credential.member(pair.name, $0) }
    }.filter { !renewed.contains($0) && lock.credentials[$0]?.isCompromised == false }.sorted()
  }

  /// Whether the run is only for a leak or a restart.
  ///
  /// Credentials that were never sealed then do not block it, and wait for the next run.
  var leavesNew: Bool {
    request.others == .none && !(request.named.forget.isEmpty && request.named.restart.isEmpty)
  }

  // MARK: Which credentials

  private func unknownNames() -> [Refusal] {
    let used = usedNames
    // One role of a pair, or the next key of a key pair, can have leaked alone.
    let parts = request.named.forget.filter { $0 != Credential.group(of: $0) }
    let whole = request.named.restart.sorted().filter { state.workspace.group($0) == nil }
      .map { Refusal(.unknownCredential($0, known: state.workspace.names)) }
    let named = request.named.renew.sorted() + parts.sorted()
    return whole
      + named.compactMap { name in
        guard let credential = state.workspace.group(Credential.group(of: name)),
          name === credential.name || credential.members.contains(where: { $0.name === name })
            || credential.isKeyPair && name === credential.next.name
        else {
          return .unknownCredential(name, known: state.workspace.names)
        }
        let names = [credential.name] + credential.members.map(\.name)
        return used.isDisjoint(with: names) ? .unusedCredential(name) : nil
      }.map { Refusal($0) }
  }

  /// Refuses Secrets that the environment names but no template has.
  ///
  /// A typo would seal with another scope, or leave copies unnoticed.
  private func unknownSecrets() -> [Refusal] {
    let names = (state.files + state.otherFiles).flatMap(\.template.secrets).map(\.name)
    let known = Set(names)
    let fields = [
      ("scopes", Set(state.environment.targets.flatMap(\.scopes.keys))),
      ("copiedTo", Set(state.environment.copiedTo.keys)),
    ]
    return fields.flatMap { field, found in
      found.sorted().filter { !known.contains($0) }.map { name in
        Refusal(
          reason: .unknownSecretName(
            name, field: field, environment: state.environment.name, known: names),
          file: nil, location: state.environment.location)
      }
    }
  }

  /// Refuses sealed files without a lock file.
  ///
  /// Without it nothing is known about what was sealed, so none of it may be replaced by accident,
  /// and nothing at all if pods run with it.
  private func missingLock() -> [Refusal] {
    guard state.lock == nil, let file = state.files.first(where: { $0.manifest != nil }) else {
      return []
    }
    let (sealed, lock) = (file.outputPath, state.environment.lockPath)
    let reason: Refusal.Reason
    if state.environment.deployed {
      reason = .liveWithoutLock(sealed: sealed, lock: lock, environment: state.environment.name)
    } else if renewsAll {
      return []
    } else {
      let used = usedNames
      let supplied = state.workspace.credentials.filter {
        $0.isSupplied && used.contains($0.name)
      }
      reason = .lockMissing(sealed: sealed, lock: lock, supplied: supplied.map(\.name))
    }
    return [Refusal(reason: reason, file: sealed, location: nil)]
  }

  /// Whether every generated credential in use was asked for.
  private var renewsAll: Bool {
    let used = usedNames
    return state.workspace.credentials.allSatisfy {
      $0.isSupplied || !used.contains($0.name) || request.named.renew.contains($0.group)
    }
  }

  /// The credentials with an item that does not exist yet.
  private var missingNames: Set<String> {
    var names: Set<String> = []
    for file in state.files {
      for secret in file.template.secrets {
        let document = file.document(of: secret)
        for item in secret.items where document?.value(item.key) == nil {
          names.formUnion(item.expression.credentials)
        }
      }
    }
    return names
  }
}
