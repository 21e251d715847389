/// `check --gate`: whether a change may be merged without a person, because it decides nothing new.
///
/// The change is made again from its base. The planner must take the same steps now, with present
/// evidence, and write the same bytes around the same ciphertexts. It can only seal the password of
/// a role that nobody uses; whether nobody knows that password cannot be checked.

internal import Building
internal import Cryptography
package import Kubernetes
internal import Manifests
package import Planning
package import Rules
internal import Processes
internal import Reporting
package import Repository
internal import Text
internal import Files
internal import Words
package import Workspace
internal import YAML

/// The check of a change against its base.
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
    let changed = try changes(of: environments, &left)
    // Nothing of the change is read, built or requested until it is known to be of steps alone.
    guard left.isEmpty else {
      for path in left.keys.map(\.text).sorted().prefix(5) {
        refuse("the change includes more than the files of a step: \(path)", path, &report)
      }
      return false
    }
    for change in changed {
      try refuseWorkTree(change)
      try check(change, &report)
    }
    return true
  }

  /// The changes of the environments' own files, which are taken out of what is left.
  private func changes(
    of environments: [WorkspaceEnvironment], _ left: inout [Name: Bool]
  ) throws -> [Change] {
    var changed: [Change] = []
    for environment in environments {
      let loader = EnvironmentLoader(workspace: workspace, environment: environment)
      let head = try loader.state(certificate: nil)
      let own =
        head.files.map(\.outputPath) + head.configMaps.map(\.outputPath) + [environment.lockPath]
      let paths = own.filter { left[Name(base.prefix + $0)] == true }
      for path in paths { left[Name(base.prefix + path)] = nil }
      if !paths.isEmpty {
        changed.append(
          Change(environment: environment, loader: loader, head: head, paths: paths))
      }
    }
    return changed
  }

  /// What differs between the base and HEAD; true if it is a plain, non-executable file in both.
  private func changes() throws -> [Name: Bool] {
    let fields = try base.names([
      "diff-tree", "-r", "-z", "--raw", "--no-renames", "--ignore-submodules=none", base.commit,
      "HEAD",
    ])
    var found: [Name: Bool] = [:]
    for index in stride(from: 0, to: fields.count - 1, by: 2) {
      // `:100644 100644 HASH HASH M`
      found[Name(fields[index + 1])] = fields[index].begins(with: ":100644 100644 ")
    }
    return found
  }

  /// The files of one environment that a change writes.
  private struct Change {
    let environment: WorkspaceEnvironment
    let loader: EnvironmentLoader
    /// The environment after the change.
    let head: EnvironmentState
    let paths: [String]
  }

  /// Refuses a work tree whose files differ from HEAD, which is what would be merged.
  private func refuseWorkTree(_ change: Change) throws {
    let head = change.head
    let paths =
      [Workspace.fileName, change.environment.lockPath] + head.files.map(\.outputPath)
      + head.configMaps.map(\.outputPath) + head.files.map(\.template.path)
      + head.configMaps.map(\.template.path) + change.loader.targets.map(\.kustomization.path)
    for path in paths {
      let result = try base.git.ask(["cat-file", "blob", "HEAD:\(base.prefix)\(path)"])
      let isThere = try change.loader.read(path, limit: EnvironmentLoader.sealedLimit)
      guard isThere == (result.status == 0 ? result.output : nil) else {
        throw CommandError(
          "'\(path)' differs from HEAD, which is what would be merged",
          hint: "discard local changes with git checkout -f", consequence: nil)
      }
    }
  }

  /// Takes the steps of one environment again.
  private func check(_ change: Change, _ report: inout CheckReport) throws {
    guard let repetition = try repetition(of: change, &report) else { return }
    let steps = repetition.steps
    let plan = Planner(
      state: repetition.state, request: repetition.request(at: repetition.now)
    ).plan(only: steps.credentials)
    guard isOpen(plan, steps, change.environment, &report) else { return }
    let sealed = steps.sealed(plan, change.head)
    guard isSealedRight(plan, steps, sealed, repetition.state, &report) else { return }
    try compare(change, with: try repetition.written(plan, sealed, workspace), &report)
    for step in plan.steps {
      report.look(
        at:
          "the gate of \(change.environment.name), \(step.credential.name) (\(step.step.words)): \(step.gates.map(\.answer.reason).joined(separator: "; "))"
      )
    }
  }

  /// What the steps of a change are taken again from; nil, and refused, if that is not known.
  private func repetition(
    of change: Change, _ report: inout CheckReport
  ) throws -> GateRepetition? {
    let lockPath = change.environment.lockPath
    guard let bytes = try base.bytes(of: lockPath), let lock = change.head.lock else {
      refuse(
        "the lock file does not exist both before and after the change", lockPath, &report)
      return nil
    }
    let state = try before(change.loader, change.head, bytes)
    let steps = GateSteps(from: state.lock ?? LockFile(), to: lock)
    let now = Surroundings.now()
    guard let rotation = steps.rotation, steps.isDated(until: now) else {
      refuse("the change is not the result of one run since the base", lockPath, &report)
      return nil
    }
    let history = try LockHistory(workspace, change.environment)
    guard let reverted = try history.reverts(state.lock, at: base.commit) else {
      refuse(
        "without the history it is not known whether a step was reverted: \(GitRepository.fetchHistory)",
        lockPath, &report)
      return nil
    }
    let contexts = try KustomizationReader(loader: change.loader).contexts(change.head)
    return GateRepetition(
      state: state, lock: bytes, steps: steps, rotation: rotation, now: now,
      contexts: contexts, reverted: reverted,
      evidence: try look(state, contexts, (base.commit, bytes), now))
  }

  /// Refuses each file that is not what the steps write.
  private func compare(
    _ change: Change, with written: ChangeSet, _ report: inout CheckReport
  ) throws {
    let expected = Dictionary(
      written.changes.filter { $0.old != $0.new }.map { (Name($0.path), $0.new) },
      uniquingKeysWith: { first, _ in first })
    for path in Set(change.paths.map { Name($0) }).union(expected.keys) {
      guard let new = expected[path],
        try change.loader.read(path.text, limit: EnvironmentLoader.sealedLimit) == new
      else {
        refuse("\(path.text) is not what the step writes", path.text, &report)
        continue
      }
    }
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

  /// Adds the finding that a person has to look at the change.
  func refuse(_ message: String, _ file: String, _ report: inout CheckReport) {
    report.add([
      Finding(
        code: "not-a-tail", severity: .error, message: message,
        hint: "let a person review and merge this change", file: file, location: nil)
    ])
  }
}
