/// A folder whose files are read and written beneath it and nowhere else.

internal import CLinux
internal import Glibc
internal import Synchronization
internal import Text

/// The workspace's folder.
///
/// Every path is relative to it; `..`, an absolute path or a symbolic link that leads out is
/// refused by the kernel (`openat2`, `RESOLVE_BENEATH`).
package final class WorkspaceFolder: Sendable {
  let descriptor: Descriptor
  /// The folder's real, absolute path.
  package let path: String
  /// What was read, as it was: nil where there was no file.
  private let readings = Mutex<[ByBytes: [UInt8]?]>([:])

  /// - Throws: `FileError` where the folder cannot be opened.
  package init(_ path: String) throws(FileError) {
    descriptor = try Descriptor(folder: path)
    self.path = try WorkspaceFolder.realPath(of: descriptor, path)
  }

  /// The bytes of a file, at most `limit`.
  package func read(_ path: String, limit: Int = 4 << 20) throws(FileError) -> [UInt8] {
    let bytes = try readNow(path, limit: limit)
    readings.withLock { $0[ByBytes(path)] = .some(bytes) }
    return bytes
  }

  /// The same, without remembering it.
  func readNow(
    _ path: String, limit: Int = maximumFileSize, followsLinks: Bool = true
  ) throws(FileError) -> [UInt8] {
    try check(path)
    return try Descriptor(
      beneath: descriptor, path, O_RDONLY | O_NONBLOCK, followsLinks: followsLinks
    ).read(path, limit: limit)
  }

  /// The first file, by its path, that is not as `read` found it.
  func firstChangedSinceRead() throws(FileError) -> String? {
    for (path, bytes) in readings.withLock({ $0 }).sorted(by: { $0.key.text < $1.key.text }) {
      guard try readNowIfPresent(path.text) == bytes else { return path.text }
    }
    return nil
  }

  func readNowIfPresent(
    _ path: String, followsLinks: Bool = true
  ) throws(FileError) -> [UInt8]? {
    do {
      return try readNow(path, followsLinks: followsLinks)
    } catch {
      guard error.isMissing else { throw error }
      return nil
    }
  }

  /// The bytes of a file, or nil where there is none.
  package func readIfPresent(
    _ path: String, limit: Int = 4 << 20
  ) throws(FileError) -> [UInt8]? {
    do {
      return try read(path, limit: limit)
    } catch {
      guard error.isMissing else { throw error }
      readings.withLock { $0[ByBytes(path)] = .some(nil) }
      return nil
    }
  }

  /// The names in a folder, sorted; hidden ones are left out.
  package func names(in path: String) throws(FileError) -> [String] {
    try check(path)
    let number = try Descriptor(beneath: descriptor, path, O_RDONLY | O_DIRECTORY)
    guard let stream = fdopendir(dup(number.number)) else { throw FileError("read", path) }
    defer { closedir(stream) }
    return entryNames(stream).filter { !$0.begins(with: ".") }.sorted()
  }

  package func isFolder(_ path: String) -> Bool {
    (try? Descriptor(beneath: descriptor, path, O_RDONLY | O_DIRECTORY)) != nil
  }

  /// Whether it is a folder, with no symbolic link on the way.
  package func isOwnFolder(_ path: String) -> Bool {
    (try? Descriptor(beneath: descriptor, path, O_RDONLY | O_DIRECTORY, followsLinks: false)) != nil
  }

  /// Whether what stands at a path is a folder, or why nothing can be said of it.
  package func look(at path: String) -> Result<Bool, FileError> {
    do throws(FileError) {
      try check(path)
      let place = try Descriptor(beneath: descriptor, path, MOLTSEAL_O_PATH)
      var status = stat()
      guard fstat(place.number, &status) == 0 else { throw FileError("stat", path) }
      return .success(status.st_mode & S_IFMT == S_IFDIR)
    } catch { return .failure(error) }
  }

  /// Whether a file or folder is there.
  package func exists(_ path: String) -> Bool {
    (try? Descriptor(beneath: descriptor, path, MOLTSEAL_O_PATH)) != nil
  }

  /// The path, relative to this folder and without symbolic links, of a file that may be one.
  ///
  /// Of a new file the folders that are there are resolved.
  package func resolved(_ path: String) throws(FileError) -> String {
    try check(path)
    do {
      let file = try Descriptor(beneath: descriptor, path, MOLTSEAL_O_PATH)
      let real = try WorkspaceFolder.realPath(of: file, path)
      if real === self.path { return "." }
      return Path.relative(real, to: self.path) ?? path
    } catch {
      guard error.isMissing else { throw error }
      let (parent, name) = Path.split(path)
      guard let parent, parent != "." else { return path }
      return Path.join(try resolved(parent), name)
    }
  }

  /// The absolute path, without symbolic links, of a folder beneath this one.
  func realPath(ofFolder path: String) throws(FileError) -> String {
    try WorkspaceFolder.realPath(
      of: try Descriptor(beneath: descriptor, path, O_RDONLY | O_DIRECTORY), path)
  }

  /// Refuses what the kernel would refuse, and empty paths, before anything is created.
  private func check(_ path: String) throws(FileError) {
    if path.isEmpty { throw FileError("open", path, code: ENOENT) }
    if Path.isAbsolute(path) || path.utf8.contains(0) { throw FileError("open", path, code: EXDEV) }
  }

  private static func realPath(
    of file: borrowing Descriptor, _ path: String
  ) throws(FileError) -> String {
    var buffer = [CChar](repeating: 0, count: 4097)
    let count = readlink("/proc/self/fd/\(file.number)", &buffer, 4096)
    guard count > 0 else { throw FileError("readlink", path) }
    return String(decoding: buffer[..<count].map(UInt8.init(bitPattern:)), as: UTF8.self)
  }
}

/// The right to change what is in some folders, for one process at a time; it ends with its owner.
package final class FolderLock {
  private let descriptor: Descriptor

  /// - Parameter path: an absolute folder.
  /// - Throws: `FileError` with `EWOULDBLOCK` where another run has it; this never waits.
  package init(_ path: String) throws(FileError) {
    descriptor = try Descriptor(folder: path)
    guard retrying({ flock(descriptor.number, LOCK_EX | LOCK_NB) }) == 0 else {
      throw FileError("flock", path)
    }
  }
}

extension FileError {
  /// Whether another run holds the lock.
  package var isLocked: Bool { operation == "flock" && code == EWOULDBLOCK }
}
