/// Where each item comes from.

import Credentials
import Manifests
import Planning
import Sealing
import Testing
import YAML

@Suite("Planner")
struct PlannerTests {
  private let workspaceText = """
    apiVersion: moltseal.dev/v1
    kind: Workspace
    credentials:
      key: {generate: {kind: base64url, bytes: 64}, rotateEvery: 90d}
      db: {generate: {kind: alphanumeric, length: 32}, rotateEvery: 30d}
    environments:
      prod: {kustomization: k.yml, output: out, deployed: false}
    """
  private let templateText = """
    apiVersion: v1
    kind: Secret
    metadata: {name: app, namespace: ns}
    stringData:
      KEY: ${key}
      OLD: ${key.previous}
      URL: x://${db|uri}@h
      FIXED: text
    """
  private let expressions = ["KEY": "${key}", "URL": "x://${db|uri}@h", "FIXED": "text"]

  private func plan(
    _ selection: Selection, sealed: Bool = true, day: Int = 0, compromised: [String] = [],
    changing: [String: String] = [:]
  ) throws -> RunPlan {
    func source(_ text: String) throws -> SourceText { try SourceText(Array(text.utf8)) }
    let workspace = try Workspace(source(workspaceText))
    let template = try Template(
      path: "templates/app-template.yml", source(templateText),
      names: workspace.credentials.map(\.name))
    var manifest: SealedSecretManifest?
    var lock: LockFile?
    if sealed {
      let items = try ["KEY", "URL", "FIXED"].map { key in
        (
          key: key,
          value: try #require(
            SealedValue(base64: "AA" + key + String(repeating: "A", count: (6 - key.count) % 4)))
        )
      }
      manifest = try SealedSecretManifest(
        SourceText(
          SealedSecretManifest.render([
            SealedSecretContent(
              name: "app", namespace: "ns", annotations: [], templateLabels: [],
              templateAnnotations: [], type: nil, immutable: nil, items: items)
          ])))
      var known = LockFile()
      for name in ["key", "db"] {
        known.credentials[name] = .init(rotation: "r-0", time: Timestamp(seconds: 0))
      }
      for (key, value) in items {
        known.items[.init(namespace: "ns", secret: "app", key: key)] = .init(
          expression: changing[key] ?? expressions[key] ?? "", scope: .strict,
          certificate: "sha256:c",
          ciphertext: value.digest, rotations: [:])
      }
      lock = known
    }
    let state = EnvironmentState(
      workspace: workspace, environment: workspace.environments[0],
      files: [PlannedFile(template: template, outputPath: "out/app.yml", manifest: manifest)],
      lock: lock, certificate: "sha256:c")
    let request = RunRequest(
      selection: selection, compromised: compromised, now: Timestamp(seconds: day * 86_400),
      rotation: "r-1")
    return Planner(state: state, request: request).plan(available: [])
  }

  private func actions(_ plan: RunPlan) -> [ItemAction] {
    plan.files[0].secrets[0].items.map(\.action)
  }

  @Test("the first run seals everything and leaves the previous value out")
  func cutover() throws {
    let plan = try plan(.due, sealed: false)
    #expect(
      actions(plan) == [
        .seal(reason: "new key"), .omit(reason: "no previous value yet"), .seal(reason: "new db"),
        .seal(reason: "new"),
      ])
    #expect(plan.refusals.isEmpty)
  }

  @Test("nothing due carries everything")
  func idle() throws {
    let plan = try plan(.due, day: 29)
    #expect(actions(plan) == [.carry, .omit(reason: "no previous value yet"), .carry, .carry])
    #expect(!plan.changesValues)
  }

  @Test("what is due is renewed, and the rest carried")
  func due() throws {
    let plan = try plan(.due, day: 30)
    #expect(plan.renewals.map(\.credential.name) == ["db"])
    #expect(
      actions(plan) == [
        .carry, .omit(reason: "no previous value yet"), .seal(reason: "new db"), .carry,
      ])
  }

  @Test("a renewed key's old ciphertext moves to its previous item")
  func previous() throws {
    #expect(actions(try plan(.only(["key"])))[1] == .move(from: "KEY"))
    #expect(
      actions(try plan(.only([]), compromised: ["key"]))[1] == .omit(reason: "'key' is compromised")
    )
  }

  @Test("an expression that changed is sealed anew where it can be, else refused with the --only")
  func changed() throws {
    #expect(actions(try plan(.due, changing: ["FIXED": "other"]))[3] == .seal(reason: "changed"))
    let refused = try plan(.due, changing: ["URL": "y://${db}"])
    #expect(refused.refusals.map(\.hint).joined().contains("--only db"))
    #expect(try plan(.only(["db"]), changing: ["URL": "y://${db}"]).refusals.isEmpty)
  }

  @Test("a ciphertext that the lock file does not know is not carried")
  func unknown() throws {
    let plan = try plan(.only(["nope"]))
    #expect(plan.refusals.contains { $0.message.contains("no credential is named 'nope'") })
  }
}
