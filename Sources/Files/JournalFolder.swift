/// The folder of the journal, opened so that nobody can put another in its place.

internal import CLinux
internal import Glibc
internal import Text

/// Where a journal is kept.
package struct JournalPlace: Sendable, Equatable {
  /// An existing absolute folder: a git directory, or the folder whose files are changed.
  package let base: String
  /// The names of the nested folders below it.
  package let names: [String]

  package init(base: String, names: [String]) {
    self.base = base
    self.names = names
  }

  /// The absolute path of the journal's own folder.
  package var path: String { ([base == "/" ? "" : base] + names).joined(separator: "/") }

  /// Whether the folder exists and belongs to this user.
  package var isOwn: Bool {
    var status = stat()
    return lstat(path, &status) == 0 && status.st_uid == geteuid()
      && status.st_mode & S_IFMT == S_IFDIR
  }

  /// Whether anything exists at that path.
  package var exists: Bool {
    var status = stat()
    return lstat(path, &status) == 0
  }
}

/// A journal folder that cannot be trusted, because somebody else could have written it.
package struct ForeignJournal: Error, Sendable {
  package let path: String
  /// What is wrong with it, such as `is a symbolic link`.
  package let fault: String
}

/// An open journal folder: not a link, owned by this user, inaccessible to others.
final class JournalFolder {
  /// The names of its files.
  enum Name {
    static let plan = "plan"
    static let journal = "journal"
    /// The journal once a recovery has begun to go back; from then on it can only go back.
    static let abort = "abort"
    static func old(_ index: Int) -> String { "old-\(index)" }
  }

  private let descriptor: Descriptor
  private let place: JournalPlace

  private init(_ descriptor: consuming Descriptor, _ place: JournalPlace) {
    self.descriptor = descriptor
    self.place = place
  }

  /// Opens the folder; returns nil if there is none.
  ///
  /// - Throws: `ForeignJournal` or `FileError`.
  static func find(_ place: JournalPlace) throws -> JournalFolder? {
    try open(place, missing: .isNil)
  }

  /// Opens the folder; if it is missing, creates it and syncs its name to the disk.
  ///
  /// - Throws: `ForeignJournal` or `FileError`.
  static func make(_ place: JournalPlace) throws -> JournalFolder {
    let wasThere = place.names.indices.map { index in
      JournalPlace(base: place.base, names: Array(place.names[...index])).exists
    }
    do {
      if let made = try open(place, missing: .isMade) { return made }
      throw FileError("open", place.path, code: ENOENT)
    } catch {
      // Remove the folders that were created in vain.
      for index in place.names.indices.reversed() where !wasThere[index] {
        rmdir(JournalPlace(base: place.base, names: Array(place.names[...index])).path)
      }
      throw error
    }
  }

  /// What becomes of a folder that is missing.
  private enum Missing { case isNil, isMade }

  private static func open(_ place: JournalPlace, missing: Missing) throws -> JournalFolder? {
    var path = place.base
    var folder = try Descriptor(folder: path)
    for name in place.names {
      let parent = path
      path += (path == "/" ? "" : "/") + name
      var next = openat(folder.number, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
      if next < 0, errno == ENOENT {
        guard missing == .isMade else { return nil }
        guard mkdirat(folder.number, name, 0o700) == 0 || errno == EEXIST else {
          throw FileError("mkdir", path)
        }
        try folder.sync(parent)
        next = openat(folder.number, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
      }
      guard next >= 0 else {
        let code = errno
        if code == ELOOP || code == ENOTDIR {
          throw ForeignJournal(path: path, fault: "is a symbolic link or not a folder")
        }
        throw FileError("open", path, code: code)
      }
      folder = Descriptor(owning: next)
      try check(folder, path)
    }
    return JournalFolder(folder, place)
  }

  private static func check(_ folder: borrowing Descriptor, _ path: String) throws {
    var status = stat()
    guard fstat(folder.number, &status) == 0 else { throw FileError("stat", path) }
    guard status.st_uid == geteuid() else {
      throw ForeignJournal(path: path, fault: "belongs to another user")
    }
    guard status.st_mode & 0o077 == 0 else {
      throw ForeignJournal(path: path, fault: "can be opened by other users")
    }
  }

  /// The absolute path of one of its files, for messages.
  func path(_ name: String) -> String { place.path + "/" + name }

  func has(_ name: String) -> Bool {
    var status = stat()
    return fstatat(descriptor.number, name, &status, AT_SYMLINK_NOFOLLOW) == 0
  }

  func read(_ name: String) throws(FileError) -> [UInt8] {
    try open(name, O_RDONLY | O_NONBLOCK).read(path(name), limit: maximumFileSize)
  }

  /// Writes or replaces a file, with mode 0600.
  func write(_ bytes: [UInt8], _ name: String) throws(FileError) {
    try open(name, O_WRONLY | O_CREAT | O_TRUNC, mode: 0o600).write(bytes, path(name))
  }

  func syncFile(_ name: String) throws(FileError) { try open(name, O_RDONLY).sync(path(name)) }

  /// Syncs the names in the folder to the disk.
  func sync() throws(FileError) { try descriptor.sync(place.path) }

  func rename(_ old: String, _ new: String) throws(FileError) {
    guard renameat(descriptor.number, old, descriptor.number, new) == 0 else {
      throw FileError("rename", path(new))
    }
  }

  func remove(_ name: String) throws(FileError) {
    guard unlinkat(descriptor.number, name, 0) == 0 else { throw FileError("unlink", path(name)) }
  }

  /// Removes the old copies of a finished change, and the folders.
  ///
  /// The next run tries again to remove what is left.
  func removeOldCopies() {
    let copy = dup(descriptor.number)
    guard copy >= 0, let stream = fdopendir(copy) else { return }
    rewinddir(stream)
    for name in entryNames(stream) where name.begins(with: "old-") {
      unlinkat(descriptor.number, name, 0)
    }
    closedir(stream)
    for index in place.names.indices.reversed() {
      rmdir(JournalPlace(base: place.base, names: Array(place.names[...index])).path)
    }
  }

  private func open(
    _ name: String, _ flags: Int32, mode: UInt32 = 0
  ) throws(FileError) -> Descriptor {
    let number = retrying {
      openat(descriptor.number, name, flags | O_CLOEXEC | O_NOFOLLOW, mode)
    }
    guard number >= 0 else { throw FileError("open", path(name)) }
    return Descriptor(owning: number)
  }
}
