/// Findings as code scanning takes them.

import Checking
import Rules
import Testing
import Workspace
import YAML

@testable import Reports

@Suite("Reports as SARIF")
struct SARIFTests {
  private func run(_ report: CheckReport, prefix: String = "") throws -> Any? {
    at(try read(SARIF(report, prefix: prefix, version: "1.2.3").tree), "runs.0")
  }

  private func result(_ finding: Finding, prefix: String = "") throws -> Any? {
    at(try run(report(finding), prefix: prefix), "results.0")
  }

  private func fingerprint(_ finding: Finding, prefix: String = "") throws -> String? {
    at(try result(finding, prefix: prefix), "partialFingerprints").flatMap {
      ($0 as? [String: String])?["moltsealFinding/v1"]
    }
  }

  @Test("a fingerprint does not depend on the line, and on everything else")
  func fingerprints() throws {
    let own = try #require(try fingerprint(finding()))
    #expect(own.utf8.count == 32)
    #expect(try fingerprint(finding(line: 9)) == own && fingerprint(finding(line: nil)) == own)
    for other in [
      finding("sync-wave"), finding(file: "l.yml"), finding(message: "n"),
    ] {
      #expect(try fingerprint(other) != own)
    }
    #expect(try fingerprint(finding(), prefix: "a/") != own)
    #expect(try fingerprint(finding(), prefix: "a/") == fingerprint(finding(file: "a/k.yml")))
  }

  @Test("a path is a URI reference from the root of the repository")
  func uris() throws {
    func uri(_ file: String, _ prefix: String = "") throws -> String? {
      at(
        try result(finding(file: file), prefix: prefix),
        "locations.0.physicalLocation.artifactLocation.uri") as? String
    }
    #expect(try uri("a/B-9_z~.yml", "p/") == "p/a/B-9_z~.yml")
    #expect(try uri("a b%#?:[") == "a%20b%25%23%3F%3A%5B")
    #expect(try uri("é\u{1}`{@,") == "%C3%A9%01%60%7B%40%2C")
  }

  @Test("a finding without a place is at the first character of its file")
  func places() throws {
    func region(_ finding: Finding) throws -> [Int?] {
      let region = at(try result(finding), "locations.0.physicalLocation.region")
      return [at(region, "startLine") as? Int, at(region, "startColumn") as? Int]
    }
    #expect(try region(finding()) == [3, 2])
    #expect(try region(finding(line: nil)) == [1, 1])
  }

  @Test("each code is a rule once, sorted, with the higher severity of its findings")
  func rules() throws {
    let run = try run(
      report(
        finding("sync-wave"), finding("key-dangles"), finding("sync-wave", .error, line: 4),
        finding("sync-wave", line: 5)))
    let rules = at(run, "tool.driver.rules")
    #expect((rules as? [Any])?.count == 2)
    #expect(at(rules, "0.id") as? String == "key-dangles")
    #expect(at(rules, "0.name") as? String == "KeyDangles")
    #expect(at(rules, "0.defaultConfiguration.level") as? String == "warning")
    #expect(at(rules, "1.defaultConfiguration.level") as? String == "error")
    let words = FindingText.summary("sync-wave")
    #expect(at(rules, "1.shortDescription.text") as? String == words)
    #expect(at(rules, "1.fullDescription.text") as? String == words + ".")
    for (index, (rule, level)) in [
      (1, "warning"), (0, "warning"), (1, "error"), (1, "warning"),
    ].enumerated() {
      #expect(at(run, "results.\(index).ruleIndex") as? Int == rule)
      #expect(at(run, "results.\(index).level") as? String == level)
    }
  }

  @Test("a message has its hint")
  func message() throws {
    #expect(at(try result(finding()), "message.text") as? String == "m; h")
    #expect(at(try result(finding()), "ruleId") as? String == "no-rollout")
  }

  @Test("what is accepted is suppressed with its reason, and still has a rule")
  func accepted() throws {
    let text = """
      apiVersion: moltseal.dev/v1
      kind: Workspace
      environments:
        prod: {kustomization: k.yml, output: out, accept: [{code: no-rollout, because: known}]}
      """
    var report = report(finding(), finding("sync-wave", .error))
    report.accept(try Workspace(SourceText(Array(text.utf8))).environments[0], from: 0)
    let run = try run(report)
    #expect(at(run, "results.0.ruleId") as? String == "sync-wave")
    #expect(at(run, "results.0.suppressions") == nil)
    #expect(at(run, "results.1.ruleId") as? String == "no-rollout")
    #expect(at(run, "results.1.ruleIndex") as? Int == 0)
    #expect(at(run, "results.1.suppressions.0.kind") as? String == "external")
    #expect(at(run, "results.1.suppressions.0.justification") as? String == "known")
  }

  @Test("what was not evaluated is a notification")
  func notifications() throws {
    var report = report()
    report.skip("the cluster", "no look")
    let run = try run(report)
    let notes = at(run, "invocations.0.toolExecutionNotifications")
    #expect((notes as? [Any])?.count == 1)
    #expect(at(notes, "0.level") as? String == "note")
    #expect(at(notes, "0.message.text") as? String == "not evaluated: the cluster: no look")
    #expect((at(run, "results") as? [Any])?.isEmpty == true)
  }

  @Test("the log says which format and which program it is of")
  func log() throws {
    let log = try read(SARIF(report(), prefix: "", version: "1.2.3").tree)
    #expect(at(log, "version") as? String == "2.1.0")
    #expect(at(log, "runs.0.tool.driver.version") as? String == "1.2.3")
    #expect(at(log, "runs.0.tool.driver.name") as? String == "moltseal")
  }
}
