/// The first and the last step of an adoption, which seal nothing.

internal import ClusterAccess
internal import Cryptography
internal import Kubernetes
internal import Manifests
internal import Planning
internal import Rules
internal import Reporting
internal import Repository
internal import Secrets
internal import Text
internal import Files
internal import Words
internal import Workspace
internal import YAML

extension AdoptRun {
  /// The first step: adds the annotations of the preparation, and nothing else.
  func prepare(
    _ cut: [KustomizationContext], _ unprepared: [Adoptable], _ before: [Build]
  ) throws -> AdoptionResult {
    var changes = ChangeSet()
    for context in cut { changes.add(try workspace.explained { try Adoption.prepare(context) }) }
    let after = try build(cut, [changes.changes])
    for (context, (before, after)) in zip(cut, zip(before, after.map { $0[0] })) {
      let findings = PreparationCheck(before: before, after: after, path: context.path).findings()
      guard findings.isEmpty else { throw CommandError(findings) }
    }
    return try write(changes, .prepared(secrets: unprepared.map(\.wanted.liveName)))
  }

  /// The last step: lets the SealedSecrets own their Secrets.
  func own(_ state: EnvironmentState) throws -> AdoptionResult {
    let adopting = state.files.filter(\.isAdopting)
    let wanted = adopting.flatMap(\.template.secrets).map {
      LiveSecrets.Wanted(name: $0.builtName, namespace: $0.namespace, liveName: $0.builtName)
    }
    try proveOwned(wanted)
    let changes = try workspace.explained { try Adoption.own(state) }
    let sealed = state.lock?.credentials ?? [:]
    let supplied = workspace.file.groups.filter { $0.isSupplied && sealed[$0.name] != nil }
      .map(\.name)
    return try write(
      changes,
      .owned(
        secrets: adopting.flatMap(\.template.secrets).map(\.builtName), supplied: supplied,
        generated: sealed.count - supplied.count))
  }

  /// Refuses where the live Secrets do not come from their SealedSecrets yet, or nobody has looked.
  private func proveOwned(_ wanted: [LiveSecrets.Wanted]) throws {
    guard let live = try liveValues(wanted) else { return try goOnUnproven() }
    let behind = wanted.filter {
      live.annotation(SecretOwnership.skips, of: $0.name, namespace: $0.namespace) != "true"
    }
    guard behind.isEmpty else {
      throw CommandError(
        behind.map {
          Diagnostic(
            "the live Secret '\($0.name)' \(live.has($0.name, namespace: $0.namespace) ? "does not come from its SealedSecret yet" : "does not exist")",
            hint:
              "wait until the cluster has the adoption's commit, then check the SealedSecret's status"
          )
        })
    }
  }

  /// Goes on without a look at the cluster, if somebody has said that this is meant.
  private func goOnUnproven() throws {
    guard asked.terms.arrival == .assumed else {
      throw CommandError(
        "it is not known whether the Secrets in the cluster come from their SealedSecrets",
        hint:
          "pass \(CLI.live), or \(CLI.from) - with the output of kubectl get secret -o json; to go on without: \(CLI.assumeLive)"
      )
    }
    Notices.warn(
      "not proven live: it is not known whether the Secrets in the cluster carry \(SecretOwnership.skips), that is, come from their SealedSecrets"
    )
  }
}
