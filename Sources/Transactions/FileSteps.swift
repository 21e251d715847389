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
    // Not the name that a journal knows: an interrupted run's staged file is its own.
    let (parent, name) = split(path)
    let staged = (parent == "." ? "" : parent + "/") + ".\(name).moltseal-replace"
    // One that was killed here has left it; the lock says that none is at work.
    try removeIfPresent(staged)
    do {
      try stage(change.new, at: staged, mode: try mode(of: path) ?? 0o644)
      try rename(staged, to: path)
    } catch {
      try? removeIfPresent(staged)
      throw error
    }
    try syncFolder(parent)
  }

  /// Writes the new bytes beside the target, under a name that nobody else has, onto the disk.
  func stage(_ bytes: [UInt8], at path: String, mode: UInt32) throws(FileError) {
    try create(bytes, at: path, mode: mode)
    try syncFile(path)
  }

  /// The same, but for the disk.
  ///
  /// What a machine that lost its power left there is replaced: the lock and the missing journal
  /// say that it is nobody's.
  func create(_ bytes: [UInt8], at path: String, mode: UInt32) throws(FileError) {
    let flags = O_WRONLY | O_CREAT | O_EXCL
    let staged: Descriptor
    do {
      staged = try Descriptor(beneath: descriptor, path, flags, mode: mode)
    } catch {
      guard error.code == EEXIST else { throw error }
      try remove(path)
      staged = try Descriptor(beneath: descriptor, path, flags, mode: mode)
    }
    try staged.write(bytes, path)
    guard fchmod(staged.number, mode) == 0 else { throw FileError("chmod", path) }
  }

  func syncFile(_ path: String) throws(FileError) {
    try Descriptor(beneath: descriptor, path, O_RDONLY).sync(path)
  }

  /// Renames a staged file to its target in the same folder.
  func rename(_ staged: String, to path: String) throws(FileError) {
    let (parent, name) = split(path)
    let folder = try Descriptor(beneath: descriptor, parent, O_RDONLY | O_DIRECTORY)
    guard renameat(folder.number, split(staged).name, folder.number, name) == 0 else {
      throw FileError("rename", path)
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
