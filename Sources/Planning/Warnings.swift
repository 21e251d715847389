/// What a person should know before a run: windows, leftovers, what only they can renew.

package import Kubernetes
internal import Manifests
internal import Text
internal import Workspace

package enum PlanWarning: Sendable, Equatable {
  case unusedCredential(String)
  /// A new value whose old one pods may still have; whether the old one is kept beside it.
  case window(credential: String, keepsPrevious: Bool)
  /// Tokens that were signed before the last renewal end with this one.
  case tokensEnd(credential: String, before: Timestamp)
  case supplyDue(credential: String, since: Timestamp)
  case immutable(secret: String)
  /// Items of a sealed file that no template names.
  case foreignItems(file: String, keys: [String])
  /// A SealedSecret, `namespace/name`, without a template.
  case templateGone(String)
}

extension Planner {
  func warnings(_ renewals: [Renewal], _ files: [FilePlan]) -> [PlanWarning] {
    let used = state.usedNames
    var warnings = state.workspace.credentials.filter { !used.contains($0.name) }.map {
      PlanWarning.unusedCredential($0.name)
    }
    warnings += renewals.filter(\.replaces).flatMap { windows($0) } + overdueSupplies(renewals)
    for secret in files.flatMap(\.secrets)
    where secret.secret.immutable == true && secret.changesValues {
      warnings.append(.immutable(secret: secret.secret.name))
    }
    for file in files {
      for secret in file.secrets where !secret.foreign.isEmpty {
        warnings.append(.foreignItems(file: file.file.outputPath, keys: secret.foreign))
      }
    }
    return warnings + goneTemplates()
  }

  private func windows(_ renewal: Renewal) -> [PlanWarning] {
    let name = renewal.credential.name
    let items = state.files.flatMap(\.template.secrets).flatMap(\.items)
    let keepsPrevious =
      !request.forget.contains(name) && items.contains { $0.expression.previousOf === name }
    var warnings = [PlanWarning.window(credential: name, keepsPrevious: keepsPrevious)]
    if let lifetime = renewal.credential.tokenLifetime, let last = lock.credentials[name],
      keepsPrevious, request.now.seconds < last.time.seconds + lifetime
    {
      warnings.append(.tokensEnd(credential: name, before: last.time))
    }
    return warnings
  }

  /// Supplied credentials that are due: only a person can renew them.
  private func overdueSupplies(_ renewals: [Renewal]) -> [PlanWarning] {
    guard request.others == .due, request.renew.isEmpty else { return [] }
    let used = state.usedNames
    let renewed = Set(renewals.map(\.credential.name))
    return state.workspace.credentials.filter { credential in
      credential.isSupplied && used.contains(credential.name) && !renewed.contains(credential.name)
    }.compactMap { credential in
      guard let due = state.dueTime(credential), due <= request.now else { return nil }
      return .supplyDue(credential: credential.name, since: due)
    }
  }

  private func goneTemplates() -> [PlanWarning] {
    let planned = Set(
      state.files.flatMap { file in
        file.template.secrets.map { "\(namespace(of: $0) ?? "")/\($0.name)" }
      })
    let locked = lock.order.map { "\($0.namespace ?? "")/\($0.secret)" }
    return Set(locked).subtracting(planned).sorted().map { .templateGone($0) }
  }
}
