/// Other programs: found outside the repository, run with an environment of their own.
///
/// posix_spawn and two pipes, not swift-subprocess: that one waits for ever when a write of its
/// own wake-up pipe fails, and a full disk must never hang a run (docs/dependencies.md).

internal import Glibc

enum Children {
  struct Result {
    /// The exit status, or -1 where a signal ended it.
    let status: Int32
    let output: [UInt8]
    let errors: String
  }

  /// What a program finds around it.
  struct Surroundings {
    /// Its variables, as the bytes of `NAME=value`.
    var variables: [[UInt8]]
    /// Its standard input; nil for none.
    var input: [UInt8]?
    /// A descriptor that it inherits under the same number; nil for none.
    var inherited: Int32?

    /// PATH and HOME alone: no variable of moltseal's, and none of git's that would make it look
    /// elsewhere.
    static var bare: Surroundings {
      let kept = ["PATH", "HOME"].compactMap { key in
        Environment.text(key).map { "\(key)=\($0)" }
      }
      return Surroundings(variables: (["LC_ALL=C"] + kept).map { Array($0.utf8) })
    }
  }

  /// Starts a program.
  ///
  /// It is taken from an absolute folder of PATH, never from beneath `folders`: what a repository
  /// brings along is not run.
  static func start(
    _ name: String, _ arguments: [String], outside folders: [String], _ surroundings: Surroundings
  ) throws -> RunningChild {
    guard let path = find(name, outside: folders) else {
      let outside = folders.isEmpty ? "" : " outside '\(folders.joined(separator: "', '"))'"
      throw CommandError("'\(name)' is not on the PATH\(outside)", hint: "install \(name)")
    }
    let input = try surroundings.input.map { try temporaryFile($0) }
    defer { if let input { fclose(input) } }
    let output = try Pipe()
    let errors = try Pipe()
    let child = try spawn(
      path, [name] + arguments, surroundings, input.map { fileno($0) }, output, errors)
    output.closeWriting()
    errors.closeWriting()
    return RunningChild(child: child, output: output, errors: errors)
  }

  /// A file without a name that holds `bytes`, which are no secret.
  private static func temporaryFile(_ bytes: [UInt8]) throws -> UnsafeMutablePointer<FILE> {
    guard let file = tmpfile(), fwrite(bytes, 1, bytes.count, file) == bytes.count,
      fflush(file) == 0, lseek(fileno(file), 0, SEEK_SET) == 0
    else {
      throw CommandError(
        "cannot write a temporary file: \(String(cString: strerror(errno)))",
        hint: "check the room in the temporary folder")
    }
    _ = fcntl(fileno(file), F_SETFD, FD_CLOEXEC)
    return file
  }

  private static func spawn(
    _ path: String, _ arguments: [String], _ surroundings: Surroundings, _ input: Int32?,
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
    if let number = surroundings.inherited {
      posix_spawn_file_actions_adddup2(&actions, number, number)
    }
    var words = arguments.map { strdup($0) } + [nil]
    var variables = surroundings.variables.map { Children.copy($0) } + [nil]
    defer { (words + variables).forEach { free($0) } }
    var child = pid_t()
    let code = posix_spawn(&child, path, &actions, nil, &words, &variables)
    guard code == 0 else {
      throw CommandError(
        "cannot run '\(path)': \(String(cString: strerror(code)))", hint: "check the program")
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
  fileprivate static func collect(
    _ output: borrowing Pipe, _ errors: borrowing Pipe
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
        if count > 0 { texts[index] += buffer[..<count] }
        if count == 0 || count < 0 && errno != EINTR { polls[index].fd = -1 }
      }
    }
    return (texts[0], texts[1])
  }

  private static func find(_ name: String, outside repositories: [String]) -> String? {
    let folders = (Environment.text("PATH") ?? "/usr/local/bin:/usr/bin:/bin").split(separator: ":")
    for folder in folders where folder.hasPrefix("/") {
      let path = "\(folder)/\(name)"
      guard access(path, X_OK) == 0, let target = realPath(path) else { continue }
      let places = [target, path, (realPath(String(folder)) ?? String(folder)) + "/"]
      // A repository at the root of everything holds every program.
      let isInside = repositories.contains { repository in
        repository != "/" && places.contains { $0.hasPrefix(repository + "/") }
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
struct RunningChild: ~Copyable {
  private let child: pid_t
  private let output: Pipe
  private let errors: Pipe

  fileprivate init(child: pid_t, output: consuming Pipe, errors: consuming Pipe) {
    self.child = child
    self.output = output
    self.errors = errors
  }

  /// Waits for its end, and gives what it printed.
  consuming func finish() -> Children.Result {
    let (text, complaints) = Children.collect(output, errors)
    var status: Int32 = 0
    while waitpid(child, &status, 0) < 0, errno == EINTR {}
    return Children.Result(
      status: status & 0x7F == 0 ? status >> 8 & 0xFF : -1, output: text,
      errors: String(decoding: complaints, as: UTF8.self))
  }
}

/// A pipe, closed with its owner.
private struct Pipe: ~Copyable {
  let reading: Int32
  let writing: Int32

  init() throws {
    var ends: [Int32] = [-1, -1]
    guard pipe(&ends) == 0 else {
      throw CommandError("cannot make a pipe: \(String(cString: strerror(errno)))", hint: nil)
    }
    for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
    (reading, writing) = (ends[0], ends[1])
  }

  func closeWriting() { close(writing) }

  deinit { close(reading) }
}
