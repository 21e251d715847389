/// What a program may use, what it inherits, and that none is left behind.

import Glibc
import Processes
import TestSupport
import Testing

@Suite("Programs with limits")
struct RunningChildTests {
  /// Two connected descriptors, which no program inherits by accident.
  private func connection() -> (ours: Int32, theirs: Int32) {
    var ends: [Int32] = [-1, -1]
    let kind = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue)
    #expect(socketpair(AF_UNIX, kind, 0, &ends) == 0)
    return (ends[0], ends[1])
  }

  private func drop(_ child: consuming RunningChild) {}

  @Test("it gets the descriptor that it inherits, under the same number, and no other")
  func inherited() throws {
    let folder = try TemporaryFolder()
    try folder.write("file", "x")
    let file = open(folder("file"), O_RDONLY | O_CLOEXEC)
    defer { close(file) }
    #expect(try run("cat", "/dev/fd/\(file)").status != 0)
    let result = try run("cat", "/dev/fd/\(file)") { $0.inherited = file }
    #expect(text(result.output) == "x" && result.status == 0)
  }

  @Test("processor time warns at its limit and kills five seconds later, and memory is counted")
  func limits() throws {
    let limits = Subprocess.Limits(memory: 64 << 20, processorSeconds: 7, seconds: 60)
    let script = "ulimit -S -t; ulimit -H -t; ulimit -S -d"
    let result = try run("sh", "-c", script) { $0.limits = limits }
    #expect(text(result.output) == "7\n12\n65536\n")
    #expect(try run("sh", "-c", script).output != result.output)
  }

  @Test("a program that takes too long is named with its seconds, and killed")
  func tookTooLong() throws {
    let ends = connection()
    defer { close(ends.ours) }
    let fault = #expect(throws: Subprocess.Fault.self) {
      try run("sh", "-c", "while :; do :; done") {
        $0.limits = Subprocess.Limits(memory: 0, processorSeconds: 0, seconds: 0)
        $0.inherited = ends.theirs
      }
    }
    close(ends.theirs)
    #expect(isClosed(ends.ours))
    guard case .tookTooLong(let name, let seconds)? = fault else {
      Issue.record("\(String(describing: fault))")
      return
    }
    #expect(name == "sh" && seconds == 0)
  }

  @Test("a program whose owner goes away without waiting is killed", arguments: [false, true])
  func dropped(isLimited: Bool) throws {
    let ends = connection()
    defer { close(ends.ours) }
    var setup = Subprocess.Setup(variables: [], searchPath: "/usr/bin:/bin")
    setup.inherited = ends.theirs
    if isLimited {
      setup.limits = Subprocess.Limits(memory: 0, processorSeconds: 0, seconds: 60)
    }
    let child = try Subprocess.start("sh", ["-c", "while :; do :; done"], outside: [], setup)
    close(ends.theirs)
    #expect(!isClosed(ends.ours, within: 0))
    drop(child)
    #expect(isClosed(ends.ours))
  }

  /// Whether nobody has the other end of a connection any more.
  private func isClosed(_ end: Int32, within milliseconds: Int32 = 60_000) -> Bool {
    var one = pollfd(fd: end, events: Int16(POLLIN), revents: 0)
    // Another program that starts at this moment has the end for an instant.
    return poll(&one, 1, milliseconds) == 1 && one.revents & Int16(POLLHUP) != 0
  }
}
