/// The lock files of sealed files, in any folder.

internal import Manifests
internal import Reporting
internal import Text
internal import Files
internal import Workspace
internal import YAML

/// Finds the workspace around each file, once for each folder.
package final class LockPlaces {
  private var workspaces: [Name: LoadedWorkspace?] = [:]
  /// The lock files already found to be of their environment.
  private var own: Set<Name> = []

  /// Nothing is searched for yet.
  package init() {}

  /// Returns the absolute path of a sealed file's lock file, which need not exist.
  ///
  /// - Parameter file: the path of an existing file.
  /// - Throws: `CommandError` for an unreadable workspace file, because it may name another lock
  ///   file, and for the lock file of another environment.
  package func lock(of file: String) throws -> String {
    guard let path = Disk.realPath(file) else { return file }
    let folder = Path.parent(path)
    guard let workspace = try workspace(around: folder),
      let inner = Path.relative(path, to: workspace.folder.path)
    else { return Path.join(folder, LockPlace.name) }
    let lock = LockPlace.lock(of: inner, workspace.file)
    if let environment = LockPlace.environment(of: inner, workspace.file) {
      try refuse(lock, unlessOf: environment, workspace)
    }
    return Path.join(workspace.folder.path, lock)
  }

  private func refuse(
    _ lock: String, unlessOf environment: WorkspaceEnvironment, _ workspace: LoadedWorkspace
  ) throws {
    guard own.insert(Name("\(environment.name) \(lock)")).inserted,
      let bytes = try? workspace.folder.readIfPresent(lock),
      let source = try? SourceText(bytes), let file = try? LockFile(source),
      let fault = LockCheck(file, environment).faultOfEnvironment
    else { return }
    throw CommandError([fault])
  }

  /// Returns the lock file of a path below an absolute folder.
  package func lock(of path: String, in root: String) throws -> String {
    let lock = try lock(of: Path.join(root, path))
    return Path.relative(lock, to: root) ?? lock
  }

  /// Returns the workspace around a folder, or nil.
  private func workspace(around folder: String) throws -> LoadedWorkspace? {
    if let known = workspaces[Name(folder)] { return known }
    let found = try LoadedWorkspace.above(folder).map { try LoadedWorkspace($0) }
    workspaces[Name(folder)] = .some(found)
    return found
  }
}
