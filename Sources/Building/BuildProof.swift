/// Proves, before anything is written, that a cutover changes only the Secrets.

internal import Manifests
package import Planning
package import Rules
internal import Processes
internal import Reporting
package import Repository
internal import Text
package import Files
internal import Words
internal import Workspace
internal import YAML

/// Proves that a change of some kustomizations changes only what it is meant to change.
package struct BuildProof {
  let workspace: LoadedWorkspace
  let contexts: [KustomizationContext]
  let plan: RunPlan
  let state: EnvironmentState
  let terms: Terms

  /// What holds for a proof, besides the change itself.
  package struct Terms {
    /// The values that the change seals.
    package enum Values {
      /// They are new to everything.
      case new
      /// They run already, so that nothing may take effect for the first time.
      case running
    }

    /// What is reported of what was found.
    package enum Report {
      /// The refusals, and the warnings that nobody accepts.
      case everything
      /// The refusals, and what takes effect for the first time.
      case refusals
    }

    let values: Values
    let report: Report
    let remote: RemoteFiles

    /// - Parameter remote: whether the builder may fetch what is remote.
    package init(
      values: Values = .new, report: Report = .everything, remote: RemoteFiles
    ) {
      self.values = values
      self.report = report
      self.remote = remote
    }
  }

  /// - Parameter contexts: the kustomizations of the environment as they are before the change.
  /// - Parameter plan: the plan that the change carries out.
  package init(
    workspace: LoadedWorkspace, contexts: [KustomizationContext], plan: RunPlan,
    state: EnvironmentState, terms: Terms
  ) {
    self.workspace = workspace
    self.contexts = contexts
    self.plan = plan
    self.state = state
    self.terms = terms
  }

  /// What a comparison has shown.
  package struct Result {
    /// What was compared and found equal, in sentences for a person.
    package fileprivate(set) var sentences: [String] = []
    /// The warnings that nobody accepts.
    package fileprivate(set) var warnings: [Finding] = []
    /// How many Secrets become SealedSecrets.
    package fileprivate(set) var replaced = 0

    /// A result for a change after which nothing had to be compared.
    package init() {}
  }

  /// Warns for each build that was not compared although it changes.
  package func warn(_ changes: ChangeSet) {
    for context in contexts where changesBuild(context, changes) {
      Notices.warn(
        "\(context.path): it was not checked that only the Secrets change; compare the output of kubectl kustomize before and after"
      )
    }
  }

  /// Builds and compares every kustomization whose resources or generators change, and every other
  /// one that builds on it.
  ///
  /// - Returns: what was compared, in sentences, and the warnings.
  /// - Throws: `CommandError` with every difference, or if there is no builder.
  package func check(_ changes: ChangeSet) throws -> Result {
    let cut = contexts.filter { context in changesBuild(context, changes) }
    guard !cut.isEmpty else { return Result() }
    let folders = cut.map { Path.split($0.path).folder ?? "." }
    let others = try Includers(workspace).above(folders)
    try refuseAboveWorkspace(folders)
    let differences = try differences(cut, folders, others, changes)
    var result = Result()
    result.warnings = try warnings(differences.findings)
    guard terms.report == .everything else { return result }
    // This does not concern this run, but every later one.
    result.warnings += differences.moving.filter { !isAccepted($0) }
    result.sentences = sentences(cut, differences.replaced, others)
    result.replaced = differences.replaced
    return result
  }

  /// What differs between the builds before and after.
  private struct Differences {
    var findings: [Finding] = []
    /// The images whose tags can name something else tomorrow.
    var moving: [Finding] = []
    /// How many Secrets become SealedSecrets.
    var replaced = 0
  }

  /// Builds everything before and after, and compares.
  private func differences(
    _ cut: [KustomizationContext], _ folders: [String], _ others: [Includers.Includer],
    _ changes: ChangeSet
  ) throws -> Differences {
    let builder = Builder(
      workspace.folder, repository: workspace.place.git, remote: terms.remote)
    let written = SealedAsBuilt(changes.changes.map(\.new))
    var found = Differences()
    do throws(any Error) {
      let builds = try builder.build(folders + others.map(\.folder), [[], changes.changes])
      for (context, builds) in zip(cut, builds) {
        let after = try builds[1].get()
        let comparison = comparison(
          context, written, before: try builds[0].get(), after: after)
        found.moving += imageMoves(
          BuildContext(
            build: after, path: context.path, known: KnownToWorkspace(targets: context.targets)))
        found.findings += comparison.findings()
        found.replaced += comparison.replaced.count
      }
      for (other, builds) in zip(others, builds.dropFirst(folders.count)) {
        found.findings += findings(of: other, cut, before: builds[0], after: builds[1])
      }
    } catch let fault as BuildFault {
      throw fault.commandError(paths: cut.map(\.path))
    }
    return found
  }

  /// Returns the warnings that nobody accepts.
  ///
  /// - Throws: `CommandError` with every refusal, after the warnings.
  private func warnings(_ findings: [Finding]) throws -> [Finding] {
    let reported =
      terms.report == .everything
      ? findings : findings.filter { $0.severity == .error || $0.code == "reference-appears" }
    let warnings = reported.filter { $0.severity == .warning && !isAccepted($0) }
    let errors = reported.filter {
      $0.severity == .error || terms.values == .running && $0.code == "reference-appears"
    }
    guard errors.isEmpty else {
      Notices.warn(warnings, environment: state.environment.name)
      throw CommandError(errors)
    }
    return warnings
  }

  private func isAccepted(_ finding: Finding) -> Bool {
    finding.acceptance(among: state.environment.accepted) != nil
  }

  /// Whether other objects are built afterwards; a changed annotation or switch does not count.
  private func changesBuild(_ context: KustomizationContext, _ changes: ChangeSet) -> Bool {
    guard changes.changes.contains(where: { $0.path === context.path }) else { return false }
    let isNew = changes.changes.contains { change in
      change.old == nil && Path.isIn(change.path, folder: context.target.output.path)
    }
    return isNew || !context.replaced.isEmpty
      || plan.files.contains { file in
        file.file.target === context.target.name
          && !context.files.included.contains(Name(file.file.outputPath))
      }
  }

  private func comparison(
    _ context: KustomizationContext, _ written: SealedAsBuilt, before: Build, after: Build
  ) -> BuildComparison {
    let secrets = plan.files.filter { $0.file.target === context.target.name }.flatMap(\.secrets)
    var omitted: [String: [String]] = [:]
    for secret in secrets {
      omitted[secret.secret.builtName, default: []] += secret.items.compactMap { item in
        if case .omit = item.action { item.item.key } else { nil }
      }
    }
    return BuildComparison(
      before: before, after: after,
      run: WrittenByRun(
        targets: context.targets, omitted: omitted, roles: roleNames(secrets),
        published: publishedNames(context), written: written), path: context.path)
  }

  /// The names of the Secrets of roles, as they are in templates and as they are built.
  func roleNames(_ secrets: [SecretPlan]) -> [String] {
    secrets.filter { $0.secret.role != nil }.flatMap { [$0.secret.name, $0.secret.builtName] }
  }

  /// The names under which the ConfigMaps with public keys are built.
  func publishedNames(_ context: KustomizationContext) -> [String] {
    let prefix = context.kustomization.namePrefix ?? ""
    let suffix = context.kustomization.nameSuffix ?? ""
    return state.configMaps.filter { $0.target === context.target.name }
      .flatMap(\.template.configMaps).map { prefix + $0.name + suffix }
  }

  private func sentences(
    _ cut: [KustomizationContext], _ replaced: Int, _ others: [Includers.Includer]
  ) -> [String] {
    var sentences: [String] = []
    for context in cut {
      sentences += context.displacement.brought.map { name, path in
        "A patch removes the Secret '\(name)' of \(path); every other build keeps it."
      }
      sentences += context.displacement.files.map {
        "'\($0)' is not built any more; delete it once you do not need it."
      }
    }
    let above = others.isEmpty ? "" : ", \(others.map(\.path).joined(separator: ", ")) too"
    let result =
      switch replaced {
      case 0: "everything that was there is the same"
      case 1: "nothing but the Secret differs"
      default: "nothing but the \(replaced) Secrets differs"
      }
    return sentences + ["Built before and after\(above): \(result)."]
  }
}
