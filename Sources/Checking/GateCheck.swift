/// `check --gate`: whether a change may be merged without a person, because it decides nothing new.
///
/// The change is made again from its base. The planner must take the same steps now, with present
/// evidence, and write the same bytes around the same ciphertexts. It can only seal the password of
/// a role that nobody uses; whether nobody knows that password cannot be checked.

internal import Building
internal import ClusterAccess
internal import Cryptography
package import Kubernetes
internal import Manifests
internal import Operations
package import Planning
package import Preflight
internal import Processes
internal import Reporting
package import Repository
internal import Text
internal import Transactions
internal import Words
package import Workspace
internal import YAML

package struct GateCheck {
  /// Reads evidence about the cluster for the state of a commit, whose lock file has these bytes.
  package typealias Look = (
    EnvironmentState, [KustomizationContext], _ base: (commit: String, lock: [UInt8]), Timestamp
  ) throws -> Evidence?

  let workspace: LoadedWorkspace
  let look: Look
  let base: BaseRevision
  /// The name of the base, for messages.
  let name: String

  /// - Parameter revision: nil for the branch that a clone of the repository starts from.
  package init(
    _ workspace: LoadedWorkspace, revision: String?, look: @escaping Look
  ) throws {
    self.workspace = workspace
    self.look = look
    guard let git = workspace.place.git else {
      throw CommandError(
        "the workspace is not in a git repository, so there is no change to merge",
        hint: "run without \(CLI.gate)", consequence: nil)
    }
    let names = revision.map { [$0] } ?? ["origin/HEAD", "origin/main", "origin/master"]
    name = try names.first { try BaseRevision.commit($0, git) != nil } ?? names[0]
    base = try BaseRevision(workspace, name)
  }

  /// - Returns: whether the change consists only of steps, so that all else is as in the base.
  package func run(_ environments: [WorkspaceEnvironment], _ report: inout CheckReport) throws
    -> Bool
  {
    let isAhead = try base.git.ask(["merge-base", "--is-ancestor", base.commit, "HEAD"]).status
    guard isAhead == 0 else {
      throw CommandError(
        "HEAD is not based on \(name), so the result of a merge is not known",
        hint:
          "bring the branch up to date with \(name), or fetch the history: \(GitRepository.fetchHistory)",
        consequence: nil)
    }
    var left = try changes()
    guard !left.isEmpty else {
      refuse("there is no change since \(name)", Workspace.fileName, &report)
      return false
    }
    var changed: [(WorkspaceEnvironment, EnvironmentLoader, EnvironmentState, [String])] = []
    for environment in environments {
      let loader = EnvironmentLoader(workspace: workspace, environment: environment)
      let head = try loader.state(certificate: nil)
      let own =
        head.files.map(\.outputPath) + head.configMaps.map(\.outputPath) + [environment.lockPath]
      let paths = own.filter { left[ByBytes(base.prefix + $0)] == true }
      for path in paths { left[ByBytes(base.prefix + path)] = nil }
      if !paths.isEmpty { changed.append((environment, loader, head, paths)) }
    }
    // Nothing of the change is read, built or requested until it is known to be of steps alone.
    guard left.isEmpty else {
      for path in left.keys.map(\.text).sorted().prefix(5) {
        refuse("the change includes more than the files of a step: \(path)", path, &report)
      }
      return false
    }
    for (environment, loader, head, paths) in changed {
      try refuseWorkTree(environment, loader, head)
      try check(environment, loader, head, paths, &report)
    }
    return true
  }

  /// What differs between the base and HEAD; true if it is a plain, non-executable file in both.
  private func changes() throws -> [ByBytes: Bool] {
    let fields = try base.names([
      "diff-tree", "-r", "-z", "--raw", "--no-renames", "--ignore-submodules=none", base.commit,
      "HEAD",
    ])
    var found: [ByBytes: Bool] = [:]
    for index in stride(from: 0, to: fields.count - 1, by: 2) {
      // `:100644 100644 HASH HASH M`
      found[ByBytes(fields[index + 1])] = fields[index].begins(with: ":100644 100644 ")
    }
    return found
  }

  /// Refuses a work tree whose files differ from HEAD, which is what would be merged.
  private func refuseWorkTree(
    _ environment: WorkspaceEnvironment, _ loader: EnvironmentLoader, _ head: EnvironmentState
  ) throws {
    let paths =
      [Workspace.fileName, environment.lockPath] + head.files.map(\.outputPath)
      + head.configMaps.map(\.outputPath) + head.files.map(\.template.path)
      + head.configMaps.map(\.template.path) + loader.targets.map(\.kustomization.path)
    for path in paths {
      let result = try base.git.ask(["cat-file", "blob", "HEAD:\(base.prefix)\(path)"])
      let isThere = try loader.read(path, limit: EnvironmentLoader.sealedLimit)
      guard isThere == (result.status == 0 ? result.output : nil) else {
        throw CommandError(
          "'\(path)' differs from HEAD, which is what would be merged",
          hint: "discard local changes with git checkout -f", consequence: nil)
      }
    }
  }

  /// Takes the steps of one environment again.
  private func check(
    _ environment: WorkspaceEnvironment, _ loader: EnvironmentLoader, _ head: EnvironmentState,
    _ changed: [String], _ report: inout CheckReport
  ) throws {
    guard let bytes = try base.bytes(of: environment.lockPath), let lock = head.lock else {
      return refuse(
        "the lock file does not exist both before and after the change", environment.lockPath,
        &report)
    }
    let state = try before(loader, head, bytes)
    let steps = GateSteps(from: state.lock ?? LockFile(), to: lock)
    let now = Surroundings.now()
    guard let rotation = steps.rotation, steps.isDated(until: now) else {
      return refuse(
        "the change is not the result of one run since the base", environment.lockPath, &report)
    }
    guard
      let reverted = try LockHistory(workspace, environment).reverts(state.lock, at: base.commit)
    else {
      return refuse(
        "without the history it is not known whether a step was reverted: \(GitRepository.fetchHistory)",
        environment.lockPath, &report)
    }
    let contexts = try KustomizationReader(loader: loader).contexts(head)
    let evidence = try look(state, contexts, (base.commit, bytes), now)
    let unswitched = Cutover.unswitched(state, contexts)
    func request(at time: Timestamp) -> RunRequest {
      RunRequest(
        others: .due, now: time, rotation: rotation,
        arrivals: Arrivals(evidence: evidence, reverted: reverted, unswitched: unswitched))
    }
    let plan = Planner(state: state, request: request(at: now)).plan(only: steps.credentials)
    guard isOpen(plan, steps, environment, &report) else { return }
    let sealed = steps.sealed(plan, head)
    guard isSealedRight(plan, steps, sealed, state, &report) else { return }
    let operation = RotateOperation(
      plan: plan, state: state, request: request(at: steps.time ?? now), contexts: contexts)
    let written = try workspace.explained {
      try operation.changes(
        sealed: sealed, fingerprint: steps.certificate(plan) ?? "", lock: bytes)
    }
    let expected = Dictionary(
      written.changes.filter { $0.old != $0.new }.map { (ByBytes($0.path), $0.new) },
      uniquingKeysWith: { first, _ in first })
    for path in Set(changed.map { ByBytes($0) }).union(expected.keys) {
      guard let new = expected[path],
        try loader.read(path.text, limit: EnvironmentLoader.sealedLimit) == new
      else {
        refuse("\(path.text) is not what the step writes", path.text, &report)
        continue
      }
    }
    for step in plan.steps {
      report.look(
        at:
          "the gate of \(environment.name), \(step.credential.name) (\(step.step.words)): \(step.gates.map(\.answer.reason).joined(separator: "; "))"
      )
    }
  }

  /// Whether the change seals only the password of an idle role, with new ciphertexts that fit the
  /// pinned key.
  private func isSealedRight(
    _ plan: RunPlan, _ steps: GateSteps, _ sealed: ValueSealing.Result, _ state: EnvironmentState,
    _ report: inout CheckReport
  ) -> Bool {
    let environment = state.environment
    let lock = environment.lockPath
    let idle = plan.steps.compactMap { step -> [String]? in
      guard case .renew(let role) = step.step else { return nil }
      return [step.credential.name, role.suffix]
    }
    let isOfRoles = plan.sealedItems.allSatisfy { secret, _ in
      idle.contains([secret.secret.pair ?? "", secret.secret.role?.suffix ?? ""])
    }
    guard isOfRoles else {
      refuse(
        "the change seals something other than the password of an idle role", lock, &report)
      return false
    }
    guard !plan.sealedItems.isEmpty else { return true }
    let certificate = try? SealingCertificate.load(
      override: nil, environment: environment, folder: workspace.folder, now: Surroundings.now())
    guard let key = certificate?.certificate.key, steps.certificate(plan) == key.fingerprint,
      environment.fingerprints.contains(key.fingerprint)
    else {
      refuse(
        "the change seals for another key than the environment's pinned one", lock, &report)
      return false
    }
    let modulus = key.modulus
    let known = Set((state.lock?.items ?? [:]).values.map(\.ciphertext))
    for (_, value) in sealed.values {
      guard (try? SealedFormat(base64: value.base64))?.fits(modulus: modulus) == true,
        !known.contains(value.digest { Digest.sha256($0) })
      else {
        refuse("a sealed value is not a new ciphertext for the pinned key", lock, &report)
        return false
      }
    }
    return true
  }

  /// Whether each credential takes the end of its rotation, and may take it now.
  private func isOpen(
    _ plan: RunPlan, _ steps: GateSteps, _ environment: WorkspaceEnvironment,
    _ report: inout CheckReport
  ) -> Bool {
    let lock = environment.lockPath
    var isOpen = true
    for refusal in plan.refusals {
      isOpen = false
      refuse(refusal.reason.words.message, refusal.file ?? lock, &report)
    }
    for name in steps.credentials.sorted() {
      if let closed = plan.waiting.first(where: { $0.credential.name === name }) {
        isOpen = false
        report.add([
          Finding(
            code: "gate-closed", severity: .error,
            message: "\(name): \(closed.waitingWords)",
            hint: "check again later; merging it now can lock pods out", file: lock,
            location: nil)
        ])
        continue
      }
      guard let step = plan.steps.first(where: { $0.credential.name === name }), step.isTail else {
        isOpen = false
        refuse("\(name) takes a step that a person has to decide on", lock, &report)
        continue
      }
    }
    return isOpen
  }

  /// The environment as it is at the base.
  ///
  /// Templates and kustomization are those of the work tree: only files of the steps differ.
  private func before(
    _ loader: EnvironmentLoader, _ head: EnvironmentState, _ lock: [UInt8]
  ) throws -> EnvironmentState {
    EnvironmentState(
      workspace: head.workspace, environment: head.environment,
      files: try head.files.map { file in
        PlannedFile(
          template: file.template, outputPath: file.outputPath,
          manifest: try base.bytes(of: file.outputPath).map {
            try loader.parse(file.outputPath, $0) { source throws(YAMLError) in
              try SealedSecretFile(source)
            }
          }, suppliedNamespace: file.suppliedNamespace, target: file.target)
      },
      configMaps: try head.configMaps.map { file in
        PlannedConfigMaps(
          template: file.template, outputPath: file.outputPath,
          bytes: try base.bytes(of: file.outputPath), target: file.target)
      },
      lock: try loader.parse(head.environment.lockPath, lock) { source throws(YAMLError) in
        try LockFile(source)
      }, certificate: head.certificate, sha256: { Digest.sha256($0) })
  }

  private func refuse(_ message: String, _ file: String, _ report: inout CheckReport) {
    report.add([
      Finding(
        code: "not-a-tail", severity: .error, message: message,
        hint: "let a person review and merge this change", file: file, location: nil)
    ])
  }
}
