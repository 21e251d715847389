/// Decides which credentials get new values and where each item comes from (docs/rotation.md).

internal import Manifests
internal import Text
internal import Workspace
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
    let missing = request.others == .none ? [] : missingNames
    for credential in state.workspace.credentials where credential.isSupplied {
      if request.renew.contains(credential.name) {
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

  private func unknownNames() -> [Refusal] {
    let used = state.usedNames
    return request.renew.sorted().compactMap { name in
      if state.workspace.credential(name) == nil {
        return .unknownCredential(name, known: state.workspace.credentials.map(\.name))
      }
      return used.contains(name) ? nil : .unusedCredential(name)
    }.map { Refusal(reason: $0, file: nil, location: nil) }
  }

  /// Scopes of Secrets that no template has: a typo here would seal with another scope.
  private func unknownScopes() -> [Refusal] {
    let names = state.files.flatMap(\.template.secrets).map(\.name)
    let known = Set(names)
    return state.environment.scopes.keys.sorted().filter { !known.contains($0) }.map { name in
      Refusal(
        reason: .unknownScopeName(name, environment: state.environment.name, known: names),
        file: nil, location: state.environment.location)
    }
  }

  /// Without the lock file nothing is known of what was sealed, so nothing of it may be replaced
  /// by accident, and nothing at all where pods run with it.
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
      let used = state.usedNames
      let supplied = state.workspace.credentials.filter {
        $0.isSupplied && used.contains($0.name)
      }
      reason = .lockMissing(sealed: sealed, lock: lock, supplied: supplied.map(\.name))
    }
    return [Refusal(reason: reason, file: sealed, location: nil)]
  }

  /// Whether every generated credential that is used was asked for.
  private var renewsAll: Bool {
    let used = state.usedNames
    return state.workspace.credentials.allSatisfy {
      $0.isSupplied || !used.contains($0.name) || request.renew.contains($0.name)
    }
  }

  private func renewals(available: Set<String>, _ refusals: inout [Refusal]) -> [Renewal] {
    let used = state.usedNames
    let (needed, wanted) = suppliedNames()
    let (isNeeded, isWanted) = (Set(needed), Set(wanted))
    var renewals: [Renewal] = []
    for credential in state.workspace.credentials where used.contains(credential.name) {
      let replaces = lock.credentials[credential.name] != nil
      func renew(_ reason: Renewal.Reason) {
        renewals.append(Renewal(credential: credential, reason: reason, replaces: replaces))
      }
      if credential.isSupplied {
        guard isNeeded.contains(credential.name) || isWanted.contains(credential.name) else {
          continue
        }
        if available.contains(credential.name) {
          renew(request.forget.contains(credential.name) ? .compromised : .supplied)
        } else if isNeeded.contains(credential.name) {
          refusals.append(
            Refusal(
              reason: .supplyMissing(credential: credential.name, variable: credential.variable),
              file: nil, location: credential.location))
        }
      } else if let reason = reason(credential, replaces: replaces) {
        renew(reason)
      }
    }
    return renewals
  }

  /// Why a generated credential gets a new value; nil where it keeps its own.
  private func reason(_ credential: Credential, replaces: Bool) -> Renewal.Reason? {
    if request.forget.contains(credential.name) { return .compromised }
    if request.renew.contains(credential.name) {
      // Of a file without its lock file nobody knows, so it may well have been sealed.
      let isNew = !replaces && !state.files.contains { $0.manifest != nil }
      return isNew ? .neverSealed : .asked
    }
    switch request.others {
    case .none: return nil
    case .missing: return replaces ? nil : .neverSealed
    case .due:
      guard replaces else { return .neverSealed }
      guard let due = state.dueTime(credential), due <= request.now else { return nil }
      return .due(since: due)
    }
  }

  /// The credentials with an item that is not there yet.
  private var missingNames: Set<String> {
    var names: Set<String> = []
    for file in state.files {
      for secret in file.template.secrets {
        let document = file.document(name: secret.name, namespace: namespace(of: secret))
        for item in secret.items where document?.value(item.key) == nil {
          names.formUnion(item.expression.credentials)
        }
      }
    }
    return names
  }

  func namespace(of secret: TemplateSecret) -> String? {
    secret.namespace ?? state.environment.namespace
  }
}
