/// A temporary folder outside the workspace, removed with its owner.

internal import CLinux
internal import Glibc
internal import Synchronization
internal import Text

/// A temporary folder with copies of files of a repository.
///
/// Its owner has a lock on it. If nobody has the lock, a killed process left the folder behind, and
/// the next process of that user removes it.
package final class ScratchFolder {
  /// The absolute path.
  package let path: String
  /// The folder of the files.
  package var files: String { path + "/files" }
  /// The folders that were created.
  private var made: Set<Name> = []
  /// The open, locked folder.
  private let lock: Int32

  private static let prefix = "moltseal-scratch-"
  /// The folders of this process, removed on a signal; nil once nothing may be created any more.
  private static let alive = Mutex<Set<Name>?>([])

  /// - Parameter parent: the folder to create it in, such as `/tmp`.
  /// - Throws: `FileError`.
  package init(in parent: String) throws(FileError) {
    ScratchFolder.removeStale(in: parent)
    // Between its creation and its lock, another process can take it for an abandoned one.
    for _ in 0..<100 {
      let made = try ScratchFolder.alive.withLock { alive throws(FileError) in
        guard alive != nil else { throw FileError("mkdtemp", parent, code: EINTR) }
        let made = try ScratchFolder.make(in: parent)
        if let made { alive?.insert(Name(made.path)) }
        return made
      }
      guard let made else { continue }
      (path, lock) = made
      return
    }
    throw FileError("flock", parent, code: EWOULDBLOCK)
  }

  /// Creates a folder and locks it; returns nil if another process was faster.
  private static func make(in parent: String) throws(FileError) -> (path: String, lock: Int32)? {
    var template = Array("\(parent)/\(prefix)XXXXXX".utf8CString)
    // The permissions are 0700.
    guard mkdtemp(&template) != nil else { throw FileError("mkdtemp", parent) }
    let path = String(
      decoding: template.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
    guard let lock = locked(path) else {
      _ = rmdir(path)
      return nil
    }
    return (path, lock)
  }

  /// Opens and locks a folder of this user; returns nil if it is locked or gone.
  private static func locked(_ path: String) -> Int32? {
    let lock = retrying { open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC) }
    guard lock >= 0 else { return nil }
    var (named, opened) = (stat(), stat())
    guard retrying({ flock(lock, LOCK_EX | LOCK_NB) }) == 0,
      fstat(lock, &opened) == 0, opened.st_uid == geteuid(),
      // The previous owner may have removed it.
      lstat(path, &named) == 0, named.st_ino == opened.st_ino, named.st_dev == opened.st_dev
    else {
      close(lock)
      return nil
    }
    return lock
  }

  /// Writes a new file, and creates the folders on the way.
  ///
  /// - Parameter file: a path below the folder of files, without `..`.
  package func write(_ file: String, _ bytes: [UInt8]) throws(FileError) {
    let steps = Path.steps(file)
    guard !steps.isEmpty, !steps.contains("..") else { throw FileError("open", file, code: EXDEV) }
    try makeFolder(steps.dropLast().joined(separator: "/"))
    let target = Path.join(files, steps.joined(separator: "/"))
    try acting { () throws(FileError) in
      try Descriptor(file: target, O_WRONLY | O_CREAT | O_EXCL, mode: 0o600).write(bytes, target)
    }
  }

  /// Creates a folder, and those on the way.
  package func makeFolder(_ folder: String) throws(FileError) {
    var place = path
    for step in ["files"] + Path.steps(folder) {
      place += "/" + step
      guard made.insert(Name(place)).inserted else { continue }
      try acting { () throws(FileError) in
        guard mkdir(place, 0o700) == 0 || errno == EEXIST else { throw FileError("mkdir", place) }
      }
    }
  }

  /// Runs `body`, unless the process is about to end: what was removed must not be created again.
  private func acting(_ body: () throws(FileError) -> Void) throws(FileError) {
    try ScratchFolder.alive.withLock { alive throws(FileError) in
      guard alive != nil else { throw FileError("open", path, code: EINTR) }
      try body()
    }
  }

  deinit {
    ScratchFolder.remove(path)
    _ = ScratchFolder.alive.withLock { $0?.remove(Name(path)) }
    close(lock)
  }

  /// Removes all folders of a process that is about to end; nothing is created afterwards.
  package static func removeAll() {
    let left = alive.withLock { alive in
      defer { alive = nil }
      return alive ?? []
    }
    for path in left { remove(path.text) }
  }

  /// Removes the folders that killed processes of this user left behind.
  private static func removeStale(in parent: String) {
    guard let stream = opendir(parent) else { return }
    defer { closedir(stream) }
    for name in entryNames(stream) where name.begins(with: prefix) {
      let path = "\(parent)/\(name)"
      guard let lock = locked(path) else { continue }
      remove(path)
      close(lock)
    }
  }

  private static func remove(_ path: String) {
    if unlink(path) == 0 { return }
    guard let stream = opendir(path) else { return }
    let names = entryNames(stream).filter { $0 != "." && $0 != ".." }
    closedir(stream)
    for name in names { remove("\(path)/\(name)") }
    rmdir(path)
  }
}
