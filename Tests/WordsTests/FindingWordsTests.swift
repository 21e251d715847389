/// What to do about a finding, and which findings a run shows.

import Processes
import Reporting
import Rules
import Synchronization
import Testing
import Words
import YAML

/// Notes the warnings.
final class Warned: Notices.Listener {
  private let notes = Mutex<[String]>([])

  var texts: [String] { notes.withLock { $0 } }

  func warn(_ diagnostic: Diagnostic) { notes.withLock { $0.append(diagnostic.text) } }
  func say(_ text: String) {}
  func progress(_ text: String?) {}
  func reached(_ step: String) {}
  func wrote() {}
}

@Suite("Words of findings")
struct FindingWordsTests {
  static func finding(_ code: String, _ remedy: Remedy = .words("w")) -> Finding {
    Finding(
      code: code, severity: .warning, message: "m", remedy: remedy, file: "f",
      location: Location(line: 2, column: 1))
  }

  /// The warnings for findings with these codes; in a process of its own, whose listener it sets.
  static func warnings(_ codes: String...) -> [String] {
    let warned = Warned()
    Notices.send(to: warned)
    Notices.warn(codes.map { finding($0) }, environment: "prod")
    return warned.texts
  }

  @Test("a finding ends with its code, and has its place and its hint")
  func diagnostic() {
    let diagnostic = Self.finding("no-rollout").diagnostic
    #expect(diagnostic.text == "f:2:1: m [no-rollout]" && diagnostic.hint == "w")
  }

  @Test("each remedy is a hint", arguments: [3, 0, -1])
  func remedies(wave: Int) {
    #expect(
      Self.finding("x", .applyBefore(wave: wave)).hint
        == "annotate the template with argocd.argoproj.io/sync-wave: \"\(wave)\"")
    let open = Self.finding("x", .applyBefore(wave: nil)).hint
    #expect(open.contains("sync-wave: \"-1\"; with Flux or kubectl"))
    #expect(open.hasSuffix("moltseal rotate --env ENVIRONMENT --restart CREDENTIAL"))
    #expect(
      Self.finding("x", .buildWithCharts).hint
        == "check the output of kubectl kustomize --enable-helm before the sync")
  }

  @Test("an error of findings has each of them, in order")
  func error() {
    let error = CommandError([Self.finding("b"), Self.finding("a")], consequence: "none")
    #expect(error.diagnostics.map(\.text) == ["f:2:1: m [b]", "f:2:1: m [a]"])
    #expect(error.diagnostics.map(\.hint) == ["w", "w"] && error.consequence == "none")
    #expect(CommandError([Self.finding("a")]).consequence == CommandError.nothingWritten)
  }

  @Test("one finding that check shows again is shown as it is")
  func one() async {
    await #expect(processExitsWith: .success) {
      #expect(
        FindingWordsTests.warnings("no-rollout", "x") == ["f:2:1: m [no-rollout]", "f:2:1: m [x]"])
    }
  }

  @Test("several that check shows again are one line, after the others")
  func several() async {
    await #expect(processExitsWith: .success) {
      #expect(
        FindingWordsTests.warnings("sync-order", "x", "no-rollout", "sync-order") == [
          "f:2:1: m [x]",
          "3 findings (sync-order, no-rollout); moltseal check --env prod shows them",
        ])
    }
  }

  @Test("findings that only this run can show are never folded")
  func passing() async {
    await #expect(processExitsWith: .success) {
      #expect(
        FindingWordsTests.warnings("x", "y", "x")
          == ["f:2:1: m [x]", "f:2:1: m [y]", "f:2:1: m [x]"])
      #expect(FindingWordsTests.warnings() == [])
    }
  }

  @Test("a verbose run shows every finding in its place")
  func verbose() async {
    await #expect(processExitsWith: .success) {
      Notices.beVerbose()
      #expect(
        FindingWordsTests.warnings("sync-order", "x", "no-rollout")
          == ["f:2:1: m [sync-order]", "f:2:1: m [x]", "f:2:1: m [no-rollout]"])
    }
  }

  @Test("a program that is missing, fails or hangs is an error with a hint")
  func programs() throws {
    func part(_ fault: Subprocess.Fault) throws -> [String?] {
      let part = try #require(fault.commandError.diagnostics.first)
      return [part.text, part.hint]
    }
    #expect(
      try part(.notFound("git", outside: [])) == ["'git' is not on the PATH", "install git"])
    #expect(
      try part(.notFound("git", outside: ["/a", "/b"])) == [
        "'git' is not on the PATH outside '/a', '/b'", "install git",
      ])
    #expect(
      try part(.failed("run 'x'", reason: "no memory"))
        == ["cannot run 'x': no memory", "check the program and the machine"])
    #expect(
      try part(.tookTooLong("kubectl", seconds: 30)) == [
        "'kubectl' did not end within 30 seconds, and was killed",
        "run it yourself to see what it waits for",
      ])
  }
}
