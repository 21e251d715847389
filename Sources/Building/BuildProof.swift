/// Proves, before anything is written, that a cutover changes only the Secrets.

internal import Manifests
package import Planning
package import Preflight
internal import Processes
internal import Reporting
package import Repository
internal import Text
package import Transactions
internal import Words
internal import Workspace
internal import YAML

package struct BuildProof {
  let workspace: LoadedWorkspace
  let contexts: [KustomizationContext]
  let plan: RunPlan
  let state: EnvironmentState
  /// Whether the values already run, so that nothing may take effect for the first time.
  var adopts = false
  /// Whether only refusals are reported.
  var isQuiet = false
  /// Whether the builder may fetch what is remote.
  var allowsRemote = false

  package init(
    workspace: LoadedWorkspace, contexts: [KustomizationContext], plan: RunPlan,
    state: EnvironmentState, adopts: Bool = false, isQuiet: Bool = false, allowsRemote: Bool = false
  ) {
    self.workspace = workspace
    self.contexts = contexts
    self.plan = plan
    self.state = state
    self.adopts = adopts
    self.isQuiet = isQuiet
    self.allowsRemote = allowsRemote
  }

  /// What a comparison has shown.
  package struct Result {
    package var sentences: [String] = []
    package var warnings: [Finding] = []
    /// How many Secrets become SealedSecrets.
    package var replaced = 0

    package init(sentences: [String] = [], warnings: [Finding] = [], replaced: Int = 0) {
      self.sentences = sentences
      self.warnings = warnings
      self.replaced = replaced
    }
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
    let builder = Builder(
      workspace.folder, repository: workspace.place.git, allowsRemote: allowsRemote)
    var findings: [Finding] = []
    var replaced = 0
    var moving: [Finding] = []
    let written = SealedAsBuilt(changes.changes.map(\.new))
    do throws(any Error) {
      let builds = try builder.build(folders + others.map(\.folder), [[], changes.changes])
      for (context, builds) in zip(cut, builds) {
        let after = try builds[1].get()
        let comparison = comparison(
          context, written, before: try builds[0].get(), after: after)
        moving += imageMoves(
          BuildContext(
            build: after, path: context.path, known: KnownToWorkspace(targets: context.targets)))
        findings += comparison.findings()
        replaced += comparison.replaced.count
      }
      for (other, builds) in zip(others, builds.dropFirst(folders.count)) {
        // A build that already fails is not broken by this run.
        guard let before = try? builds[0].get() else { continue }
        guard case .success(let after) = builds[1] else {
          findings.append(wouldBreak(other, cut))
          continue
        }
        findings += self.findings(of: other, cut, before: before, after: after)
      }
    } catch let fault as BuildFault {
      throw fault.commandError(paths: cut.map(\.path))
    }
    let accepted = state.environment.accepted
    if isQuiet {
      findings = findings.filter { $0.severity == .error || $0.code == "reference-appears" }
    }
    var warnings = findings.filter {
      $0.severity == .warning && $0.acceptance(among: accepted) == nil
    }
    let errors = findings.filter {
      $0.severity == .error || adopts && $0.code == "reference-appears"
    }
    guard errors.isEmpty else {
      Notices.warn(warnings, environment: state.environment.name)
      throw CommandError(errors)
    }
    guard !isQuiet else { return Result(warnings: warnings) }
    // This does not concern this run, but every later one.
    warnings += moving.filter { $0.acceptance(among: accepted) == nil }
    return Result(
      sentences: sentences(cut, replaced, others), warnings: warnings, replaced: replaced)
  }

  /// Refuses if a kustomization of the repository, outside the workspace, builds on one that is cut
  /// over: what it does to names is not checked.
  private func refuseAboveWorkspace(_ folders: [String]) throws {
    guard let root = workspace.place.git?.root,
      let prefix = Path.relative(workspace.folder.path, to: root), !prefix.isEmpty, prefix != ".",
      let repository = try? WorkspaceFolder(root)
    else { return }
    let places = folders.map { $0 == "." ? prefix : "\(prefix)/\($0)" }
    let above = try Includers(repository).above(places).filter {
      !Path.isIn($0.path, folder: prefix)
    }
    guard let first = above.first else { return }
    throw CommandError(
      "\(first.path) builds on it and is outside the workspace, so it is not known under which names its Secrets are built",
      hint:
        "move moltseal.yml to the repository's root and name that kustomization\(adopts ? "" : "; or pass \(CLI.noBuildCheck)")",
      file: contexts.first?.path)
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
          && !context.files.included.contains(ByBytes(file.file.outputPath))
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
        targets: context.targets, omitted: omitted,
        roles: secrets.filter { $0.secret.role != nil }.flatMap {
          [$0.secret.name, $0.secret.builtName]
        },
        published: publishedNames(context), written: written), path: context.path)
  }

  private func publishedNames(_ context: KustomizationContext) -> [String] {
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

  /// A build that includes one that is cut over, and lacks the Secret that it would merge into.
  private func wouldBreak(
    _ other: Includers.Includer, _ cut: [KustomizationContext]
  ) -> Finding {
    let names = cut.flatMap(\.replaced).map { "'\($0.name)'" }.joined(separator: ", ")
    return Finding(
      code: "other-build-changes", severity: .error,
      message:
        "this kustomization builds on \(cut.map(\.path).joined(separator: ", ")), and could no longer be built, because it changes what becomes a SealedSecret (\(names))",
      hint:
        "name this one, or an overlay for the environment alone, in moltseal.yml; the base then stays as it is",
      file: other.path, location: nil)
  }

  /// Findings for what changes in a build that includes one that is cut over.
  private func findings(
    of other: Includers.Includer, _ cut: [KustomizationContext], before: Build, after: Build
  ) -> [Finding] {
    // A kustomization that only gathers others builds what those build.
    if other.onlyGathers {
      return BuildComparison(
        before: before, after: after,
        run: WrittenByRun(
          targets: cut.flatMap(\.targets),
          roles: plan.files.flatMap(\.secrets).filter { $0.secret.role != nil }.flatMap {
            [$0.secret.name, $0.secret.builtName]
          }, published: cut.flatMap { publishedNames($0) }), path: other.path
      ).findings().filter { $0.code != "keys-lost" }
    }
    let isSame =
      before.objects.count == after.objects.count
      && before.objects.allSatisfy { object in
        after[object.identity].map { $0.digest == object.digest } ?? false
      }
    guard !isSame else { return [] }
    return [
      Finding(
        code: "other-build-changes", severity: .error,
        message:
          "this kustomization builds on \(cut.map(\.path).joined(separator: ", ")) and would lose its Secrets too",
        hint:
          "name an overlay for the environment alone in moltseal.yml; the base then stays as it is for the others",
        file: other.path, location: nil)
    ]
  }
}
