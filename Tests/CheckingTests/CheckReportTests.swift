/// What a report of `check` keeps, what it sets aside, and which entries nothing answers to.

import Rules
import Testing
import Workspace
import YAML

@testable import Checking

@Suite("Reports of check")
struct CheckReportTests {
  private func finding(
    _ code: String = "no-rollout", _ severity: Finding.Severity = .warning, file: String = "k.yml",
    line: Int? = 1, message: String = "m"
  ) -> Finding {
    Finding(
      code: code, severity: severity, message: message, hint: "h", file: file,
      location: line.map { Location(line: $0, column: 2) })
  }

  private func report(_ findings: Finding...) -> CheckReport {
    var report = CheckReport()
    report.add(findings)
    return report
  }

  @Test("environments that share a finding accept it each for itself")
  func shared() throws {
    var report = CheckReport()
    for entry in ["{code: no-rollout, because: known}", "{code: no-rollout, because: known too}"] {
      let first = report.findings.count
      report.add([finding()])
      report.accept(try environment(entry), from: first)
    }
    #expect(report.findings.isEmpty)
    #expect(report.accepted.map(\.because) == ["known"])
    // The third does not accept it, and neither does the fourth.
    for _ in 0..<2 {
      let first = report.findings.count
      report.add([finding()])
      report.accept(try environment(), from: first)
    }
    #expect(report.findings.map(\.code) == ["no-rollout"])
  }

  /// An environment that accepts these entries.
  private func environment(_ entries: String...) throws -> WorkspaceEnvironment {
    let text = """
      apiVersion: moltseal.dev/v1
      kind: Workspace
      environments:
        prod:
          kustomization: k.yml
          output: out
          accept: [\(entries.joined(separator: ", "))]
      """
    return try Workspace(SourceText(Array(text.utf8))).environments[0]
  }

  @Test("a finding is there once, and any difference makes another one")
  func once() {
    var report = report(finding(), finding())
    report.add([finding()])
    #expect(report.findings.count == 1)
    report.add([
      finding("sync-wave"), finding(file: "l.yml"), finding(line: 2), finding(line: nil),
      finding(message: "n"),
    ])
    #expect(report.findings.count == 6)
    #expect(report.findings.map(\.code).prefix(2) == ["no-rollout", "sync-wave"])
  }

  @Test("two findings of one text and place are the same, whatever their severity")
  func identity() {
    #expect(finding().identity == finding("no-rollout", .error).identity)
  }

  @Test("what is accepted is set aside with its reason, and the rest stays in order")
  func accept() throws {
    var report = report(finding("a"), finding(), finding("b"), finding(line: 2))
    report.accept(try environment("{code: no-rollout, because: known}"), from: 0)
    #expect(report.findings.map(\.code) == ["a", "b"])
    #expect(report.accepted.map(\.because) == ["known", "known"])
    #expect(report.accepted.map(\.finding.location?.line) == [1, 2])
  }

  @Test("only the findings of the environment itself are set aside")
  func from() throws {
    var report = report(finding(), finding(line: 2))
    report.accept(try environment("{code: no-rollout, because: known}"), from: 1)
    #expect(report.findings.map(\.location?.line) == [1])
    #expect(report.accepted.map(\.finding.location?.line) == [2])
  }

  @Test("an entry for a file covers findings in this file")
  func file() throws {
    var report = report(finding(), finding(file: "l.yml"))
    let entry = "{code: no-rollout, file: l.yml, because: known}"
    report.accept(try environment(entry), from: 0)
    #expect(report.findings.map(\.file) == ["k.yml"])
    #expect(report.accepted.map(\.finding.file) == ["l.yml"])
  }

  @Test("an entry that nothing answers to is a finding at its place")
  func unused() throws {
    var report = report(finding(), finding("sync-order"))
    report.accept(
      try environment(
        "{code: no-rollout, file: l.yml, because: x}", "{code: image-moves, because: known}",
        "{code: sync-order, because: z}"), from: 0)
    #expect(report.findings.map(\.code) == ["no-rollout", "accept-unused", "accept-unused"])
    let unused = report.findings.filter { $0.code == "accept-unused" }
    #expect(
      unused.map(\.message) == [
        "'no-rollout' is accepted in 'l.yml', but was not found there",
        "'image-moves' is accepted, but was not found there",
      ])
    #expect(unused.allSatisfy { $0.file == "moltseal.yml" && $0.location?.line == 7 })
    #expect(unused.allSatisfy { $0.severity == .warning })
  }

  @Test("an error cannot be accepted, but for a plain Secret, which a rotation only warns of")
  func refusals() throws {
    var report = report(
      finding("sync-wave", .error), finding("plain-secret", .error, file: "s.yml"))
    report.accept(
      try environment(
        "{code: sync-wave, because: x}", "{code: plain-secret, file: s.yml, because: known}"),
      from: 0)
    #expect(report.findings.map(\.code) == ["sync-wave", "accept-unused"])
    #expect(report.accepted.map(\.finding.code) == ["plain-secret"])
    #expect(
      report.findings.last?.message
        == "'sync-wave' is accepted, but rotate refuses because of it, so it stays an error")
  }

  @Test("an error of another file is no answer to an entry for a file")
  func refusalElsewhere() throws {
    var report = report(finding("sync-wave", .error))
    report.accept(try environment("{code: sync-wave, file: l.yml, because: x}"), from: 0)
    #expect(
      report.findings.last?.message
        == "'sync-wave' is accepted in 'l.yml', but was not found there")
  }

  @Test("only an error makes a report fail")
  func errors() {
    #expect(!CheckReport().hasErrors)
    #expect(!report(finding()).hasErrors)
    #expect(report(finding(), finding("sync-wave", .error)).hasErrors)
  }

  @Test("what was looked at and what was not are kept in order, however often")
  func looks() {
    var report = CheckReport()
    for what in ["a", "b", "a"] {
      report.look(at: what)
      report.skip(what, "why \(what)")
    }
    #expect(report.looked == ["a", "b", "a"])
    #expect(report.unevaluated.map(\.what) == ["a", "b", "a"])
    #expect(report.unevaluated.map(\.why) == ["why a", "why b", "why a"])
  }
}
