/// A folder of our own, outside the workspace, that goes with its owner.

internal import CLinux
internal import Glibc
internal import Synchronization
internal import Text

/// Holds copies of files of a repository, and nothing that has to stay.
///
/// Who has it holds its lock. One whose lock nobody holds was left by a process that was killed, and the
/// next one of that user removes it.
package final class ScratchFolder {
  /// Its absolute path.
  package let path: String
  /// Where its files are.
  package var files: String { path + "/files" }
  /// The folders that were made.
  private var made: Set<ByBytes> = []
  /// The open folder, on which the lock is.
  private let lock: Int32

  private static let prefix = "moltseal-scratch-"
  /// Those of this process, so that a signal leaves none; nil once nothing may be made in one any more.
  private static let alive = Mutex<Set<ByBytes>?>([])

  /// - Parameter parent: where it is made, `/tmp` for instance.
  /// - Throws: `FileError`.
  package init(in parent: String) throws(FileError) {
    ScratchFolder.removeStale(in: parent)
    // Between its making and its lock another process can take it for one that was left.
    for _ in 0..<100 {
      let made = try ScratchFolder.alive.withLock { alive throws(FileError) in
        guard alive != nil else { throw FileError("mkdtemp", parent, code: EINTR) }
        let made = try ScratchFolder.make(in: parent)
        if let made { alive?.insert(ByBytes(made.path)) }
        return made
      }
      guard let made else { continue }
      (path, lock) = made
      return
    }
    throw FileError("flock", parent, code: EWOULDBLOCK)
  }

  /// A new folder with its lock; nil where another process was faster.
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

  /// A folder of this user, opened and locked; nil where somebody else has its lock, or it is gone.
  private static func locked(_ path: String) -> Int32? {
    let lock = retrying { open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC) }
    guard lock >= 0 else { return nil }
    var (named, opened) = (stat(), stat())
    guard retrying({ flock(lock, LOCK_EX | LOCK_NB) }) == 0,
      fstat(lock, &opened) == 0, opened.st_uid == geteuid(),
      // Who had it before may have removed it.
      lstat(path, &named) == 0, named.st_ino == opened.st_ino, named.st_dev == opened.st_dev
    else {
      close(lock)
      return nil
    }
    return lock
  }

  /// Writes a new file, and the folders on the way.
  ///
  /// - Parameter file: relative to the folder of files, without `..`.
  package func write(_ file: String, _ bytes: [UInt8]) throws(FileError) {
    let steps = Path.steps(file)
    guard !steps.isEmpty, !steps.contains("..") else { throw FileError("open", file, code: EXDEV) }
    try makeFolder(steps.dropLast().joined(separator: "/"))
    let target = Path.join(files, steps.joined(separator: "/"))
    try acting { () throws(FileError) in
      try Descriptor(file: target, O_WRONLY | O_CREAT | O_EXCL, mode: 0o600).write(bytes, target)
    }
  }

  /// Makes a folder, and those on the way.
  package func makeFolder(_ folder: String) throws(FileError) {
    var place = path
    for step in ["files"] + Path.steps(folder) {
      place += "/" + step
      guard made.insert(ByBytes(place)).inserted else { continue }
      try acting { () throws(FileError) in
        guard mkdir(place, 0o700) == 0 || errno == EEXIST else { throw FileError("mkdir", place) }
      }
    }
  }

  /// Makes something in it, unless the process is about to end: what was removed is not made again.
  private func acting(_ body: () throws(FileError) -> Void) throws(FileError) {
    try ScratchFolder.alive.withLock { alive throws(FileError) in
      guard alive != nil else { throw FileError("open", path, code: EINTR) }
      try body()
    }
  }

  deinit {
    ScratchFolder.remove(path)
    _ = ScratchFolder.alive.withLock { $0?.remove(ByBytes(path)) }
    close(lock)
  }

  /// Removes all of them, for a process that is about to end; nothing is made after it.
  package static func removeAll() {
    let left = alive.withLock { alive in
      defer { alive = nil }
      return alive ?? []
    }
    for path in left { remove(path.text) }
  }

  /// Removes what processes of this user have left that were killed.
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
