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

  var lock: LockFile { state.lock ?? LockFile() }

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
      } else if !request.selection.isOnly, hasMissingItem(credential.name) {
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
      usedNames: state.usedNames, renewals: renewals, files: files,
      refusals: refusals,
      warnings: warnings(renewals, files))
  }

  // MARK: Which credentials

  func isNamed(_ name: String) -> Bool {
    if request.compromised.contains(name) || request.named.contains(name) { return true }
    if case .only(let names) = request.selection { return names.contains(name) }
    return false
  }

  private func unknownNames() -> [Refusal] {
    var names = request.compromised + request.named
    if case .only(let only) = request.selection { names += only }
    let known = state.workspace.credentials.map(\.name)
    let used = state.usedNames
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
    let used = state.usedNames
    let names = state.workspace.credentials.filter { $0.isSupplied && used.contains($0.name) }.map(
      \.name)
    return names.isEmpty ? "" : " --only " + names.joined(separator: " ")
  }

  private func renewals(available: Set<String>, _ refusals: inout [Refusal]) -> [Renewal] {
    let used = state.usedNames
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
}
