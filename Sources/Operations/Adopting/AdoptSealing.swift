/// The second step of an adoption: seals the live values and removes the generator entries.

internal import Building
internal import CProcess
internal import ClusterAccess
internal import Cryptography
internal import Kubernetes
internal import Planning
internal import Rules
internal import Reporting
internal import Repository
internal import SecretIO
internal import Secrets
internal import Text
internal import Files
internal import Words
internal import Workspace

struct AdoptSealing {
  let run: AdoptRun
  let state: EnvironmentState
  let contexts: [KustomizationContext]
  let now: Timestamp
  /// The Secrets whose built names end with a hash; pods move from them to the sealed ones.
  let hashed: [String]

  /// Seals the values, checks the build, and writes the files.
  ///
  /// - Parameter held: wiped as soon as the values are sealed.
  func run(
    _ held: HeldValues, certificate: Result<SealingCertificate, any Error>
  ) throws -> AdoptionResult {
    try certificate.get().checkTrust(run.environment, now: now)
    let (changes, proof) = try proven(held, certificate: certificate, .everything)
    return try run.write(
      changes,
      .sealed(secrets: contexts.flatMap(\.replaced).map(\.name), proof: proof, hashed: hashed))
  }

  /// Seals the values and checks the build, but writes nothing.
  func rehearse(_ held: HeldValues, certificate: Result<SealingCertificate, any Error>) throws {
    _ = try proven(held, certificate: certificate, .refusals)
  }

  /// Plans, seals and proves the adoption.
  ///
  /// - Parameter report: what is reported besides refusals.
  private func proven(
    _ held: HeldValues, certificate: Result<SealingCertificate, any Error>,
    _ report: BuildProof.Terms.Report
  ) throws -> (changes: ChangeSet, proof: [String]) {
    let request = RunRequest(
      others: .missing, now: now, rotation: try Surroundings.rotation(now))
    let plan = try plan(request, held.values)
    let sealing = try certificate.get()
    let sealed = try seal(plan, held, sealing, report)
    let lock = try run.loader.read(
      run.environment.lockPath, limit: EnvironmentLoader.sealedLimit)
    let operation = RotateOperation(
      plan: plan, state: state, request: request, contexts: contexts, values: .inUse)
    let changes = try run.workspace.explained {
      try operation.changes(sealed: sealed, fingerprint: sealing.fingerprint, lock: lock)
    }
    try run.place.refuseNested(changes.paths, in: run.workspace.folder)
    let proof = try BuildProof(
      workspace: run.workspace, contexts: contexts, plan: plan, state: state,
      terms: .init(values: .running, report: report, remote: run.asked.terms.remote)
    ).check(changes)
    Notices.warn(proof.warnings, environment: run.environment.name)
    return (changes, proof.sentences)
  }

  /// Plans the adoption, which makes no new values.
  private func plan(_ request: RunRequest, _ values: AdoptedValues) throws -> RunPlan {
    let planner = Planner(state: state, request: request)
    let plan = planner.plan(available: available(values))
    try Cutover.refuseShared(plan, state)
    let refused = plan.refusals.map(refusal) + missing(plan, values)
    guard refused.isEmpty else { throw CommandError(refused) }
    return plan
  }

  /// Seals the values; no plaintext is left when it returns.
  private func seal(
    _ plan: RunPlan, _ held: HeldValues, _ certificate: SealingCertificate,
    _ report: BuildProof.Terms.Report
  ) throws -> ValueSealing.Result {
    MemoryProtection.warn()
    let sealed = try run.workspace.explained {
      try ValueSealing(
        for: certificate.certificate.key, threads: Surroundings.processors,
        warn: { if report == .everything { Notices.warn($0) } }
      ).seal(plan, from: .adopted(held.values))
    }
    held.release()
    moltseal_wipe_stack()
    Notices.reached("sealed")
    return sealed
  }

  /// Words a refusal of the plan for an adoption, which takes no supplied values.
  private func refusal(_ refusal: Refusal) -> Diagnostic {
    guard case .supplyMissing(let credential, _) = refusal.reason else { return refusal.diagnostic }
    return Diagnostic(
      "credential '\(credential)' has no value in the current build, so there is none to adopt",
      hint: "remove its keys from the templates, and add them after the adoption",
      file: refusal.file ?? Workspace.fileName, location: refusal.location)
  }

  /// Returns the supplied credentials for which some item has a value.
  private func available(_ values: AdoptedValues) -> Set<String> {
    var names: Set<String> = []
    for secret in state.files.flatMap(\.template.secrets) {
      for item in secret.items where values[place(secret, item.key)] != nil {
        names.formUnion(item.expression.credentials)
      }
    }
    return names.filter { state.workspace.credential($0)?.isSupplied == true }
  }

  private func place(_ secret: TemplateSecret, _ key: String) -> ValuePlace {
    ValuePlace(namespace: secret.namespace, secret: secret.builtName, key: key)
  }

  /// Returns the items whose new value would differ from what runs now.
  private func missing(_ plan: RunPlan, _ values: AdoptedValues) -> [Diagnostic] {
    var found: [Diagnostic] = []
    for (secret, item) in plan.sealedItems {
      let key = item.item.key
      if item.item.expression.credentials.contains(where: {
        state.workspace.credential($0)?.isKeyPair == true
      }) {
        found.append(
          Diagnostic(
            "'\(secret.secret.name)/\(key)' is a key pair, whose public key cannot be published from a live value",
            hint: "make it a supplied credential for now, and a key pair in a later rotation",
            file: secret.secret.name))
        continue
      }
      // A key that is published ahead is not in use yet.
      if item.item.expression.nextOf != nil { continue }
      let isThere =
        values[
          ValuePlace(namespace: secret.namespace, secret: secret.secret.builtName, key: key)] != nil
      if !isThere, !item.item.expression.credentials.isEmpty {
        found.append(
          Diagnostic(
            "'\(secret.secret.name)/\(key)' has no value now, and an adoption makes no new values",
            hint: "remove the key from the template, and add it after the adoption",
            file: plan.files.first {
              $0.secrets.contains { $0.secret.name === secret.secret.name }
            }?
            .file.template.path))
      }
    }
    return found
  }
}
