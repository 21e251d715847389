/// What must hold before anything is made: every refusal is said at once.

internal import Manifests
internal import Planning
internal import Preflight
internal import Workspace
internal import YAML

enum Cutover {
  /// Refuses what the plan cannot do, every finding of severity error, and a cutover of a running
  /// environment.
  static func check(
    _ context: KustomizationContext, _ environment: WorkspaceEnvironment, _ plan: RunPlan
  ) throws {
    let findings = context.findings()
    var refused =
      plan.refusals.map(\.diagnostic)
      + findings.filter { $0.severity == .error }.map(\.diagnostic)
    if let entry = context.entriesToRemove.first, environment.deployed {
      refused.append(
        Diagnostic(
          "environment '\(environment.name)' is deployed with the values of its secretGenerator ('\(entry.name)'); new values would lock its pods out",
          hint:
            "set 'deployed: false' if nothing runs yet; otherwise its live values have to be adopted first",
          file: LoadedWorkspace.fileName, location: environment.location))
    }
    for finding in findings where finding.severity == .warning {
      Terminal.warning(finding.diagnostic)
    }
    guard refused.isEmpty else { throw CommandError(refused) }
  }
}
