/// The system calls of this module; every failure has the path and the reason.

internal import CLinux
internal import Glibc
internal import Text

/// A failed system call on a file.
package struct FileError: Error, Sendable, Equatable {
  /// The call, such as `open`.
  package let operation: String
  /// Relative to the workspace, or as the caller gave it.
  package let path: String
  /// The value of `errno`.
  package let code: Int32

  init(_ operation: String, _ path: String, code: Int32 = errno) {
    self.operation = operation
    self.path = path
    self.code = code
  }

  /// The system's error message.
  package var reason: String { String(cString: strerror(code)) }
  package var isMissing: Bool { code == ENOENT }
  package var isTooLarge: Bool { code == EFBIG }
  /// Whether more files were read than any real repository has.
  package var isTooMany: Bool { code == ENFILE }
  package static func tooMany(_ path: String) -> FileError {
    FileError("read", path, code: ENFILE)
  }
  /// Whether the path leads out of the folder that it must stay in.
  package var leavesFolder: Bool { operation == "open" && (code == EXDEV || code == ELOOP) }
}

/// The largest file that a command changes, in bytes; no command reads a larger one to change it.
let maximumFileSize = 256 << 20

/// What happens to symbolic links on the way to a file.
enum Links {
  /// They are followed if they stay beneath the folder.
  case followed
  /// They are refused: a path to write to was resolved before, so a link was put there since.
  case refused
}

/// An open file or folder that closes with its owner.
struct Descriptor: ~Copyable {
  let number: Int32

  deinit { close(number) }

  /// Takes ownership of an open descriptor.
  init(owning number: Int32) { self.number = number }

  /// Opens `path` beneath `folder`.
  ///
  init(
    beneath folder: borrowing Descriptor, _ path: String, _ flags: Int32, mode: UInt32 = 0,
    links: Links = .followed
  ) throws(FileError) {
    let number = retrying {
      moltseal_open_beneath(folder.number, path, flags, mode, links == .followed ? 1 : 0)
    }
    guard number >= 0 else { throw FileError("open", path) }
    self.number = number
  }

  /// Opens a file by any path; a symbolic link at its end is not followed.
  init(file path: String, _ flags: Int32, mode: UInt32 = 0) throws(FileError) {
    let number = retrying { open(path, flags | O_CLOEXEC | O_NOFOLLOW, mode) }
    guard number >= 0 else { throw FileError("open", path) }
    self.number = number
  }

  /// Opens a folder by any path.
  init(folder path: String) throws(FileError) {
    let number = retrying { open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC) }
    guard number >= 0 else { throw FileError("open", path) }
    self.number = number
  }

  func sync(_ path: String) throws(FileError) {
    guard retrying({ fsync(number) }) == 0 else { throw FileError("fsync", path) }
  }

  func write(_ bytes: [UInt8], _ path: String) throws(FileError) {
    var offset = 0
    while offset < bytes.count {
      let written = bytes.withUnsafeBytes { buffer in
        retrying {
          Int32(
            truncatingIfNeeded: Glibc.write(
              number, buffer.baseAddress?.advanced(by: offset), min(bytes.count - offset, 1 << 20)))
        }
      }
      guard written > 0 else { throw FileError("write", path) }
      offset += Int(written)
    }
  }

  /// Returns all bytes of the file, or throws if it has more than `limit`.
  func read(_ path: String, limit: Int) throws(FileError) -> [UInt8] {
    var status = stat()
    guard fstat(number, &status) == 0 else { throw FileError("stat", path) }
    guard status.st_mode & S_IFMT == S_IFREG else { throw FileError("read", path, code: EISDIR) }
    guard status.st_size <= limit else { throw FileError("read", path, code: EFBIG) }
    var bytes: [UInt8] = []
    // One byte more than the file has, so that its end is found without a second call.
    var chunk = [UInt8](repeating: 0, count: Int(status.st_size) + 1)
    while true {
      let count = Int(
        retrying { Int32(truncatingIfNeeded: Glibc.read(number, &chunk, chunk.count)) })
      guard count >= 0 else { throw FileError("read", path) }
      bytes += chunk[..<count]
      guard bytes.count <= limit else { throw FileError("read", path, code: EFBIG) }
      if count < chunk.count { return bytes }
    }
  }

  /// Returns the permission bits of the file.
  func mode(_ path: String) throws(FileError) -> UInt32 {
    var status = stat()
    guard fstat(number, &status) == 0 else { throw FileError("stat", path) }
    return status.st_mode & 0o7777
  }
}

/// Returns the names of an open folder's entries, including `.` and `..`.
func entryNames(_ stream: OpaquePointer) -> [String] {
  var names: [String] = []
  while let entry = readdir(stream) {
    names.append(
      withUnsafePointer(to: &entry.pointee.d_name) {
        $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
      })
  }
  return names
}

/// Repeats a call that a signal interrupted.
func retrying(_ call: () -> Int32) -> Int32 {
  while true {
    let result = call()
    if result >= 0 || errno != EINTR { return result }
  }
}

/// Splits `a/b/c` into `a/b` and `c`.
func split(_ path: String) -> (folder: String, name: String) {
  let (folder, name) = Path.split(path)
  return (folder ?? ".", name)
}
