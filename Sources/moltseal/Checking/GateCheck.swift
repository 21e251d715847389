/// `check --gate`: whether a change may be merged without a person, for it decides nothing new.
///
/// The change is made once more from its base: the planner has to take the same steps now, by evidence of now,
/// and to write the same bytes around the same ciphertexts.

internal import Cryptography
internal import Kubernetes
internal import Manifests
internal import Operations
internal import Planning
internal import Preflight
internal import Processes
internal import Text
internal import Transactions
internal import Workspace
internal import YAML

struct GateCheck {
  let workspace: LoadedWorkspace
  let look: LookOptions
  let base: BaseRevision
  /// As a person calls the base.
  let name: String

  /// - Parameter revision: nil for the branch that a clone of the repository starts from.
  init(_ workspace: LoadedWorkspace, _ look: LookOptions, revision: String?) throws {
    self.workspace = workspace
    self.look = look
    guard let git = workspace.place.git else {
      throw CommandError(
        "the workspace is in no git repository, so there is no change to merge",
        hint: "leave --gate out", consequence: nil)
    }
    let names = revision.map { [$0] } ?? ["origin/HEAD", "origin/main", "origin/master"]
    name = try names.first { try BaseRevision.commit($0, git) != nil } ?? names[0]
    base = try BaseRevision(workspace, name)
  }

  func run(_ environments: [WorkspaceEnvironment], _ report: inout CheckReport) throws {
    let isAhead = try base.git.ask(["merge-base", "--is-ancestor", base.commit, "HEAD"]).status
    guard isAhead == 0 else {
      throw CommandError(
        "what is checked out does not begin at \(name), so what a merge of both would be is not known",
        hint:
          "bring the branch up to date with \(name), or fetch the history: git fetch --unshallow",
        consequence: nil)
    }
    var left = Set(
      try base.names(["diff-tree", "-r", "-z", "--no-renames", "--name-only", base.commit, "HEAD"])
        .map { ByBytes($0) })
    if left.isEmpty {
      refuse("there is no change since \(name)", LoadedWorkspace.fileName, &report)
    }
    for environment in environments {
      let loader = EnvironmentLoader(workspace: workspace, environment: environment)
      let head = try loader.state(certificate: nil)
      let own =
        head.files.map(\.outputPath) + head.configMaps.map(\.outputPath) + [environment.lockPath]
      let changed = own.filter { left.contains(ByBytes(base.prefix + $0)) }
      left.subtract(changed.map { ByBytes(base.prefix + $0) })
      guard !changed.isEmpty else { continue }
      try check(environment, loader, head, changed, &report)
    }
    for path in left.map(\.text).sorted().prefix(5) {
      refuse("the change is of more than the files of a step: \(path)", path, &report)
    }
  }

  /// Takes the steps of one environment again.
  private func check(
    _ environment: WorkspaceEnvironment, _ loader: EnvironmentLoader, _ head: EnvironmentState,
    _ changed: [String], _ report: inout CheckReport
  ) throws {
    guard let bytes = try base.bytes(of: environment.lockPath), let lock = head.lock else {
      return refuse("there is no lock file before and after", environment.lockPath, &report)
    }
    let state = try before(loader, head, bytes)
    let steps = Steps(from: state.lock ?? LockFile(), to: lock)
    guard let rotation = steps.rotation else {
      return refuse("the change is not that of one run", environment.lockPath, &report)
    }
    let contexts = try KustomizationReader(loader: loader).contexts(head)
    let now = Surroundings.now()
    let evidence = try look.evidence(
      state, contexts, workspace, base: (base.commit, bytes), now: now)
    func request(at time: Timestamp) -> RunRequest {
      RunRequest(
        others: .due, now: time, rotation: rotation, evidence: evidence,
        unswitched: Cutover.unswitched(state, contexts))
    }
    let plan = Planner(state: state, request: request(at: now)).plan(only: steps.credentials)
    guard isOpen(plan, steps, environment, &report) else { return }
    let operation = RotateOperation(
      plan: plan, state: state, request: request(at: steps.time ?? now), contexts: contexts)
    let written = try workspace.explained {
      try operation.changes(
        sealed: steps.sealed(plan, head), fingerprint: steps.certificate(plan) ?? "", lock: bytes)
    }
    let isTrusted = steps.certificate(plan).map { environment.fingerprints.contains($0) } ?? true
    if !isTrusted {
      refuse("what is sealed anew is for a key that is not pinned", environment.lockPath, &report)
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

  /// Whether each credential takes the end of its rotation, and may take it now.
  private func isOpen(
    _ plan: RunPlan, _ steps: Steps, _ environment: WorkspaceEnvironment,
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
            hint: "look again later; what is merged before can lock pods out", file: lock,
            location: nil)
        ])
        continue
      }
      guard let step = plan.steps.first(where: { $0.credential.name === name }), step.isTail else {
        isOpen = false
        refuse("\(name) takes a step that a person decides on", lock, &report)
        continue
      }
    }
    return isOpen
  }

  /// The environment as it is at the base; templates and kustomization are those of the work tree, for only files
  /// of the steps differ.
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
        hint: "a person has to look at this change and merge it", file: file, location: nil)
    ])
  }
}

/// What the lock file says that a change has done.
private struct Steps {
  let after: LockFile
  /// The credentials whose lines differ.
  let credentials: Set<String>
  /// The id that all of them have; nil where they are not of one run.
  let rotation: String?
  /// When their new values were made; nil where there is none.
  let time: Timestamp?

  init(from before: LockFile, to after: LockFile) {
    self.after = after
    let names = Set(before.credentials.keys).union(after.credentials.keys).filter {
      before.credentials[$0] != after.credentials[$0]
    }
    credentials = Set(names.map { Credential.group(of: $0) })
    let steps = Set(credentials.compactMap { after.credentials[$0]?.step })
    rotation = steps.count == 1 && !credentials.isEmpty ? steps.first : nil
    time =
      names.compactMap { after.credentials[$0] }.first { [rotation] in
        $0.rotation == rotation
      }?.time
  }

  /// The ciphertexts of the change, in the places where the plan seals something.
  func sealed(_ plan: RunPlan, _ head: EnvironmentState) -> ValueSealing.Result {
    var result = ValueSealing.Result()
    for (secret, item) in plan.sealedItems {
      let document = head.files.lazy.compactMap {
        $0.document(name: secret.secret.name, namespace: secret.namespace)
      }.first
      result.values[item.id] = document?.value(item.item.key)
    }
    return result
  }

  /// The key for which the change has sealed; nil where nothing was sealed.
  func certificate(_ plan: RunPlan) -> String? {
    plan.sealedItems.lazy.compactMap { after.items[$0.item.id]?.certificate }.first
  }
}
