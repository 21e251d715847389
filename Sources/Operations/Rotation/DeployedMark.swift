/// Sets `deployed: true` in the workspace file, at the cutover of an environment's last target.

internal import Manifests
internal import Planning
package import Repository
internal import Text
package import Files
internal import Workspace
internal import YAML

/// The word in the workspace file that says that an environment runs.
package enum DeployedMark {
  /// Returns the workspace file with `deployed: true` for some environments, or nil if it must be
  /// edited by hand.
  package static func change(_ workspace: LoadedWorkspace, _ environments: [String]) -> FileChange?
  {
    guard !environments.isEmpty, var editor = try? YAMLEditor(workspace.source) else { return nil }
    do throws(EditRefusal) {
      try editor.apply(
        environments.map {
          .set(["environments", .key($0), "deployed"], .scalar("true", .boolean))
        })
    } catch { return nil }
    return FileChange(
      path: Workspace.fileName, old: workspace.source.bytes, new: editor.bytes)
  }

  /// Whether this run seals the last target of the environment that was not sealed yet.
  static func isDue(_ state: EnvironmentState, _ plan: RunPlan) -> Bool {
    guard !state.environment.deployed, !plan.sealedItems.isEmpty else { return false }
    let own = state.files.flatMap(\.template.secrets)
    let others = state.otherFiles.flatMap(\.template.secrets)
    guard let lock = state.lock else { return others.isEmpty }
    return own.contains { !lock.holds($0) } && others.allSatisfy { lock.holds($0) }
  }
}

extension LockFile {
  /// Whether an item of a Secret was sealed.
  fileprivate func holds(_ secret: TemplateSecret) -> Bool { order.contains { $0.isOf(secret) } }
}

extension LockFile.ItemID {
  /// Whether it is an item of a template's Secret.
  func isOf(_ template: TemplateSecret) -> Bool {
    secret === template.builtName && namespace === template.namespace
  }
}
