/// Decides which credentials get new values and where each item comes from (docs/rotation.md).

internal import Credentials
internal import Manifests
internal import YAML

/// Plans runs of one environment.
///
/// Holds no secret, reads no file and no clock.
package struct Planner: Sendable {
  package let state: EnvironmentState
  package let request: RunRequest

  package init(state: EnvironmentState, request: RunRequest) {
    self.state = state
    self.request = request
  }

  private var lock: LockFile { state.lock ?? LockFile() }

  /// The supplied credentials whose value this run needs: named ones, and those of items that are
  /// not there yet.
  ///
  /// Optional ones that nobody named are wanted, not needed.
  package func suppliedNames() -> (needed: [String], wanted: [String]) {
    var needed: [String] = []
    var wanted: [String] = []
    for credential in state.workspace.credentials where credential.isSupplied {
      if isNamed(credential.name) {
        needed.append(credential.name)
      } else if selectsMissing, hasMissingItem(credential.name) {
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
  /// - Parameter available: the supplied credentials of which a value is at hand.
  package func plan(available: Set<String>) -> RunPlan {
    var refusals = unknownNames() + unknownScopes() + missingLock()
    let renewals = renewals(available: available, &refusals)
    let renewed = Set(renewals.map(\.credential.name))
    let files = state.files.map { file in
      FilePlan(
        file: file,
        secrets: file.template.secrets.map { secret in
          SecretPlanner(planner: self, file: file, secret: secret, renewed: renewed)
            .plan(&refusals)
        })
    }
    return RunPlan(
      usedNames: usedNames, renewals: renewals, files: files,
      refusals: refusals,
      warnings: warnings(renewals, files))
  }

  // MARK: Which credentials

  func isNamed(_ name: String) -> Bool {
    if request.compromised.contains(name) || request.named.contains(name) { return true }
    if case .only(let names) = request.selection { return names.contains(name) }
    return false
  }

  private var selectsMissing: Bool {
    if case .only = request.selection { false } else { true }
  }

  /// The credentials that some template uses.
  private var usedNames: Set<String> {
    Set(state.files.flatMap(\.template.secrets).flatMap(\.items).flatMap(\.expression.credentials))
  }

  private func unknownNames() -> [Refusal] {
    var names = request.compromised + request.named
    if case .only(let only) = request.selection { names += only }
    let known = state.workspace.credentials.map(\.name)
    let used = usedNames
    return names.filter { known.contains($0) && !used.contains($0) }.map { name in
      Refusal(
        message: "no template uses '\(name)', so there is nothing to seal",
        hint: "leave it out", file: "moltseal.yml", location: nil)
    }
      + names.filter { !known.contains($0) }.map { name in
        Refusal(
          message: "no credential is named '\(name)'\(nearest(to: name, among: known))",
          hint: "the workspace has: \(known.joined(separator: ", "))", file: "moltseal.yml",
          location: nil)
      }
  }

  /// Scopes of Secrets that no template has: a typo here would seal with another scope.
  private func unknownScopes() -> [Refusal] {
    let known = state.files.flatMap(\.template.secrets).map(\.name)
    return state.environment.scopes.keys.sorted().filter { !known.contains($0) }.map { name in
      Refusal(
        message:
          "scopes of '\(state.environment.name)' names '\(name)', which no template has\(nearest(to: name, among: known))",
        hint: "the templates have: \(known.joined(separator: ", "))", file: "moltseal.yml",
        location: state.environment.location)
    }
  }

  /// Without the lock file nothing is known of what was sealed, so nothing of it may be replaced
  /// by accident.
  private func missingLock() -> [Refusal] {
    guard state.lock == nil, request.selection != .all,
      let file = state.files.first(where: { $0.manifest != nil })
    else { return [] }
    return [
      Refusal(
        message:
          "'\(file.outputPath)' stands here, but its lock file '\(state.environment.lockPath)' does not",
        hint:
          "get the lock file back from git; or give everything new values: rotate --all\(suppliedHint)",
        file: file.outputPath, location: nil)
    ]
  }

  /// The supplied credentials that a renewal of everything has to name.
  private var suppliedHint: String {
    let used = usedNames
    let names = state.workspace.credentials.filter { $0.isSupplied && used.contains($0.name) }.map(
      \.name)
    return names.isEmpty ? "" : " --only " + names.joined(separator: " ")
  }

  private func renewals(available: Set<String>, _ refusals: inout [Refusal]) -> [Renewal] {
    let used = usedNames
    let (needed, wanted) = suppliedNames()
    var renewals: [Renewal] = []
    for credential in state.workspace.credentials where used.contains(credential.name) {
      let replaces = lock.credentials[credential.name] != nil
      func renew(_ reason: String) {
        renewals.append(Renewal(credential: credential, reason: reason, replaces: replaces))
      }
      if credential.isSupplied {
        guard (needed + wanted).contains(credential.name) else { continue }
        if available.contains(credential.name) {
          renew(request.compromised.contains(credential.name) ? "compromised" : "supplied")
        } else if needed.contains(credential.name) {
          refusals.append(missingSupply(credential))
        }
      } else if let reason = reason(credential, replaces: replaces) {
        renew(reason)
      }
    }
    return renewals
  }

  /// Why a generated credential gets a new value; nil where it keeps its own.
  private func reason(_ credential: Credential, replaces: Bool) -> String? {
    if request.compromised.contains(credential.name) { return "compromised" }
    switch request.selection {
    case .only(let names): return names.contains(credential.name) ? "named by --only" : nil
    case .all: return replaces ? "--all" : "never sealed"
    case .missing: return replaces ? nil : "never sealed"
    case .due:
      guard replaces else { return "never sealed" }
      guard let due = state.dueTime(credential), due <= request.now else { return nil }
      return "due since \(due.day)"
    }
  }

  private func missingSupply(_ credential: Credential) -> Refusal {
    Refusal(
      message: "credential '\(credential.name)' is supplied, and no value for it was given",
      hint: "set \(credential.variable), or pass --supply \(credential.name)=@FILE",
      file: "moltseal.yml", location: credential.location)
  }

  private func hasMissingItem(_ name: String) -> Bool {
    state.files.contains { file in
      file.template.secrets.contains { secret in
        let document = file.manifest?.document(name: secret.name, namespace: namespace(of: secret))
        return secret.items.contains { item in
          item.expression.credentials.contains(name) && document?.value(item.key) == nil
        }
      }
    }
  }

  func namespace(of secret: TemplateSecret) -> String? {
    secret.namespace ?? state.environment.namespace
  }

  // MARK: What a person should know first

  private func warnings(_ renewals: [Renewal], _ files: [FilePlan]) -> [String] {
    var warnings: [String] = []
    let items = state.files.flatMap(\.template.secrets).flatMap(\.items)
    for credential in state.workspace.credentials
    where !items.contains(where: { $0.expression.credentials.contains(credential.name) }) {
      warnings.append("credential '\(credential.name)' is used by no template")
    }
    for renewal in renewals where renewal.replaces {
      let name = renewal.credential.name
      let keepsPrevious =
        !request.compromised.contains(name) && items.contains { $0.expression.previousOf == name }
      warnings.append(
        keepsPrevious
          ? "until every pod has rolled, pods with the old '\(name)' refuse what new ones sign"
          : "from the sync until every pod has rolled, pods with the old '\(name)' can be refused")
      if let lifetime = renewal.credential.tokenLifetime, let last = lock.credentials[name],
        keepsPrevious, request.now.seconds < last.time.seconds + lifetime
      {
        warnings.append(
          "'\(name)' was renewed less than its tokenLifetime ago: tokens from before \(last.time.day) end with this run"
        )
      }
    }
    warnings += overdueSupplies(renewals)
    for secret in files.flatMap(\.secrets)
    where secret.secret.immutable == true && secret.changesValues {
      warnings.append(
        "Secret '\(secret.secret.name)' is immutable: where it is live, the controller cannot change it; delete it then"
      )
    }
    for file in files {
      for secret in file.secrets where !secret.foreign.isEmpty {
        warnings.append(
          "\(file.file.outputPath) has items that no template names, which stay: \(secret.foreign.joined(separator: ", "))"
        )
      }
    }
    return warnings + goneTemplates()
  }

  /// Supplied credentials that are due: only a person can renew them.
  private func overdueSupplies(_ renewals: [Renewal]) -> [String] {
    guard request.selection == .due else { return [] }
    let used = usedNames
    return state.workspace.credentials.filter { credential in
      credential.isSupplied && used.contains(credential.name)
        && !renewals.contains { $0.credential.name == credential.name }
    }.compactMap { credential in
      guard let due = state.dueTime(credential), due <= request.now else { return nil }
      return
        "'\(credential.name)' is due since \(due.day); get a new value from who issues it, then: rotate --only \(credential.name)"
    }
  }

  private func goneTemplates() -> [String] {
    let planned = Set(
      state.files.flatMap { file in
        file.template.secrets.map { "\(namespace(of: $0) ?? "")/\($0.name)" }
      })
    let locked = lock.order.map { "\($0.namespace ?? "")/\($0.secret)" }
    return Set(locked).subtracting(planned).sorted().map {
      "SealedSecret \($0) has no template any more and stays as it is"
    }
  }
}
