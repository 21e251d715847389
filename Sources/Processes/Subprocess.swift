/// Other programs: found outside the repository, run with variables of their own.
///
/// posix_spawn and two pipes, not swift-subprocess: that one waits for ever when a write of its
/// own wake-up pipe fails, and a full disk must never hang a run (docs/dependencies.md).

internal import Glibc
internal import Text

package enum Subprocess {
  package struct Result {
    /// The exit status, or -1 where a signal ended it.
    package let status: Int32
    package let output: [UInt8]
    package let errors: String
  }

  /// Why a program could not be started.
  package enum Fault: Error {
    /// It is on the search path in none of the folders that count; those that do not.
    case notFound(String, outside: [String])
    /// What failed, and why.
    case failed(String, reason: String)
  }

  /// What a program finds around it.
  package struct Setup: Sendable {
    /// Its variables, as the bytes of `NAME=value`.
    package var variables: [[UInt8]]
    /// The folders that it is looked for in, with colons between them.
    package let searchPath: String
    /// Its standard input; nil for none.
    package var input: [UInt8]?
    /// A descriptor that it inherits under the same number; nil for none.
    package var inherited: Int32?

    package init(variables: [[UInt8]], searchPath: String?) {
      self.variables = variables
      self.searchPath = searchPath ?? "/usr/local/bin:/usr/bin:/bin"
    }
  }

  /// Starts a program.
  ///
  /// It is taken from an absolute folder of PATH, never from beneath `folders`: what a repository
  /// brings along is not run.
  ///
  /// - Throws: `Fault`.
  package static func start(
    _ name: String, _ arguments: [String], outside folders: [String], _ setup: Setup
  ) throws -> RunningChild {
    guard let path = find(name, in: setup.searchPath, outside: folders) else {
      throw Fault.notFound(name, outside: folders)
    }
    let input = try setup.input.map { try temporaryFile($0) }
    defer { if let input { fclose(input) } }
    let output = try Pipe()
    let errors = try Pipe()
    let child = try spawn(
      path, [name] + arguments, setup, input.map { fileno($0) }, output, errors)
    output.closeWriting()
    errors.closeWriting()
    return RunningChild(child: child, output: output, errors: errors)
  }

  /// A file without a name that holds `bytes`, which are no secret.
  private static func temporaryFile(_ bytes: [UInt8]) throws -> UnsafeMutablePointer<FILE> {
    guard let file = tmpfile(), fwrite(bytes, 1, bytes.count, file) == bytes.count,
      fflush(file) == 0, lseek(fileno(file), 0, SEEK_SET) == 0
    else {
      throw Fault.failed("write a temporary file", reason: String(cString: strerror(errno)))
    }
    _ = fcntl(fileno(file), F_SETFD, FD_CLOEXEC)
    return file
  }

  private static func spawn(
    _ path: String, _ arguments: [String], _ setup: Setup, _ input: Int32?,
    _ output: borrowing Pipe, _ errors: borrowing Pipe
  ) throws -> pid_t {
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    if let input {
      posix_spawn_file_actions_adddup2(&actions, input, STDIN_FILENO)
    } else {
      posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0)
    }
    posix_spawn_file_actions_adddup2(&actions, output.writing, STDOUT_FILENO)
    posix_spawn_file_actions_adddup2(&actions, errors.writing, STDERR_FILENO)
    // A descriptor that is put on itself loses its close-on-exec flag, in the child alone.
    if let number = setup.inherited {
      posix_spawn_file_actions_adddup2(&actions, number, number)
    }
    var words = arguments.map { strdup($0) } + [nil]
    var variables = setup.variables.map { Subprocess.copy($0) } + [nil]
    defer { (words + variables).forEach { free($0) } }
    var child = pid_t()
    let code = posix_spawn(&child, path, &actions, nil, &words, &variables)
    guard code == 0 else {
      throw Fault.failed("run '\(path)'", reason: String(cString: strerror(code)))
    }
    return child
  }

  /// A C string of bytes that need not be UTF-8.
  private static func copy(_ bytes: [UInt8]) -> UnsafeMutablePointer<CChar>? {
    bytes.withUnsafeBytes { bytes in
      bytes.baseAddress.flatMap { strndup($0.assumingMemoryBound(to: CChar.self), bytes.count) }
    }
  }

  /// Reads both pipes to their ends, whichever has something.
  ///
  /// - Parameter take: is handed the output as it comes, of which nothing is kept then.
  fileprivate static func collect(
    _ output: borrowing Pipe, _ errors: borrowing Pipe,
    take: ((UnsafeRawBufferPointer) -> Void)? = nil
  ) -> ([UInt8], [UInt8]) {
    var texts: [[UInt8]] = [[], []]
    var polls = [output.reading, errors.reading].map {
      pollfd(fd: $0, events: Int16(POLLIN), revents: 0)
    }
    var buffer = [UInt8](repeating: 0, count: 1 << 16)
    while polls.contains(where: { $0.fd >= 0 }) {
      guard poll(&polls, 2, -1) >= 0 || errno == EINTR else { break }
      for index in polls.indices where polls[index].fd >= 0 && polls[index].revents != 0 {
        let count = read(polls[index].fd, &buffer, buffer.count)
        if count > 0, index == 0, let take {
          buffer.withUnsafeMutableBytes { bytes in
            take(UnsafeRawBufferPointer(rebasing: bytes[..<count]))
            if let base = bytes.baseAddress { explicit_bzero(base, count) }
          }
        } else if count > 0 {
          texts[index] += buffer[..<count]
        }
        if count == 0 || count < 0 && errno != EINTR { polls[index].fd = -1 }
      }
    }
    return (texts[0], texts[1])
  }

  private static func find(
    _ name: String, in searchPath: String, outside repositories: [String]
  ) -> String? {
    let folders = searchPath.pieces(between: ":")
    for folder in folders where Path.isAbsolute(folder) {
      let path = "\(folder)/\(name)"
      guard access(path, X_OK) == 0, let target = realPath(path) else { continue }
      let places = [target, path, (realPath(folder) ?? folder) + "/"]
      // A repository at the root of everything holds every program.
      let isInside = repositories.contains { repository in
        repository != "/" && places.contains { $0.begins(with: repository + "/") }
      }
      if !isInside { return path }
    }
    return nil
  }

  private static func realPath(_ path: String) -> String? {
    guard let real = realpath(path, nil) else { return nil }
    defer { free(real) }
    return String(cString: real)
  }
}

/// A program at work.
package struct RunningChild: ~Copyable {
  private let child: pid_t
  private let output: Pipe
  private let errors: Pipe

  fileprivate init(child: pid_t, output: consuming Pipe, errors: consuming Pipe) {
    self.child = child
    self.output = output
    self.errors = errors
  }

  /// Waits for its end, and gives what it printed.
  ///
  /// - Parameter take: is handed what it prints, which may be a secret; the result has none of it then.
  package consuming func finish(
    taking take: ((UnsafeRawBufferPointer) -> Void)? = nil
  ) -> Subprocess.Result {
    let (text, complaints) = Subprocess.collect(output, errors, take: take)
    var status: Int32 = 0
    while waitpid(child, &status, 0) < 0, errno == EINTR {}
    return Subprocess.Result(
      status: status & 0x7F == 0 ? status >> 8 & 0xFF : -1, output: text,
      errors: String(decoding: complaints, as: UTF8.self))
  }
}

/// A pipe, closed with its owner.
struct Pipe: ~Copyable {
  let reading: Int32
  let writing: Int32

  init() throws {
    var ends: [Int32] = [-1, -1]
    guard pipe(&ends) == 0 else {
      throw Subprocess.Fault.failed("make a pipe", reason: String(cString: strerror(errno)))
    }
    for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
    (reading, writing) = (ends[0], ends[1])
  }

  func closeWriting() { close(writing) }

  deinit { close(reading) }
}
