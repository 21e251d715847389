/// Runs other programs, found outside the repository, with their own set of variables.
///
/// This uses its own C call and two pipes instead of swift-subprocess, which waits forever if a
/// write to its wake-up pipe fails. A full disk must never hang a run (docs/dependencies.md).

internal import CProcess
internal import Glibc
internal import Text

package enum Subprocess {
  package struct Result {
    /// The exit status, or -1 if a signal ended the program.
    package let status: Int32
    /// The signal that ended the program, or 0.
    package let signal: Int32
    package let output: [UInt8]
    package let errors: String
  }

  /// Why a program could not be started, or did not end by itself.
  package enum Fault: Error {
    /// The program's name, and the excluded folders; no other folder of the search path has it.
    case notFound(String, outside: [String])
    /// What failed, and why.
    case failed(String, reason: String)
    /// The program was killed after this many seconds.
    case tookTooLong(String, seconds: Int)
  }

  /// The environment of a program.
  package struct Setup: Sendable {
    /// The variables, as the bytes of `NAME=value`.
    package var variables: [[UInt8]]
    /// The folders to search for the program, separated by colons.
    package let searchPath: String
    /// The standard input, or nil for none.
    package var input: [UInt8]?
    /// A descriptor that the program inherits under the same number, or nil.
    package var inherited: Int32?
    /// Limits on resources; nil for those of this process.
    package var limits: Limits?
    /// Whether to cut the program off from the network, if the machine allows it.
    package var isIsolated = false

    package init(variables: [[UInt8]], searchPath: String?) {
      self.variables = variables
      self.searchPath = searchPath ?? Subprocess.plainPath
    }
  }

  /// Limits on the resources of a program.
  ///
  /// A program with limits gets its own process group, which is killed when the program ends.
  package struct Limits: Sendable {
    /// Writable memory in bytes, and processor time in seconds.
    package let memory: Int
    package let processorSeconds: Int
    /// Seconds until the program is killed.
    package let seconds: Int

    package init(memory: Int, processorSeconds: Int, seconds: Int) {
      self.memory = memory
      self.processorSeconds = processorSeconds
      self.seconds = seconds
    }
  }

  /// Whether this machine can start a program without a network.
  package static var canIsolate: Bool { moltseal_can_isolate() != 0 }

  /// Starts a program.
  ///
  /// The program is taken from an absolute folder of PATH, never from below `folders`, so that
  /// nothing inside a repository is run. The PATH of the program itself does not have such folders
  /// either.
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
    var setup = setup
    // kubectl and kustomize start other programs, and do not check where a link leads.
    setup.variables = (name == "git" ? path : path.withoutLinksIntoRepositories)
      .applied(to: setup.variables)
    let child = try spawn(
      program, [name] + arguments, setup,
      (input.map { fileno($0) } ?? -1, output.writing, errors.writing))
    output.closeWriting()
    errors.closeWriting()
    return RunningChild(
      name: name, process: child, limits: setup.limits, output: output, errors: errors)
  }

  /// Returns an unnamed file that contains `bytes`, which are not secret.
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
    _ path: String, _ arguments: [String], _ setup: Setup,
    _ streams: (input: Int32, output: Int32, errors: Int32)
  ) throws -> pid_t {
    let words = arguments.map { strdup($0) } + [nil]
    let variables = setup.variables.map { Subprocess.copy($0) } + [nil]
    defer { (words + variables).forEach { free($0) } }
    let process = path.withCString { path in
      words.withUnsafeBufferPointer { words in
        variables.withUnsafeBufferPointer { variables in
          var child = moltseal_child()
          child.path = path
          child.arguments = words.baseAddress
          child.variables = variables.baseAddress
          (child.input, child.output, child.errors) = streams
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

  /// Returns a C string of bytes that need not be UTF-8.
  private static func copy(_ bytes: [UInt8]) -> UnsafeMutablePointer<CChar>? {
    bytes.withUnsafeBytes { bytes in
      bytes.baseAddress.flatMap { strndup($0.assumingMemoryBound(to: CChar.self), bytes.count) }
    }
  }

  fileprivate static let plainPath = "/usr/local/bin:/usr/bin:/bin"
}
