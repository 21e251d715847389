/// What is said of a builder's complaint: the place, the reason, and no path of a temporary folder.

import Kustomize
import Reporting
import Testing
import YAML

@testable import Building

@Suite("Complaints of a builder")
struct BuildComplaintTests {
  private func graph(_ files: [String: String], _ kustomization: String) -> KustomizationGraph {
    let all = files.merging(["k/kustomization.yaml": kustomization]) { $1 }
    return KustomizationGraph("k", reading: FilesInMemory(all))
  }

  /// The complaint about a kustomization with two files.
  private func complaint(_ words: String, scratches: [String] = []) -> BuildComplaint {
    BuildComplaint(
      words,
      graph(["k/a.yaml": "", "k/z.yaml": ""], "resources: [a.yaml, z.yaml]"), scratches)
  }

  @Test("the temporary folders are removed wherever they occur")
  func scratches() {
    let complaint = complaint(
      "a /s/1/files/k, b '/s/2/files/k/x.yaml', c /s/1/files: d /s/3/files/k /s/1/other",
      scratches: ["/s/1", "/s/2"])
    #expect(complaint.words == "a k, b 'k/x.yaml', c : d /s/3/files/k /s/1/other")
  }

  @Test("a named file comes before the kustomization, with its line")
  func file() {
    func text(_ words: String) -> String { complaint(words).text }
    #expect(
      text("kustomization.yaml: from 'a.yaml': line 7: bad") == "the builder stops at k/a.yaml:7")
    for words in ["in a.yaml", "in \"a.yaml", "in 'a.yaml", "at:a.yaml", "k/a.yaml"] {
      #expect(text(words) == "the builder stops at k/a.yaml", "\(words)")
    }
    #expect(text("in kustomization.yaml: k/z.yaml") == "the builder stops at k/z.yaml")
    #expect(text("at k/z.yaml and k/a.yaml") == "the builder stops at k/a.yaml")
    #expect(text("in k/kustomization.yaml") == "the builder stops at k/kustomization.yaml")
    #expect(text("in k/z.yaml: line x") == "the builder stops at k/z.yaml")
  }

  @Test("a part of a name, or no name, is no place, and none of the words are shown")
  func noFile() {
    for words in ["", "password hunter2", "in ba.yaml", "line 7"] {
      #expect(complaint(words).text == "the builder refuses it", "\(words)")
    }
  }

  @Test("an unknown field means that the builder is too old")
  func tooOld() {
    for words in ["json: unknown field x", "a: unknown field \"labels\" in a.yaml"] {
      #expect(complaint(words).isTooOld)
      #expect(
        complaint(words).text
          == "the installed kubectl or kustomize does not know one of its fields; kubectl 1.27 or kustomize 5 knows all of them"
      )
    }
    #expect(!complaint("unknown field x").isTooOld)
  }

  @Test("what is missing, or a chart, is the reason before anything else")
  func reasons() {
    let missing = BuildComplaint(
      "json: unknown field in a.yaml", graph(["k/a.yaml": ""], "resources: [a.yaml, gone.yaml]"), []
    )
    #expect(missing.text == "'gone.yaml' does not exist, or is a folder without a kustomization")
    #expect(missing.reason?.file == "k/kustomization.yaml")
    #expect(missing.reason?.location == Location(line: 1, column: 21))
    let chart = BuildComplaint(
      "", graph([:], "resources: [gone.yaml]\nhelmCharts: [{name: x}]"), [])
    #expect(chart.text == "a Helm chart is not inflated here")
    #expect(chart.reason?.location?.line == 2)
  }

  @Test("each reason not to start a builder has its code")
  func codes() {
    func codes(_ text: String) -> [String] { graph([:], text).faults.map(\.code) }
    #expect(codes("resources: ['https://h/x']") == ["build-remote"])
    #expect(codes("resources: [../../x]") == ["build-leaves"])
    #expect(codes("newField: x") == ["build-unknown"])
    #expect(codes("resources: [!x a]") == ["build-unknown"])
    #expect(codes("[a]") == ["cannot-be-built"])
    #expect(
      codes("generators: ['{apiVersion: x/v1, kind: Own, metadata: {name: x}}']")
        == ["build-unknown"])
  }

  @Test("a field is named in the message only if it looks like a name")
  func fields() {
    func message(_ text: String) -> String? { graph([:], text).faults.first?.message }
    #expect(
      message("newField: x")
        == "'newField' is not a known field of kustomize, so it is not known what it reads")
    for field in ["a b", "f81d4fae7dec11d0a76500a0c91e6bf6"] {
      #expect(
        message("{\"\(field)\": x}")
          == "this is not a known field of kustomize, so it is not known what it reads")
    }
    #expect(
      message("resources: [../../x]")
        == "'../../x' leads out of the workspace, and a build may not read files there")
  }

  @Test("an error names the kustomization of the folder, its purpose, and the way out")
  func errors() {
    let paths = ["kustomization.yml", "k/kustomization.yaml"]
    func error(_ fault: BuildFault, _ needs: String? = nil) -> Diagnostic? {
      fault.commandError(paths: paths, needs: needs).diagnostics.first
    }
    #expect(error(.usedTooMuch("k"))?.file == paths[1])
    #expect(error(.usedTooMuch("."))?.file == paths[0])
    #expect(error(.usedTooMuch("other"))?.file == "other")
    let failed = error(.failed("k", complaint("")))
    #expect(
      failed?.message
        == "cannot be built, so it was not checked that only the Secrets change: the builder refuses it"
    )
    #expect(
      failed?.hint
        == "run kubectl kustomize k to see why; or pass --no-build-check and compare the builds yourself"
    )
    let needed = error(.failed("k", complaint("")), "it is needed")
    #expect(needed?.message == "cannot be built, and it is needed: the builder refuses it")
    #expect(needed?.hint == "run kubectl kustomize k to see why")
    #expect(error(.noBuilder, "x")?.hint == "install kubectl")
    #expect(error(.noBuilder)?.hint != "install kubectl")
  }
}
