/// What `check` shows of its report, for people and for programs.

import Rules
import Testing
import Workspace
import YAML

@testable import Checking
@testable import Reports

@Suite("What check shows")
struct CheckReportTests {
  private func lines(_ report: CheckReport) -> [String] { report.screen.lines.map(\.text) }

  /// An item that is sealed for another key.
  private func other(_ key: String, line: Int, _ severity: Finding.Severity = .warning) -> Finding {
    finding(
      "other-key", severity, line: line, message: "'a' was sealed for sha256:0123456789ab\(key)")
  }

  @Test("a finding is its place and code, what is wrong, and a hint")
  func screen() {
    var report = report(finding(), finding("sync-wave", .error, line: nil))
    report.look(at: "environment prod")
    report.skip("the cluster", "no look")
    #expect(
      lines(report) == [
        "k.yml:3:2  warning  no-rollout", "  m", "  hint: h", "",
        "k.yml  error  sync-wave", "  m", "  hint: h", "", "not evaluated: the cluster: no look",
        "environment prod: 1 error, 1 warning, 1 not evaluated",
      ])
  }

  @Test("the last line counts what there is, and says if nothing was found")
  func summary() {
    var report = CheckReport()
    report.look(at: "a")
    report.look(at: "b")
    #expect(lines(report).last == "a, b: nothing found")
    report.add([finding("x", .error), finding("y", .error), finding("z"), finding("w")])
    #expect(lines(report).last == "a, b: 2 errors, 2 warnings")
    report.add([finding("v")])
    #expect(lines(report).last == "a, b: 2 errors, 3 warnings")
  }

  @Test("many items of one other key are one line, and a single one is a finding")
  func folded() {
    let shown = lines(report(other("1", line: 1), other("2", line: 2), other("1", line: 3)))
    #expect(shown.filter { $0.hasSuffix("other-key") } == ["k.yml:2:2  warning  other-key"])
    #expect(
      shown.contains(
        "warning: 2 items are sealed for a key other than the certificate's, sha256:0123456789ab… [other-key]"
      ))
    #expect(shown.last == ": 3 warnings")
  }

  @Test("an error is not folded away")
  func unfolded() {
    let shown = lines(report(other("1", line: 1, .error), other("1", line: 2, .error)))
    #expect(shown.count { $0.hasSuffix("other-key") } == 2)
    #expect(!shown.contains { $0.hasPrefix("warning: ") })
  }

  @Test("a program reads every finding, with null for a place that is not known")
  func json() throws {
    var report = report(finding(), finding("sync-wave", .error, line: nil))
    report.look(at: "environment prod")
    report.skip("the cluster", "no look")
    let tree = try read(report.json)
    #expect(tree["looked"] as? [String] == ["environment prod"])
    let expected = [
      "code": "no-rollout", "severity": "warning", "message": "m", "hint": "h", "file": "k.yml",
    ]
    for (key, value) in expected { #expect(at(tree, "findings.0.\(key)") as? String == value) }
    #expect(at(tree, "findings.0.line") as? Int == 3)
    #expect(at(tree, "findings.0.column") as? Int == 2)
    #expect(at(tree, "findings.1.severity") as? String == "error")
    #expect(at(tree, "findings.1.line") as? Int == nil)
    #expect(at(tree, "notEvaluated.0.what") as? String == "the cluster")
    #expect(at(tree, "notEvaluated.0.why") as? String == "no look")
    #expect((tree["accepted"] as? [Any])?.isEmpty == true)
  }

  @Test("what is accepted is counted, and a program reads why")
  func accepted() throws {
    let text = """
      apiVersion: moltseal.dev/v1
      kind: Workspace
      environments:
        prod: {kustomization: k.yml, output: out, accept: [{code: no-rollout, because: known}]}
      """
    var report = report(finding())
    report.look(at: "a")
    report.accept(try Workspace(SourceText(Array(text.utf8))).environments[0], from: 0)
    #expect(lines(report) == ["a: nothing found, 1 accepted"])
    let tree = try read(report.json)
    #expect((tree["findings"] as? [Any])?.isEmpty == true)
    #expect(at(tree, "accepted.0.code") as? String == "no-rollout")
    #expect(at(tree, "accepted.0.because") as? String == "known")
    #expect(at(tree, "accepted.0.file") as? String == "k.yml")
  }
}
