/// A folder of our own, outside the workspace, that goes with its owner.

internal import CLinux
internal import Glibc
internal import Synchronization
internal import Text

/// Holds copies of files of a repository, and nothing that has to stay.
///
/// Who has it holds the lock of a file in it. One whose lock nobody holds was left by a process that
/// was killed, and the next one of that user removes it.
package final class ScratchFolder {
  /// Its absolute path.
  package let path: String
  /// Where its files are.
  package var files: String { path + "/files" }
  /// The folders that were made.
  private var made: Set<ByBytes> = []
  private let lock: Descriptor

  private static let prefix = "moltseal-scratch-"
  private static let lockName = "lock"
  /// Those of this process, so that a signal leaves none; nil once none may be made any more.
  private static let alive = Mutex<Set<ByBytes>?>([])

  /// - Parameter parent: where it is made, `/tmp` for instance.
  /// - Throws: `FileError`.
  package init(in parent: String) throws(FileError) {
    ScratchFolder.removeStale(in: parent)
    var template = Array("\(parent)/\(ScratchFolder.prefix)XXXXXX".utf8CString)
    // The permissions are 0700.
    guard mkdtemp(&template) != nil else { throw FileError("mkdtemp", parent) }
    let path = String(
      decoding: template.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
    self.path = path
    let isAllowed = ScratchFolder.alive.withLock { alive in
      alive?.insert(ByBytes(path)) != nil
    }
    do throws(FileError) {
      guard isAllowed else { throw FileError("mkdtemp", path, code: EINTR) }
      lock = try Descriptor(
        file: "\(path)/\(ScratchFolder.lockName)", O_RDWR | O_CREAT | O_EXCL, mode: 0o600)
      guard retrying({ flock(lock.number, LOCK_EX | LOCK_NB) }) == 0 else {
        throw FileError("flock", path)
      }
    } catch {
      ScratchFolder.remove(path)
      throw error
    }
  }

  /// Writes a new file, and the folders on the way.
  ///
  /// - Parameter file: relative to the folder of files, without `..`.
  package func write(_ file: String, _ bytes: [UInt8]) throws(FileError) {
    let steps = Path.steps(file)
    guard !steps.isEmpty, !steps.contains("..") else { throw FileError("open", file, code: EXDEV) }
    try makeFolder(steps.dropLast().joined(separator: "/"))
    let target = Path.join(files, steps.joined(separator: "/"))
    try Descriptor(file: target, O_WRONLY | O_CREAT | O_EXCL, mode: 0o600).write(bytes, target)
  }

  /// Makes a folder, and those on the way.
  package func makeFolder(_ folder: String) throws(FileError) {
    var place = path
    for step in ["files"] + Path.steps(folder) {
      place += "/" + step
      guard made.insert(ByBytes(place)).inserted else { continue }
      guard mkdir(place, 0o700) == 0 || errno == EEXIST else { throw FileError("mkdir", place) }
    }
  }

  deinit {
    ScratchFolder.remove(path)
    _ = ScratchFolder.alive.withLock { $0?.remove(ByBytes(path)) }
  }

  /// Removes all of them, for a process that is about to end; none is made after it.
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
      var status = stat()
      guard lstat(path, &status) == 0, status.st_mode & S_IFMT == S_IFDIR,
        status.st_uid == geteuid(),
        let lock = try? Descriptor(file: "\(path)/\(lockName)", O_RDWR),
        retrying({ flock(lock.number, LOCK_EX | LOCK_NB) }) == 0
      else { continue }
      remove(path)
    }
  }

  /// The lock goes last: what is left of one that could not be removed is removed by the next run.
  private static func remove(_ path: String) {
    if unlink(path) == 0 { return }
    guard let stream = opendir(path) else { return }
    let names = entryNames(stream).filter { $0 != "." && $0 != ".." }
    closedir(stream)
    for name in names where name != lockName { remove("\(path)/\(name)") }
    if names.includes(lockName) { remove("\(path)/\(lockName)") }
    rmdir(path)
  }
}
