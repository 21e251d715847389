/// Files that a person names on the command line: read as they are, wherever they are.

internal import Cryptography
internal import Glibc
internal import Transactions

enum PlainFile {
  /// How large a file may be: 64 MiB.
  private static let limit = 64 << 20

  /// The bytes of a file, or of standard input for `-`.
  static func read(_ path: String) throws -> [UInt8] {
    let secret = try readSecret(path)
    return secret.withBytes { Array($0) }
  }

  /// The same for a secret: from the first byte on in memory that is wiped.
  static func readSecret(_ path: String) throws -> SecretBytes {
    let descriptor = path == "-" ? dup(STDIN_FILENO) : open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw failure(path) }
    defer { close(descriptor) }
    var chunks: [SecretBytes] = []
    var total = 0
    while true {
      var count = 0
      let chunk = SecretBytes(count: 1 << 16) { buffer in
        repeat {
          count = Glibc.read(descriptor, buffer.baseAddress, buffer.count)
        } while count < 0 && errno == EINTR
      }
      guard count >= 0 else { throw failure(path) }
      if count == 0 { break }
      total += count
      guard total <= limit else {
        throw CommandError(
          "is larger than \(limit >> 20) MiB", hint: "this cannot be the file that was meant",
          file: path, consequence: nil)
      }
      chunks.append(
        chunk.withBytes { SecretBytes(copying: UnsafeRawBufferPointer(rebasing: $0[..<count])) })
    }
    return SecretBytes(count: total) { output in
      var position = 0
      for chunk in chunks {
        chunk.withBytes {
          UnsafeMutableRawBufferPointer(rebasing: output[position...]).copyMemory(from: $0)
        }
        position += chunk.count
      }
    }
  }

  /// Replaces a file whole or not at all; `old` is nil where there must be none yet.
  static func replace(_ path: String, old: [UInt8]?, new: [UInt8]) throws {
    let slash = path.lastIndex(of: "/")
    let parent = slash.map { path[..<$0].isEmpty ? "/" : String(path[..<$0]) } ?? "."
    let name = slash.map { String(path[path.index(after: $0)...]) } ?? path
    do {
      let folder = try WorkspaceFolder(parent)
      let lock = try folder.lock("in '\(parent)'")
      try folder.replace(FileChange(path: name, old: old, new: new))
      _ = consume lock
    } catch let changed as Committer.ChangedMeanwhile {
      throw CommandError(
        "'\(changed.path)' was changed while moltseal was at work", hint: "run the command again")
    } catch let error as FileError {
      throw CommandError(error, what: "cannot write")
    }
  }

  /// Writes a file whole or not at all, whatever it held before.
  static func write(_ path: String, _ new: [UInt8]) throws {
    var status = stat()
    guard stat(path, &status) != 0 || status.st_mode & S_IFMT == S_IFREG else {
      throw CommandError(
        "is no file that can be replaced whole", hint: "leave -w out and redirect the output",
        file: path)
    }
    let old = access(path, F_OK) == 0 ? try read(path) : nil
    if old != new { try replace(path, old: old, new: new) }
  }

  /// What messages call a file: `-` is standard input.
  static func name(_ path: String) -> String { path == "-" ? "standard input" : path }

  private static func failure(_ path: String) -> CommandError {
    CommandError(
      "cannot be read: \(String(cString: strerror(errno)))",
      hint: "check the path and its permissions", file: path)
  }
}
