/// What a person should know before a run: windows, leftovers, what only they can renew.

internal import Credentials
internal import Manifests

extension Planner {
  func warnings(_ renewals: [Renewal], _ files: [FilePlan]) -> [String] {
    var warnings: [String] = []
    let items = state.files.flatMap(\.template.secrets).flatMap(\.items)
    let used = state.usedNames
    for credential in state.workspace.credentials where !used.contains(credential.name) {
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
    let used = state.usedNames
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
