/// Other programs: found outside the repository, run with variables of their own.
///
/// A call of our own and two pipes, not swift-subprocess: that one waits for ever when a write of its
/// own wake-up pipe fails, and a full disk must never hang a run (docs/dependencies.md).

internal import CProcess
internal import Glibc
internal import Text

package enum Subprocess {
  package struct Result {
    /// The exit status, or -1 where a signal ended it.
    package let status: Int32
    /// The signal that ended it; 0 where none did.
    package let signal: Int32
    package let output: [UInt8]
    package let errors: String
  }

  /// Why a program could not be started, or did not come to its end.
  package enum Fault: Error {
    /// It is on the search path in none of the folders that count; those that do not.
    case notFound(String, outside: [String])
    /// What failed, and why.
    case failed(String, reason: String)
    /// It was ended after so many seconds.
    case tookTooLong(String, seconds: Int)
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
    /// What it may use; nil for as much as this process.
    package var limits: Limits?
    /// Whether it can reach no network, where the machine allows to take it away.
    package var isIsolated = false

    package init(variables: [[UInt8]], searchPath: String?) {
      self.variables = variables
      self.searchPath = searchPath ?? Subprocess.plainPath
    }
  }

  /// What a program may use.
  ///
  /// It gets a process group of its own, which ends with it.
  package struct Limits: Sendable {
    /// Writable memory in bytes, and seconds of a processor.
    package let memory: Int
    package let processorSeconds: Int
    /// Seconds until it is ended, whatever it does.
    package let seconds: Int

    package init(memory: Int, processorSeconds: Int, seconds: Int) {
      self.memory = memory
      self.processorSeconds = processorSeconds
      self.seconds = seconds
    }
  }

  /// Whether a program can be started without a network here.
  package static var canIsolate: Bool { moltseal_can_isolate() != 0 }

  /// Starts a program.
  ///
  /// It is taken from an absolute folder of PATH, never from beneath `folders`: what a repository
  /// brings along is not run. Nor does it find such a folder on its own PATH, for what it starts.
  ///
  /// - Throws: `Fault`.
  package static func start(
    _ name: String, _ arguments: [String], outside folders: [String], _ setup: Setup
  ) throws -> RunningChild {
    let path = SearchPath(setup.searchPath, outside: folders)
    guard let program = path.find(name) else { throw Fault.notFound(name, outside: folders) }
    let input = try setup.input.map { try temporaryFile($0) }
    defer { if let input { fclose(input) } }
    let output = try Pipe()
    let errors = try Pipe()
    let child = try spawn(
      program, [name] + arguments, setup,
      path.applied(to: setup.variables, startsOthers: name != "git"),
      input.map { fileno($0) }, output, errors)
    output.closeWriting()
    errors.closeWriting()
    return RunningChild(
      name: name, process: child, limits: setup.limits, output: output, errors: errors)
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
    _ path: String, _ arguments: [String], _ setup: Setup, _ variables: [[UInt8]],
    _ input: Int32?, _ output: borrowing Pipe, _ errors: borrowing Pipe
  ) throws -> pid_t {
    let words = arguments.map { strdup($0) } + [nil]
    let variables = variables.map { Subprocess.copy($0) } + [nil]
    defer { (words + variables).forEach { free($0) } }
    let process = path.withCString { path in
      words.withUnsafeBufferPointer { words in
        variables.withUnsafeBufferPointer { variables in
          var child = moltseal_child()
          child.path = path
          child.arguments = words.baseAddress
          child.variables = variables.baseAddress
          (child.input, child.output, child.errors) = (input ?? -1, output.writing, errors.writing)
          child.inherited = setup.inherited ?? -1
          child.has_own_group = setup.limits == nil ? 0 : 1
          child.has_no_network = setup.isIsolated ? 1 : 0
          child.memory = UInt(setup.limits?.memory ?? 0)
          child.seconds = UInt(setup.limits?.processorSeconds ?? 0)
          return moltseal_start(&child)
        }
      }
    }
    guard process > 0 else {
      throw Fault.failed("run '\(path)'", reason: String(cString: strerror(errno)))
    }
    return process
  }

  /// A C string of bytes that need not be UTF-8.
  private static func copy(_ bytes: [UInt8]) -> UnsafeMutablePointer<CChar>? {
    bytes.withUnsafeBytes { bytes in
      bytes.baseAddress.flatMap { strndup($0.assumingMemoryBound(to: CChar.self), bytes.count) }
    }
  }

  fileprivate static let plainPath = "/usr/local/bin:/usr/bin:/bin"
}
