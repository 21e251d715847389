/// Files named on the command line, read from any place.

package import Cryptography
internal import Glibc
internal import Reporting
package import Repository

/// Single files that the user named, inside a repository or not.
package enum PlainFile {
  /// The largest file, in bytes.
  static let limit = TargetFile.limit

  /// Returns the bytes of a file, or of standard input for `-`.
  package static func read(_ path: String) throws -> [UInt8] {
    let secret = try readSecret(path)
    return secret.withBytes { Array($0) }
  }

  /// Reads a secret like `read`, but only into memory that is wiped.
  package static func readSecret(_ path: String) throws -> SecretBytes {
    let descriptor = path == "-" ? dup(STDIN_FILENO) : open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw failure(path) }
    defer { close(descriptor) }
    var chunks: [SecretBytes] = []
    var total = 0
    while true {
      var (count, code) = (0, Int32(0))
      let chunk = SecretBytes(count: 1 << 16) { buffer in
        repeat {
          count = Glibc.read(descriptor, buffer.baseAddress, buffer.count)
          code = errno
        } while count < 0 && code == EINTR
      }
      guard count >= 0 else { throw failure(path, code) }
      if count == 0 { break }
      total += count
      guard total <= limit else {
        throw CommandError(
          "is larger than \(limit >> 20) MiB", hint: "check that it is the right file",
          file: path, consequence: nil)
      }
      chunks.append(
        chunk.withBytes { SecretBytes(copying: UnsafeRawBufferPointer(rebasing: $0[..<count])) })
    }
    return SecretBytes(joining: chunks)
  }

  /// Writes a file completely or not at all, whatever its old content.
  ///
  /// - Parameter uncommitted: whether to overwrite bytes that git does not have.
  /// - Throws: `CommandError`, and nothing was written.
  package static func write(
    _ path: String, _ new: [UInt8], uncommitted: Uncommitted
  ) throws {
    var status = stat()
    guard stat(path, &status) != 0 || status.st_mode & S_IFMT == S_IFREG else {
      throw CommandError(
        "is not a regular file that can be replaced", hint: "leave -w out and redirect the output",
        file: path)
    }
    let file = try TargetFile(path, uncommitted: uncommitted)
    try file.replace(try file.read(), with: new)
  }

  /// Whether a file is standard input, and a person types it.
  package static func isTyped(_ path: String) -> Bool { path == "-" && isatty(STDIN_FILENO) == 1 }

  /// The name of a file in messages; `-` is standard input.
  package static func name(_ path: String) -> String { path == "-" ? "standard input" : path }

  /// - Parameter code: `errno` of the call that failed; wiping memory may change it.
  private static func failure(_ path: String, _ code: Int32 = errno) -> CommandError {
    CommandError(
      "cannot be read: \(String(cString: strerror(code)))",
      hint: "check the path and its permissions", file: path)
  }
}
