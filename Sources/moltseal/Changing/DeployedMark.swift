/// `deployed: true`, which the workspace file says from the cutover of an environment's last target on.

internal import Manifests
internal import Operations
internal import Planning
internal import Preflight
internal import Text
internal import Transactions
internal import Workspace
internal import YAML

enum DeployedMark {
  /// The workspace file with `deployed: true` for some environments; nil where a person has to write it.
  static func change(_ workspace: LoadedWorkspace, _ environments: [String]) -> FileChange? {
    guard !environments.isEmpty, var editor = try? YAMLEditor(workspace.source) else { return nil }
    do throws(EditRefusal) {
      try editor.apply(
        environments.map {
          .set(["environments", .key($0), "deployed"], .scalar("true", .boolean))
        })
    } catch { return nil }
    return FileChange(
      path: LoadedWorkspace.fileName, old: workspace.source.bytes, new: editor.bytes)
  }

  /// Whether a run is the cutover of the last target that was not cut over yet.
  static func isDue(
    _ state: EnvironmentState, _ contexts: [KustomizationContext], _ plan: RunPlan
  ) -> Bool {
    guard !state.environment.deployed, !plan.sealedItems.isEmpty else { return false }
    let isCutover = state.lock == nil || contexts.contains { !$0.replaced.isEmpty }
    let others = state.otherFiles.flatMap(\.template.secrets)
    return isCutover
      && others.allSatisfy { secret in
        state.lock?.order.contains { $0.secret === secret.builtName } ?? false
      }
  }
}
