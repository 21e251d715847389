/// The files of the workspace, as a graph of kustomizations reads them.

internal import Kustomize
package import Files

/// Reads the files of a folder, and nothing outside it.
package struct DiskReading: FileReading {
  let folder: WorkspaceFolder

  /// - Parameter folder: the workspace, or the folder that is surveyed.
  package init(folder: WorkspaceFolder) {
    self.folder = folder
  }

  func kind(of path: String) -> FileKind { folder.kind(of: path) }

  func bytes(of path: String, limit: Int) throws -> [UInt8]? {
    do throws(FileError) {
      return try folder.readIfPresent(path, limit: limit)
    } catch {
      // kustomize cannot read it either, and reports that itself.
      if error.isTooLarge { throw error }
      return nil
    }
  }
}

extension WorkspaceFolder {
  /// What exists at a path below it.
  fileprivate func kind(of path: String) -> FileKind {
    switch look(at: path) {
    case .success(true): .folder
    case .success(false): .file
    case .failure(let error): error.leavesFolder ? .outside : .nothing
    }
  }
}
