/// Programs get what they are given and nothing else, and what they say comes back whole.

import Foundation
import Processes
import TestSupport
import Testing

@Suite("Programs that are run")
struct SubprocessTests {
  @Test("arguments arrive as they are")
  func arguments() throws {
    let result = try run("sh", "-c", "printf '<%s>' \"$@\"", "x", "a b", "", "é", "$HOME", "*")
    #expect(text(result.output) == "<a b><><é><$HOME><*>")
    #expect(result.status == 0 && result.signal == 0 && result.errors == "")
  }

  @Test("the input arrives whole, and without one there is nothing to read")
  func input() throws {
    let long = (0..<300_000).map { UInt8(truncatingIfNeeded: $0 &* 31) }
    #expect(try run("cat") { $0.input = long }.output == long)
    #expect(try run("cat") { $0.input = [] }.output == [])
    let none = try run("cat")
    #expect(none.output == [] && none.status == 0)
  }

  @Test("a status or a signal says how it ended", arguments: [0, 1, 3, 127, 255] as [Int32])
  func status(status: Int32) throws {
    let result = try run("sh", "-c", "exit \(status)")
    #expect(result.status == status && result.signal == 0)
    let killed = try run("sh", "-c", "kill -9 $$")
    #expect(killed.status == -1 && killed.signal == 9)
  }

  @Test("output and errors are kept apart, and neither waits for the other")
  func errors() throws {
    let result = try run(
      "sh", "-c", "head -c 200000 /dev/zero >&2; head -c 300000 /dev/zero; printf e >&2; printf o")
    #expect(result.output == [UInt8](repeating: 0, count: 300_000) + Array("o".utf8))
    #expect(Array(result.errors.utf8) == [UInt8](repeating: 0, count: 200_000) + Array("e".utf8))
  }

  @Test("output that is taken is whole, and the result has none of it")
  func taking() throws {
    let input = [UInt8](repeating: 7, count: 200_000)
    var setup = Subprocess.Setup(variables: [], searchPath: "/usr/bin:/bin")
    setup.input = input
    var taken: [UInt8] = []
    let result = try Subprocess.start(
      "sh", ["-c", "printf said >&2; cat; exit 4"], outside: [], setup
    ).finish { taken += $0 }
    #expect(taken == input)
    #expect(result.output.isEmpty && result.errors == "said" && result.status == 4)
  }

  @Test("it has these variables, byte for byte, and no others")
  func variables() throws {
    let bytes = Array("B=".utf8) + [0xFF, 0xFE]
    let result = try run("env") { $0.variables = [Array("A=1 2".utf8), bytes] }
    #expect(result.output == Array("A=1 2\n".utf8) + bytes + [10])
    #expect(try run("env").output == [])
  }

  @Test("its PATH has the absolute folders of the search path, if it has one")
  func path() throws {
    let setup = Subprocess.Setup(
      variables: [Array("PATH=x".utf8), Array("PATHS=y".utf8)],
      searchPath: "bin:/nowhere::/usr/bin:/bin")
    let result = try Subprocess.start("env", [], outside: [], setup).finish()
    #expect(text(result.output) == "PATH=/nowhere:/usr/bin:/bin\nPATHS=y\n")
  }

  @Test("what no folder of the search path has is not found")
  func notFound() throws {
    let up = String(repeating: "../", count: 30)
    for (name, path) in [
      ("no-such-program", "/usr/bin:/bin"), ("cat", "/nowhere"), ("cat", ""), ("cat", up + "bin"),
    ] {
      let fault = #expect(throws: Subprocess.Fault.self) {
        _ = try Subprocess.start(
          name, [], outside: ["/some/repository"],
          Subprocess.Setup(variables: [], searchPath: path)
        ).finish()
      }
      guard case .notFound(let missing, let outside)? = fault else {
        Issue.record("\(String(describing: fault))")
        continue
      }
      #expect(missing == name && outside == ["/some/repository"])
    }
    let plain = Subprocess.Setup(variables: [], searchPath: nil)
    #expect(try Subprocess.start("cat", [], outside: [], plain).finish().status == 0)
  }

  @Test("what cannot be run is said by its path")
  func cannotRun() throws {
    let folder = try TemporaryFolder()
    try folder.program("tool", "#")
    _ = try run("sh", "-c", "echo '#!/no/such/interpreter' >\"$0\"", folder("tool"))
    let fault = #expect(throws: Subprocess.Fault.self) {
      _ = try Subprocess.start("tool", [], outside: [], folder.setup(".")).finish()
    }
    guard case .failed(let what, _)? = fault else {
      Issue.record("\(String(describing: fault))")
      return
    }
    #expect(what == "run '\(folder("./tool"))'")
  }

  @Test("without a network of its own it has this one, and it runs in either")
  func isolation() throws {
    func network(_ isIsolated: Bool) throws -> [UInt8] {
      try run("readlink", "/proc/self/ns/net") { $0.isIsolated = isIsolated }.output
    }
    let (own, other) = (try network(false), try network(true))
    #expect(!own.isEmpty && !other.isEmpty)
    #expect((own != other) == Subprocess.canIsolate)
  }
}
