/// A running program, its output and its end.

internal import CProcess
internal import Glibc
internal import Synchronization
internal import Text

/// A running program.
///
/// It is killed when its owner goes away without waiting for its end.
package struct RunningChild: ~Copyable {
  private let name: String
  private let process: pid_t
  private let limits: Subprocess.Limits?
  private let output: Pipe
  private let errors: Pipe

  init(
    name: String, process: pid_t, limits: Subprocess.Limits?, output: consuming Pipe,
    errors: consuming Pipe
  ) {
    self.name = name
    self.process = process
    self.limits = limits
    self.output = output
    self.errors = errors
    ChildGroups.begin(process, in: limits == nil ? .ours : .its)
  }

  deinit {
    if ChildGroups.holds(process) {
      kill(process, SIGKILL)
      end()
    }
  }

  /// Waits for the program to end, and returns what it printed.
  ///
  /// - Parameter take: gets the standard output, which may be a secret; the result then has none of
  ///   it.
  /// - Throws: `Subprocess.Fault` if the output cannot be read or the program takes too long; the
  ///   program is then killed.
  package consuming func finish(
    taking take: ((UnsafeRawBufferPointer) -> Void)? = nil
  ) throws -> Subprocess.Result {
    let (text, complaints) = try collect(take)
    let status = ChildGroups.holds(process) ? end() : 0
    let isExit = status & 0x7F == 0
    return Subprocess.Result(
      status: isExit ? status >> 8 & 0xFF : -1, signal: isExit ? 0 : status & 0x7F, output: text,
      errors: String(decoding: complaints, as: UTF8.self))
  }

  /// Waits for the end of the program, and kills everything it has started.
  @discardableResult
  private func end() -> Int32 {
    var information = siginfo_t()
    // Its process id stays reserved until its group is killed too.
    while waitid(P_PID, id_t(process), &information, WEXITED | WNOWAIT) < 0, errno == EINTR {}
    if limits != nil { kill(-process, SIGKILL) }
    ChildGroups.end(process)
    var status: Int32 = 0
    while waitpid(process, &status, 0) < 0, errno == EINTR {}
    return status
  }

  /// Reads both pipes to their ends, whichever has data.
  private borrowing func collect(
    _ take: ((UnsafeRawBufferPointer) -> Void)?
  ) throws -> ([UInt8], [UInt8]) {
    var texts: [[UInt8]] = [[], []]
    var polls = [output.reading, errors.reading].map {
      pollfd(fd: $0, events: Int16(POLLIN), revents: 0)
    }
    var buffer = [UInt8](repeating: 0, count: 1 << 16)
    defer {
      buffer.withUnsafeMutableBytes { bytes in
        if take != nil, let base = bytes.baseAddress { explicit_bzero(base, bytes.count) }
      }
    }
    let deadline = limits.map { moltseal_seconds() + $0.seconds }
    while polls.contains(where: { $0.fd >= 0 }) {
      let left = deadline.map { max(0, $0 - moltseal_seconds()) }
      let ready = poll(&polls, 2, left.map { Int32($0 * 1000) } ?? -1)
      if ready == 0, left == 0 {
        throw Subprocess.Fault.tookTooLong(name, seconds: limits?.seconds ?? 0)
      }
      guard ready >= 0 || errno == EINTR else { throw failure("wait for") }
      guard ready > 0 else { continue }
      for index in polls.indices where polls[index].fd >= 0 && polls[index].revents != 0 {
        let count = read(polls[index].fd, &buffer, buffer.count)
        if count > 0, index == 0, let take {
          buffer.withUnsafeMutableBytes { bytes in
            take(UnsafeRawBufferPointer(rebasing: bytes[..<count]))
            if let base = bytes.baseAddress { explicit_bzero(base, count) }
          }
        } else if count > 0 {
          texts[index] += buffer[..<count]
        } else if count == 0 {
          polls[index].fd = -1
        } else if errno != EINTR {
          // It would block forever on a pipe that nobody reads.
          throw failure("read from")
        }
      }
    }
    return (texts[0], texts[1])
  }

  private borrowing func failure(_ what: String) -> Subprocess.Fault {
    .failed("\(what) '\(name)'", reason: String(cString: strerror(errno)))
  }
}

/// The running programs, so that none is left behind.
package enum ChildGroups {
  /// Which process group a program is in.
  enum Group { case ours, its }

  private static let running = Mutex<[pid_t: Group]>([:])

  static func begin(_ process: pid_t, in group: Group) {
    running.withLock { $0[process] = group }
  }

  static func end(_ process: pid_t) { running.withLock { _ = $0.removeValue(forKey: process) } }
  static func holds(_ process: pid_t) -> Bool { running.withLock { $0[process] != nil } }

  /// Kills all of them, and everything started by those with their own group.
  ///
  /// For a process that is about to end; nobody waits for them.
  package static func killAll() {
    running.withLock { running in
      for (process, group) in running { kill(group == .its ? -process : process, SIGKILL) }
    }
  }
}

/// A pipe whose reading end closes with its owner.
struct Pipe: ~Copyable {
  let reading: Int32
  let writing: Int32

  init() throws {
    var ends: [Int32] = [-1, -1]
    // A program that another thread starts at this moment must not inherit the ends.
    guard moltseal_pipe(&ends) == 0 else {
      throw Subprocess.Fault.failed("make a pipe", reason: String(cString: strerror(errno)))
    }
    (reading, writing) = (ends[0], ends[1])
  }

  func closeWriting() { close(writing) }

  deinit { close(reading) }
}
