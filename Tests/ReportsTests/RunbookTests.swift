/// The page for who merges a run's change: what happens, how to go back, and when that is too late.

import Planning
import Testing

@testable import Operations
@testable import Reports

extension RunScreenTests {
  private func runbook(_ result: RotationResult) -> [String] {
    Runbook(result).text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
  }

  @Test("a runbook has the steps, the files, and no way back after a new value")
  func page() throws {
    let page = runbook(try result())
    #expect(page.first == "# Rotation r-1 of prod" && page.last == "")
    #expect(page.contains("- `db`: new value"))
    #expect(page.contains("It writes `k/out/app.yml`."))
    #expect(page.contains("1. Merge it. GitOps applies what changed."))
    #expect(page.contains("2. The controller unseals the new value of `db`."))
    #expect(
      page.contains(
        "4. Take no further step until all of this has happened; the next run checks it."))
    #expect(page.contains("moltseal live --env prod --watch"))
    #expect(page.contains { $0.hasPrefix("**There is no way back**") })
    #expect(!page.contains { $0.hasPrefix("## What") && $0 != "## What happens, in this order" })
  }

  @Test("a runbook says how to go back, and after a leak not to")
  func revert() throws {
    let named = NamedCredentials(renew: ["db"])
    #expect(
      runbook(try result(sealed: true, named)).contains(
        "- `db`: pods with the new value are refused until they have rolled back."))
    #expect(
      runbook(try result(sealed: true, NamedCredentials(forget: ["db"]))).contains(
        "- `db`: do not: the leaked value would come back."))
  }

  @Test("a runbook of nothing, or of files alone, says so")
  func nothing() throws {
    #expect(
      runbook(try result(sealed: true, others: .none, writes: false))
        == ["# Rotation r-1 of prod", "", "There is nothing to do.", ""])
    let files = runbook(try result(sealed: true, others: .none))
    #expect(files.contains("- no credential takes a step: the files follow their templates"))
    #expect(!files.contains { $0.hasPrefix("**There is no way back**") })
  }
}
