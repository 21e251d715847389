/// A folder whose files are read and written beneath it and nowhere else.

internal import CLinux
internal import Glibc
internal import Synchronization
internal import Text

/// The workspace's folder.
///
/// Every path is relative to it. The kernel refuses `..`, an absolute path, or a symbolic link that
/// leads out (`openat2`, `RESOLVE_BENEATH`).
package final class WorkspaceFolder: Sendable {
  let descriptor: Descriptor
  /// The folder's absolute path, without symbolic links.
  package let path: String
  /// The bytes that were read, by path; nil for a file that did not exist.
  private let readings = Mutex<[Name: [UInt8]?]>([:])

  /// - Throws: `FileError` if the folder cannot be opened.
  package init(_ path: String) throws(FileError) {
    descriptor = try Descriptor(folder: path)
    self.path = try WorkspaceFolder.realPath(of: descriptor, path)
  }

  /// Reads a file of at most `limit` bytes, and remembers the bytes.
  package func read(_ path: String, limit: Int = 4 << 20) throws(FileError) -> [UInt8] {
    let bytes = try readNow(path, limit: limit)
    readings.withLock { $0[Name(path)] = .some(bytes) }
    return bytes
  }

  /// Reads a file without remembering the bytes.
  func readNow(
    _ path: String, limit: Int = maximumFileSize, links: Links = .followed
  ) throws(FileError) -> [UInt8] {
    try check(path)
    return try Descriptor(
      beneath: descriptor, path, O_RDONLY | O_NONBLOCK, links: links
    ).read(path, limit: limit)
  }

  /// Returns the first file, by path, that has changed since `read`.
  func firstChangedSinceRead() throws(FileError) -> String? {
    for (path, bytes) in readings.withLock({ $0 }).sorted(by: { $0.key.text < $1.key.text }) {
      guard try readNowIfPresent(path.text) == bytes else { return path.text }
    }
    return nil
  }

  func readNowIfPresent(
    _ path: String, links: Links = .followed
  ) throws(FileError) -> [UInt8]? {
    do {
      return try readNow(path, links: links)
    } catch {
      guard error.isMissing else { throw error }
      return nil
    }
  }

  /// Reads a file like `read`, or returns nil if it does not exist.
  package func readIfPresent(
    _ path: String, limit: Int = 4 << 20
  ) throws(FileError) -> [UInt8]? {
    do {
      return try read(path, limit: limit)
    } catch {
      guard error.isMissing else { throw error }
      readings.withLock { $0[Name(path)] = .some(nil) }
      return nil
    }
  }

  /// Returns the names in a folder, sorted, without hidden ones.
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

  /// Whether a path is a folder, with no symbolic link on the way.
  package func isOwnFolder(_ path: String) -> Bool {
    (try? Descriptor(beneath: descriptor, path, O_RDONLY | O_DIRECTORY, links: .refused)) != nil
  }

  /// Whether a path is a folder, or why that cannot be determined.
  package func look(at path: String) -> Result<Bool, FileError> {
    do throws(FileError) {
      try check(path)
      let place = try Descriptor(beneath: descriptor, path, MOLTSEAL_O_PATH)
      var status = stat()
      guard fstat(place.number, &status) == 0 else { throw FileError("stat", path) }
      return .success(status.st_mode & S_IFMT == S_IFDIR)
    } catch { return .failure(error) }
  }

  /// Whether a file or folder exists.
  package func exists(_ path: String) -> Bool {
    (try? Descriptor(beneath: descriptor, path, MOLTSEAL_O_PATH)) != nil
  }

  /// Returns a file's path, relative to this folder and without symbolic links.
  ///
  /// If the file does not exist, the existing folders on the way are resolved.
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

  /// Returns the absolute path, without symbolic links, of a folder beneath this one.
  func realPath(ofFolder path: String) throws(FileError) -> String {
    try WorkspaceFolder.realPath(
      of: try Descriptor(beneath: descriptor, path, O_RDONLY | O_DIRECTORY), path)
  }

  /// Refuses empty paths, and what the kernel would refuse, before anything is created.
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

/// An exclusive lock on a folder, released with its owner.
package final class FolderLock {
  private let descriptor: Descriptor

  /// - Parameter path: an absolute folder.
  /// - Throws: `FileError` with `EWOULDBLOCK` if another run has the lock; this never waits.
  package init(_ path: String) throws(FileError) {
    descriptor = try Descriptor(folder: path)
    guard retrying({ flock(descriptor.number, LOCK_EX | LOCK_NB) }) == 0 else {
      throw FileError("flock", path)
    }
  }
}

extension FileError {
  /// Whether another run has the lock.
  package var isLocked: Bool { operation == "flock" && code == EWOULDBLOCK }
}
