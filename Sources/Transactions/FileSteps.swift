/// The single steps on files beneath a folder that a change is made of.

internal import Glibc

extension WorkspaceFolder {
  /// Replaces one file, whole or not at all: one rename needs no journal.
  ///
  /// - Throws: `Committer.ChangedMeanwhile` where the file no longer holds `change.old`.
  package func replace(_ change: FileChange) throws {
    let path = try resolved(change.path)
    guard try readNowIfPresent(path) == change.old else {
      throw Committer.ChangedMeanwhile(path: change.path)
    }
    let file = JournalEntry(path: path, mode: try mode(of: path) ?? 0o644, old: nil, new: "")
    // A run that was killed here has left one; the lock says that none is at work.
    try removeIfPresent(file.stagedPath)
    do {
      try stage(change.new, file)
      try renameStaged(file)
    } catch {
      try? removeIfPresent(file.stagedPath)
      throw error
    }
    try syncFolder(split(path).folder)
  }

  /// Writes the new bytes beside the target, under a name that nobody else has.
  func stage(_ bytes: [UInt8], _ file: JournalEntry) throws(FileError) {
    let staged = try Descriptor(
      beneath: descriptor, file.stagedPath, O_WRONLY | O_CREAT | O_EXCL, mode: file.mode)
    try staged.write(bytes, file.stagedPath)
    guard fchmod(staged.number, file.mode) == 0 else { throw FileError("chmod", file.stagedPath) }
    try staged.sync(file.stagedPath)
  }

  func renameStaged(_ file: JournalEntry) throws(FileError) {
    let (parent, name) = split(file.path)
    let folder = try Descriptor(beneath: descriptor, parent, O_RDONLY | O_DIRECTORY)
    guard renameat(folder.number, split(file.stagedPath).name, folder.number, name) == 0 else {
      throw FileError("rename", file.path)
    }
  }

  func syncFolder(_ path: String) throws(FileError) {
    try Descriptor(beneath: descriptor, path, O_RDONLY | O_DIRECTORY).sync(path)
  }

  /// The permission bits of a file; nil where there is none.
  func mode(of path: String) throws(FileError) -> UInt32? {
    do {
      return try Descriptor(beneath: descriptor, path, O_RDONLY).mode(path)
    } catch {
      guard error.isMissing else { throw error }
      return nil
    }
  }

  func remove(_ path: String) throws(FileError) {
    let (parent, name) = split(path)
    let folder = try Descriptor(beneath: descriptor, parent, O_RDONLY | O_DIRECTORY)
    guard unlinkat(folder.number, name, 0) == 0 else { throw FileError("unlink", path) }
  }

  func removeIfPresent(_ path: String) throws(FileError) {
    do { try remove(path) } catch {
      guard error.isMissing else { throw error }
    }
  }

  /// Makes the folders that a new file stands in.
  func makeFolder(of path: String) throws(FileError) {
    let parent = split(path).folder
    guard parent != ".", !isFolder(parent) else { return }
    try makeFolder(of: parent)
    let (grandparent, name) = split(parent)
    let folder = try Descriptor(beneath: descriptor, grandparent, O_RDONLY | O_DIRECTORY)
    guard mkdirat(folder.number, name, 0o755) == 0 || errno == EEXIST else {
      throw FileError("mkdir", parent)
    }
  }
}
