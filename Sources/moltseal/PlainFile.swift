/// Files that a person names on the command line: read as they are, wherever they are.

internal import Cryptography
internal import Glibc

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

  private static func failure(_ path: String) -> CommandError {
    CommandError(
      "cannot be read: \(String(cString: strerror(errno)))",
      hint: "check the path and its permissions", file: path)
  }
}
