/// A workspace on disk: its folder, its file, and its place in git.

internal import Reporting
internal import Text
package import Files
package import Workspace
package import YAML

/// A workspace that was read.
package struct LoadedWorkspace {
  /// The folder of the workspace file.
  package let folder: WorkspaceFolder
  /// What the workspace file says.
  package let file: Workspace
  /// The bytes of the workspace file, for edits.
  package let source: SourceText

  /// Finds `moltseal.yml` in the working folder or above it, and reads it.
  package static func find() throws -> LoadedWorkspace {
    guard let path = try root() else {
      throw CommandError(
        "there is no \(Workspace.fileName) in this folder or above it",
        hint: "change to the workspace's folder, or pass -C DIR")
    }
    return try LoadedWorkspace(path)
  }

  /// Returns the nearest folder with `moltseal.yml`, from the working folder upwards, or nil.
  package static func root() throws -> String? {
    guard let current = Disk.workingFolder else {
      throw CommandError(
        "the working folder no longer exists", hint: "change to the workspace's folder")
    }
    return above(current)
  }

  /// Returns the nearest folder with `moltseal.yml`, from an absolute folder upwards, or nil.
  package static func above(_ folder: String) -> String? {
    var path = folder
    while !Disk.exists(Path.join(path, Workspace.fileName)) {
      guard path != "/" else { return nil }
      path = Path.parent(path)
    }
    return path
  }

  /// Returns the fingerprints of all environments of the workspace around the working folder; none
  /// if there is no readable workspace.
  package static func pins() -> [String] {
    guard let path = try? root(), let workspace = try? LoadedWorkspace(path)
    else { return [] }
    return workspace.file.environments.flatMap(\.fingerprints)
  }

  /// Reads the workspace file of a folder.
  ///
  /// - Throws: `CommandError` if it cannot be read, or is not a workspace file.
  package init(_ path: String) throws {
    do {
      folder = try WorkspaceFolder(path)
      let bytes = try folder.read(Workspace.fileName, limit: 1 << 20)
      do throws(YAMLError) {
        source = try SourceText(bytes)
        file = try Workspace(source)
      } catch {
        throw CommandError(error, file: Workspace.fileName)
      }
    } catch let error as FileError {
      throw CommandError(error, what: "cannot read")
    }
  }

  /// Returns the environment with a name.
  ///
  /// - Parameter name: nil for the only environment.
  package func environment(_ name: String?) throws -> WorkspaceEnvironment {
    guard let name else {
      if file.environments.count == 1 { return file.environments[0] }
      throw CommandError(
        "the workspace has several environments",
        hint: "name one with \(CLI.env): \(file.environments.map(\.name).joined(separator: ", "))",
        file: Workspace.fileName, status: 64)
    }
    if let environment = file.environments.first(where: { $0.name === name }) { return environment }
    let known = file.environments.map(\.name)
    throw CommandError(
      "no environment is named '\(name)'\(nearest(to: name, among: known))",
      hint: "the workspace has: \(known.joined(separator: ", "))", file: Workspace.fileName)
  }

  /// The lock and journal for changes of its files.
  package var place: ChangePlace { ChangePlace(workspace: folder.path) }

  /// Starts to ask git about files that may be written.
  ///
  /// - Parameter paths: relative to the workspace; symbolic links are resolved.
  /// - Throws: `CommandError` if there is no git repository.
  package func askGit(_ paths: [String], of place: ChangePlace) throws -> CommittedState {
    guard let git = place.git else {
      throw CommandError(
        "the workspace is not in a git repository, so the change could not be reverted",
        hint: "run it in a git repository, or pass \(CLI.allowDirty)")
    }
    return try CommittedState(try resolved(paths), in: folder.path, of: git)
  }

  /// Refuses to overwrite bytes that git does not have.
  package func checkCommitted(_ changes: ChangeSet, _ state: consuming CommittedState) throws {
    let real = try changes.changes.map { change in
      FileChange(path: try folder.resolved(change.path), old: change.old, new: change.new)
    }
    try Uncommitted.refuse(try state.uncommitted(real))
  }

  private func resolved(_ paths: [String]) throws -> [String] {
    do {
      return try paths.map { try folder.resolved($0) }
    } catch let error as FileError { throw CommandError(error, what: "cannot read") }
  }
}

extension LoadedWorkspace {
  /// Returns the path of a file relative to the workspace, or nil if it is outside.
  package func path(of file: String) -> String? {
    Disk.realPath(file).flatMap { Path.relative($0, to: folder.path) }
  }
}
