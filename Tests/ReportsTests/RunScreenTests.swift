/// How a run looks, done or only shown.

import Files
import Kubernetes
import Manifests
import Planning
import Testing
import Workspace
import YAML

@testable import Operations
@testable import Reports

@Suite("The result of a run")
struct RunScreenTests {
  private static let period = 30 * 86_400

  /// A run of an environment with one credential.
  func result(
    sealed: Bool = false, _ named: NamedCredentials = NamedCredentials(), at seconds: Int = 0,
    others: OtherCredentials = .due, replaced: Int = 0, writes: Bool = true, isLive: Bool = false
  ) throws -> RotationResult {
    func source(_ text: String) throws -> SourceText { try SourceText(Array(text.utf8)) }
    let workspace = try Workspace(
      source(
        """
        apiVersion: moltseal.dev/v1
        kind: Workspace
        credentials: {db: {generate: {kind: alphanumeric, length: 32}, rotateEvery: 30d}}
        environments: {prod: {kustomization: k/k.yml, output: k/out, deployed: false}}
        """))
    let template = try Template(
      path: "t.yml",
      source(
        """
        apiVersion: v1
        kind: Secret
        metadata: {name: app, namespace: ns}
        stringData: {DB: '${db}'}
        """), names: ["db"])
    let file = try SealedSecretFile(
      source(
        """
        apiVersion: bitnami.com/v1alpha1
        kind: SealedSecret
        metadata: {name: app, namespace: ns}
        spec: {encryptedData: {DB: AgAA}}
        """))
    var lock = LockFile()
    let first = "r-20260101T000000Z-a"
    lock.isLive = isLive
    lock.credentials["db"] = .init(rotation: first, time: Timestamp(seconds: 0), phase: .sealed)
    let id = LockFile.ItemID(namespace: "ns", secret: "app", key: "DB")
    lock.order = [id]
    lock.items[id] = .init(
      expression: "${db}", scope: .strict, certificate: "sha256:c", ciphertext: "sha256:d",
      rotations: ["db": first])
    let state = EnvironmentState(
      workspace: workspace, environment: workspace.environments[0],
      files: [
        PlannedFile(
          template: template, outputPath: "k/out/app.yml", manifest: sealed ? file : nil)
      ], lock: sealed ? lock : nil, certificate: "sha256:c", sha256: { _ in "d" })
    let request = RunRequest(
      naming: named, others: others, now: Timestamp(seconds: seconds), rotation: "r-1")
    var changes = ChangeSet()
    if writes {
      changes.add(FileChange(path: "k/out/app.yml", old: sealed ? [1] : nil, new: [2]))
    }
    return RotationResult(
      plan: Planner(state: state, request: request).plan(available: []), changes: changes,
      state: state, request: request, replaced: replaced, proof: ["Proven."], findings: [])
  }

  private func lines(_ result: RotationResult, _ moment: RunReport.Moment) -> [String] {
    RunReport(result, asked: "as asked").screen(moment).lines.map(\.text)
  }

  @Test("a run that was taken says what became of each credential, and what is next")
  func written() throws {
    #expect(
      lines(try result(), .written) == [
        "prod: 1 step taken", "", "  new  db", "", "Proven.",
        "Wrote 1 file in k/out/. Next: git diff, commit, push.",
      ])
    let live = lines(
      try result(sealed: true, NamedCredentials(renew: ["db"]), isLive: true), .written)
    #expect(live.contains("  replaced  db  a new value (as asked)"))
    #expect(live.last?.hasSuffix("push; then moltseal live --env prod --watch.") == true)
  }

  @Test("a run that is only shown says what it would do, and to which files")
  func dry() throws {
    #expect(
      lines(try result(), .dryRun) == [
        "prod: would seal db", "", "  seal  db", "", "  k/out/app.yml  new: DB sealed", "",
        "Nothing was written. The diff: --dry-run --verbose.",
      ])
    let again = lines(try result(sealed: true, NamedCredentials(renew: ["db"])), .dryRun)
    #expect(again.first == "prod: would replace db")
    #expect(again.contains("  k/out/app.yml  DB sealed"))
  }

  @Test("a cutover counts the Secrets that become sealed")
  func cutover() throws {
    #expect(
      lines(try result(replaced: 1), .written).first
        == "prod: cutover, 1 Secret becomes a SealedSecret")
    #expect(
      lines(try result(replaced: 2), .dryRun).first
        == "prod: would cut over, 2 Secrets become SealedSecrets")
  }

  @Test("a run with nothing to do says what is due, since when or from when")
  func idle() throws {
    func headline(at seconds: Int) throws -> [String] {
      lines(
        try result(sealed: true, at: seconds, others: .none, writes: false), .written)
    }
    #expect(
      try headline(at: Self.period - 1) == [
        "prod: nothing to do; next due is db on 1970-01-31"
      ])
    #expect(
      try headline(at: Self.period) == ["prod: nothing to do; db is due since 1970-01-31"])
    #expect(
      lines(try result(others: .none, writes: false), .written) == ["prod: nothing to do"])
  }

  @Test("a program reads the steps, the items and the files")
  func json() throws {
    let tree = try read(RunReport(try result(), asked: "").json(.written))
    #expect(tree["dryRun"] as? Bool == false && tree["rotation"] as? String == "r-1")
    #expect(at(tree, "credentials.0.name") as? String == "db")
    #expect(at(tree, "credentials.0.step") as? String == "seal")
    #expect(at(tree, "credentials.0.reason") as? String == "never sealed")
    #expect(at(tree, "items.0.action") as? String == "seal")
    #expect(at(tree, "items.0.namespace") as? String == "ns")
    #expect(at(tree, "files.0.change") as? String == "new")
    let dry = try read(
      RunReport(
        try result(sealed: true, NamedCredentials(renew: ["db"])), asked: "by hand"
      ).json(.dryRun))
    #expect(dry["dryRun"] as? Bool == true)
    #expect(at(dry, "credentials.0.reason") as? String == "by hand")
    #expect(at(dry, "files.0.change") as? String == "changed")
    let idle = try read(
      RunReport(try result(sealed: true, others: .none, writes: false), asked: "").json(.written))
    #expect(idle["rotation"] as? String == nil && (idle["files"] as? [Any])?.isEmpty == true)
    #expect(at(idle, "items.0.action") as? String == "carry")
  }
}
