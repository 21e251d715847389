/// Which program builds a kustomization, and why it could not.

import Processes
import TestSupport
import Testing

@Suite("Builds of kustomizations")
struct KustomizeBuilderTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  /// What each folder was built to, and why it could not be.
  private func build(_ folders: [String]) throws -> (outputs: [String], faults: [String]) {
    var outputs = [String](repeating: "", count: folders.count)
    let faults = try KustomizeBuilder(outside: [folder("repo")], folder.setup("repo", "bin"))
      .build(folders) { outputs[$0] += text(Array($1)) }
    return (
      outputs,
      faults.map { fault in
        switch fault {
        case nil: ""
        case .noBuilder: "none"
        case .usedTooMuch: "spent"
        case .failed(let reason): reason
        }
      }
    )
  }

  @Test("kubectl builds, else kustomize, and nothing of the repository")
  func builders() throws {
    try folder.program("repo/kubectl", "echo mine")
    #expect(throws: KustomizeBuilder.Fault.self) { try build(["/a"]) }
    try folder.program("bin/kustomize", "echo kustomize \"$@\"")
    #expect(try build(["/a"]).outputs == ["kustomize build -- /a\n"])
    try folder.program("bin/kubectl", "echo kubectl \"$@\"")
    #expect(try build(["/a"]).outputs == ["kubectl kustomize -- /a\n"])
  }

  @Test("every folder is built once, and its objects come with its number", arguments: 0..<6)
  func several(count: Int) throws {
    try folder.program(
      "bin/kubectl", "echo \"$3\"; case \"$3\" in *[13]) echo \"error: $3\" >&2; exit 1;; esac")
    let folders = (0..<count).map { "/\($0)" }
    let (outputs, faults) = try build(folders)
    #expect(outputs == folders.map { $0 + "\n" })
    #expect(faults == folders.map { $0 == "/1" || $0 == "/3" ? $0 : "" })
  }

  @Test("a build that succeeds may complain")
  func complains() throws {
    try folder.program("bin/kubectl", "echo 'error: out of memory' >&2")
    #expect(try build(["/a"]).faults == [""])
  }

  @Test(
    "a build that used too much is told from one that failed",
    arguments: [
      ("kill -9 $$", true), ("kill -XCPU $$", true), ("kill -TERM $$", false),
      ("echo 'fatal error: runtime: out of memory' >&2; exit 2", true),
      ("echo 'fork: cannot allocate memory' >&2; exit 2", true), ("exit 2", false),
    ])
  func spent(script: String, isSpent: Bool) throws {
    try folder.program("bin/kubectl", script)
    #expect(try build(["/a"]).faults == [isSpent ? "spent" : "it did not say why"])
  }

  @Test(
    "the reason is what follows the mark of an error, on one line",
    arguments: [
      ("Error: no file\n", "no file"), ("error: one\n\ntwo\n", "one two"),
      ("plain\n", "plain"), ("ends in a \"quote\"\n", "ends in a \"quote\""),
      (#"E1 x.go] "failed" err="no \"k.yaml\" here""# + "\n", "no \"k.yaml\" here"),
      (#"E1 x.go] "Error: x" err="y""# + "\n", "y"), ("\n\n", "it did not say why"),
      ("error: \n", "it did not say why"),
    ])
  func reason(said: String, reason: String) throws {
    try folder.program("bin/kubectl", "cat >&2 <<'END'\n\(said)END\nexit 1")
    #expect(try build(["/a"]).faults == [reason])
  }
}
