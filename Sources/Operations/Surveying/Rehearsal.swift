/// Plans and builds the first cutover of a drafted workspace, without values, to find refusals.

internal import Building
internal import Cryptography
internal import Kubernetes
internal import Planning
internal import Rules
internal import Reporting
internal import Repository
internal import Text
internal import Words
internal import Workspace

struct Rehearsal {
  let workspace: LoadedWorkspace
  let remote: RemoteFiles

  /// What `rotate`, or `adopt` if it is deployed, would refuse in any environment.
  ///
  /// What a person still has to provide, a certificate and supplied values, is assumed to be there.
  func refusals() throws -> [Diagnostic] {
    try workspace.file.environments.flatMap { environment throws -> [Diagnostic] in
      do {
        try run(environment)
        return []
      } catch let error as CommandError
        where error.diagnostics.contains(where: { $0.file != nil })
      {
        return error.diagnostics
      }
    }
  }

  private func run(_ environment: WorkspaceEnvironment) throws {
    let now = Surroundings.now()
    let loader = EnvironmentLoader(workspace: workspace, environment: environment)
    let state = try loader.state(certificate: nil)
    let contexts = try KustomizationReader(loader: loader).contexts(state)
    let errors = contexts.flatMap { $0.findings() }.filter { $0.severity == .error }
    guard errors.isEmpty else { throw CommandError(errors) }
    let request = RunRequest(
      others: .missing, now: now, rotation: try Surroundings.rotation(now))
    let supplied = workspace.file.credentials.filter(\.isSupplied).map(\.name)
    let plan = Planner(state: state, request: request).plan(available: Set(supplied))
    guard plan.refusals.isEmpty else { throw CommandError(plan.refusals.map(\.diagnostic)) }
    let operation = RotateOperation(
      plan: plan, state: state, request: request, contexts: contexts,
      values: environment.deployed ? .inUse : .new)
    let changes = try workspace.explained {
      try operation.changes(
        sealed: try Self.stand(in: plan), fingerprint: Self.noFingerprint, lock: nil)
    }
    let proof = try BuildProof(
      workspace: workspace, contexts: contexts, plan: plan, state: state,
      terms: .init(
        values: environment.deployed ? .running : .new, report: .refusals, remote: remote)
    ).check(changes)
    Notices.warn(proof.warnings, environment: environment.name)
  }

  private static let noFingerprint = "sha256:" + String(repeating: "0", count: 64)

  /// Bytes in place of ciphertexts, because a build does not inspect them.
  private static func stand(in plan: RunPlan) throws -> ValueSealing.Result {
    var result = ValueSealing.Result()
    for (index, (_, item)) in plan.sealedItems.enumerated() {
      // The length of a session key of 2,048 bits in two bytes, that key, and an empty value.
      var bytes: [UInt8] = [1, 0] + [UInt8](repeating: 0, count: 256 + 16)
      for place in 0..<8 { bytes[2 + place] = UInt8(truncatingIfNeeded: index >> (8 * place)) }
      let text = bytes.withUnsafeBytes { Base64.encode($0) }
      guard let value = SealedValue(base64: text) else { continue }
      result.values[item.id] = value
    }
    return result
  }
}
