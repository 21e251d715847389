/// The single file operations of a change; paths are resolved, and no link is followed.

internal import Glibc

extension WorkspaceFolder {
  /// Writes the new bytes beside the target, under a name that no other process uses.
  ///
  /// A file left there after a power loss is replaced: this process has the lock, and there is no
  /// journal, so no run needs it.
  func create(_ bytes: [UInt8], at path: String, mode: UInt32) throws(FileError) {
    let flags = O_WRONLY | O_CREAT | O_EXCL
    let staged: Descriptor
    do {
      staged = try Descriptor(beneath: descriptor, path, flags, mode: mode, links: .refused)
    } catch {
      guard error.code == EEXIST else { throw error }
      try remove(path)
      staged = try Descriptor(beneath: descriptor, path, flags, mode: mode, links: .refused)
    }
    try staged.write(bytes, path)
    guard fchmod(staged.number, mode) == 0 else { throw FileError("chmod", path) }
  }

  func syncFile(_ path: String) throws(FileError) {
    try Descriptor(beneath: descriptor, path, O_RDONLY, links: .refused).sync(path)
  }

  /// Renames a staged file to its target in the same folder.
  func rename(_ staged: String, to path: String) throws(FileError) {
    let (parent, name) = split(path)
    let folder = try Descriptor(
      beneath: descriptor, parent, O_RDONLY | O_DIRECTORY, links: .refused)
    guard renameat(folder.number, split(staged).name, folder.number, name) == 0 else {
      throw FileError("rename", path)
    }
  }

  func syncFolder(_ path: String) throws(FileError) {
    try Descriptor(beneath: descriptor, path, O_RDONLY | O_DIRECTORY, links: .refused).sync(
      path)
  }

  /// Returns the permission bits of a file, or nil if it does not exist.
  func mode(of path: String) throws(FileError) -> UInt32? {
    do {
      return try Descriptor(beneath: descriptor, path, O_RDONLY, links: .refused).mode(path)
    } catch {
      guard error.isMissing else { throw error }
      return nil
    }
  }

  func remove(_ path: String) throws(FileError) {
    let (parent, name) = split(path)
    let folder = try Descriptor(
      beneath: descriptor, parent, O_RDONLY | O_DIRECTORY, links: .refused)
    guard unlinkat(folder.number, name, 0) == 0 else { throw FileError("unlink", path) }
  }

  /// Removes a file; leaves a folder of that name alone, because it is not a staged file.
  ///
  /// - Returns: whether the file existed.
  @discardableResult
  func removeIfPresent(_ path: String) throws(FileError) -> Bool {
    do { try remove(path) } catch {
      guard error.isMissing || error.code == EISDIR else { throw error }
      return false
    }
    return true
  }

  /// Returns the missing folders on the way to a new file, parents first.
  func missingFolders(of path: String) -> [String] {
    let parent = split(path).folder
    guard parent != ".", !isFolder(parent) else { return [] }
    return missingFolders(of: parent) + [parent]
  }

  /// Creates a folder, and syncs its name to the disk.
  func makeFolder(_ path: String) throws(FileError) {
    let (parent, name) = split(path)
    let folder = try Descriptor(
      beneath: descriptor, parent, O_RDONLY | O_DIRECTORY, links: .refused)
    guard mkdirat(folder.number, name, 0o755) == 0 || errno == EEXIST else {
      throw FileError("mkdir", path)
    }
    try folder.sync(parent)
  }

  /// Removes an empty folder; one that is not empty, or does not exist, is left alone.
  func removeFolder(_ path: String) throws(FileError) {
    let (parent, name) = split(path)
    let folder: Descriptor
    do {
      folder = try Descriptor(
        beneath: descriptor, parent, O_RDONLY | O_DIRECTORY, links: .refused)
    } catch {
      guard error.isMissing else { throw error }
      return
    }
    guard unlinkat(folder.number, name, AT_REMOVEDIR) == 0 else {
      if [ENOENT, ENOTEMPTY, EEXIST].contains(errno) { return }
      throw FileError("rmdir", path)
    }
    try folder.sync(parent)
  }
}
