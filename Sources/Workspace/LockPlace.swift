/// Which lock file records a sealed file.

internal import Text

package enum LockPlace {
  /// The default name of a lock file.
  ///
  /// It does not end with `.yml`, so that `kubectl apply -f` on its folder ignores it.
  package static let name = "moltseal.lock"

  /// The lock file of a sealed file: that of the environment whose output contains it, or the one
  /// beside it.
  ///
  /// - Parameter path: the sealed file, relative to the workspace.
  /// - Parameter workspace: nil if the file is in none.
  package static func lock(of path: String, _ workspace: Workspace?) -> String {
    environment(of: path, workspace)?.lockPath ?? Path.join(Path.split(path).folder ?? ".", name)
  }

  /// The environment whose output contains a sealed file; nil if there is none.
  package static func environment(
    of path: String, _ workspace: Workspace?
  ) -> WorkspaceEnvironment? {
    let outputs = (workspace?.environments ?? []).flatMap { environment in
      environment.targets.map { (output: $0.output.path, environment: environment) }
    }
    // The innermost folder wins.
    return outputs.filter { Path.isIn(path, folder: $0.output) || $0.output == "." }.max {
      $0.output.utf8.count < $1.output.utf8.count
    }?.environment
  }
}
