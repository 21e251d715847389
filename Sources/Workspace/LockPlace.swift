/// Which lock file has what a sealed file holds: the one rule for it.

internal import Text

package enum LockPlace {
  /// The name of a lock file that is given no other.
  ///
  /// Without `.yml`: `kubectl apply -f` on its folder passes it by.
  package static let name = "moltseal.lock"

  /// The lock file of a sealed file: that of the environment whose output it lies in, else the one
  /// beside it.
  ///
  /// - Parameter path: of the sealed file, from the workspace.
  /// - Parameter workspace: nil where the file is in none.
  package static func lock(of path: String, _ workspace: Workspace?) -> String {
    environment(of: path, workspace)?.lockPath ?? Path.join(Path.split(path).folder ?? ".", name)
  }

  /// The environment in whose output a sealed file lies; nil where it lies in none.
  package static func environment(
    of path: String, _ workspace: Workspace?
  ) -> WorkspaceEnvironment? {
    let outputs = (workspace?.environments ?? []).flatMap { environment in
      environment.targets.map { (output: $0.output.path, environment: environment) }
    }
    // The innermost folder counts.
    return outputs.filter { Path.isIn(path, folder: $0.output) || $0.output == "." }.max {
      $0.output.utf8.count < $1.output.utf8.count
    }?.environment
  }
}
