/// What must hold before anything is made: every refusal is said at once.

internal import Manifests
internal import Planning
internal import Preflight
internal import Workspace
internal import YAML

enum Cutover {
  /// Refuses what the plan cannot do, every finding of severity error, and a cutover of a running
  /// environment.
  ///
  /// - Parameter isLive: whether its lock file says that it runs with what was sealed.
  static func check(
    _ context: KustomizationContext, _ environment: WorkspaceEnvironment, _ plan: RunPlan,
    isLive: Bool
  ) throws {
    let findings = context.findings()
    var refused =
      plan.refusals.map(\.diagnostic)
      + findings.filter { $0.severity == .error }.map(\.diagnostic)
    if let entry = context.entriesToRemove.first, isLive {
      refused.append(
        Diagnostic(
          "the lock file says that environment '\(environment.name)' is live; new values in place of those of its secretGenerator ('\(entry.name)') would lock its pods out",
          hint:
            "keep the entry out of this environment, or list it in keepGenerators; otherwise its live values have to be adopted first",
          file: context.path, location: entry.location))
    } else if let entry = context.entriesToRemove.first, environment.deployed {
      refused.append(
        Diagnostic(
          "environment '\(environment.name)' is deployed with the values of its secretGenerator ('\(entry.name)'); new values would lock its pods out",
          hint:
            "set 'deployed: false' if nothing runs yet; otherwise its live values have to be adopted first",
          file: LoadedWorkspace.fileName, location: environment.location))
    }
    let rolls = plan.changesValues || !plan.steps.isEmpty
    for finding in findings where finding.severity == .warning {
      // Nothing starts anew where nothing is to be done.
      if finding.code == "image-moves", !rolls { continue }
      Terminal.warning(finding.diagnostic)
    }
    guard refused.isEmpty else { throw CommandError(refused) }
  }
}
