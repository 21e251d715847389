/// Where each item comes from.

import Kubernetes
import Manifests
import Planning
import Testing
import Workspace
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

  /// Stands in for SHA-256: it tells the ciphertexts of these tests apart.
  private static let digest: SHA256 = { bytes in bytes.map { String($0) }.joined(separator: ".") }

  /// What the command line asks for.
  private enum Asked {
    case due, missing
    case only([String])
    case all
  }

  private func plan(
    _ asked: Asked, sealed: Bool = true, locked: Bool = true, deployed: Bool = false, day: Int = 0,
    compromised: Set<String> = [], changing: [String: String] = [:],
    replacing: [String: String] = [:]
  ) throws -> RunPlan {
    func source(_ text: String) throws -> SourceText { try SourceText(Array(text.utf8)) }
    let workspace = try Workspace(
      source(
        deployed
          ? workspaceText.replacing("deployed: false", with: "deployed: true") : workspaceText
      ))
    let template = try Template(
      path: "templates/app-template.yml", source(templateText),
      names: workspace.credentials.map(\.name))
    var manifest: SealedSecretFile?
    var lock: LockFile?
    func value(_ key: String) throws -> SealedValue {
      try #require(
        SealedValue(base64: "AA" + key + String(repeating: "A", count: (6 - key.count) % 4)))
    }
    if sealed {
      let keys = ["KEY", "URL", "FIXED"]
      manifest = try SealedSecretFile(
        SourceText(
          SealedSecretFile.render([
            SealedSecret(
              name: "app", namespace: "ns", annotations: [],
              template: SealedSecret.Template(
                metadata: SealedSecret.Template.metadata(
                  name: "app", namespace: "ns", labels: [], annotations: []),
                type: nil, immutable: nil),
              items: try keys.map { ($0, try value(replacing[$0] ?? $0)) })
          ])))
      var known = LockFile()
      for name in ["key", "db"] {
        known.credentials[name] = .init(rotation: "r-0", time: Timestamp(seconds: 0))
      }
      for key in keys {
        known.items[.init(namespace: "ns", secret: "app", key: key)] = .init(
          expression: changing[key] ?? expressions[key] ?? "", scope: .strict,
          certificate: "sha256:c", ciphertext: try value(key).digest(Self.digest), rotations: [:])
      }
      lock = locked ? known : nil
    }
    let state = EnvironmentState(
      workspace: workspace, environment: workspace.environments[0],
      files: [PlannedFile(template: template, outputPath: "out/app.yml", manifest: manifest)],
      lock: lock, certificate: "sha256:c", sha256: Self.digest)
    let (renew, others): (Set<String>, OtherCredentials) =
      switch asked {
      case .due: ([], .due)
      case .missing: ([], .missing)
      case .only(let names): (Set(names), .none)
      case .all: (["key", "db"], .missing)
      }
    let request = RunRequest(
      naming: NamedCredentials(renew: renew, forget: compromised), others: others,
      now: Timestamp(seconds: day * 86_400), rotation: "r-1")
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
        .seal(.renewed(["key"])), .omit(.noPrevious), .seal(.renewed(["db"])), .seal(.new),
      ])
    #expect(plan.renewals.map(\.reason) == [.neverSealed, .neverSealed])
    #expect(plan.refusals.isEmpty)
  }

  @Test("nothing due carries everything")
  func idle() throws {
    let plan = try plan(.due, day: 29)
    #expect(actions(plan) == [.carry, .omit(.noPrevious), .carry, .carry])
    #expect(!plan.changesValues && plan.refusals.isEmpty)
  }

  @Test("what is due is renewed, and the rest carried")
  func due() throws {
    let plan = try plan(.due, day: 30)
    #expect(plan.renewals.map(\.credential.name) == ["db"])
    #expect(plan.renewals.map(\.reason) == [.due(since: Timestamp(seconds: 30 * 86_400))])
    #expect(
      actions(plan) == [.carry, .omit(.noPrevious), .seal(.renewed(["db"])), .carry])
  }

  @Test("a renewed key's old ciphertext moves to its previous item")
  func previous() throws {
    #expect(actions(try plan(.only(["key"])))[1] == .move(from: "KEY"))
    let compromised = try plan(.only([]), compromised: ["key"])
    #expect(actions(compromised)[1] == .omit(.compromised("key")))
    #expect(compromised.renewals.map(\.reason) == [.compromised])
  }

  @Test(
    "an expression that changed is sealed anew where it can be, else refused with its credentials")
  func changed() throws {
    #expect(actions(try plan(.due, changing: ["FIXED": "other"]))[3] == .seal(.changed))
    let refused = try plan(.due, changing: ["URL": "y://${db}"])
    #expect(
      refused.refusals.map(\.reason) == [
        .cannotStay(
          key: "URL", secret: "app", .otherExpression("y://${db}"), credentials: ["db"])
      ])
    #expect(try plan(.only(["db"]), changing: ["URL": "y://${db}"]).refusals.isEmpty)
  }

  @Test(
    "a ciphertext that the lock file does not know is not carried, and becomes no previous value")
  func unknown() throws {
    let kept = try plan(.due, replacing: ["URL": "XYZ", "FIXED": "OTHER"])
    #expect(
      kept.refusals.map(\.reason) == [
        .cannotStay(key: "URL", secret: "app", .otherCiphertext, credentials: ["db"])
      ])
    // What is no secret is simply sealed again.
    #expect(actions(kept)[3] == .seal(.changed))
    let moved = try plan(.only(["key"]), replacing: ["KEY": "XYZ"])
    #expect(
      moved.refusals.map(\.reason) == [
        .cannotBecomePrevious(
          key: "KEY", previous: "OLD", secret: "app", .otherCiphertext, credential: "key")
      ])
  }

  @Test("a credential that nobody knows is refused with those that are known")
  func unknownName() throws {
    #expect(
      try plan(.only(["nope"])).refusals.map(\.reason) == [
        .unknownCredential("nope", known: ["key", "db"])
      ])
  }

  @Test("without a lock file nothing is taken for never sealed, and nothing live is replaced")
  func lockMissing() throws {
    let missing = Refusal.Reason.lockMissing(
      sealed: "out/app.yml", lock: "out/moltseal.lock", supplied: [])
    #expect(try plan(.due, locked: false).refusals.map(\.reason).contains(missing))
    let all = try plan(.all, locked: false)
    #expect(all.refusals.isEmpty)
    #expect(all.renewals.map(\.reason) == [.asked, .asked])
    #expect(actions(all)[1] == .omit(.lockMissing))
    let live = try plan(.all, locked: false, deployed: true)
    #expect(
      live.refusals.map(\.reason) == [
        .liveWithoutLock(sealed: "out/app.yml", lock: "out/moltseal.lock", environment: "prod")
      ])
  }

  @Test("a supplied credential is due to the second, and is warned of, not renewed")
  func supplyDue() throws {
    func source(_ text: String) throws -> SourceText { try SourceText(Array(text.utf8)) }
    let workspace = try Workspace(
      source(
        workspaceText.replacing(
          "environments:", with: "  token: {supplied: true, rotateEvery: 30d}\nenvironments:")))
    let template = try Template(
      path: "t.yml", source(templateText.replacing("FIXED: text", with: "TOKEN: ${token}")),
      names: workspace.credentials.map(\.name))
    var lock = LockFile()
    for credential in workspace.credentials {
      lock.credentials[credential.name] = .init(rotation: "r-0", time: Timestamp(seconds: 0))
    }
    let state = EnvironmentState(
      workspace: workspace, environment: workspace.environments[0],
      files: [PlannedFile(template: template, outputPath: "o.yml", manifest: nil)], lock: lock,
      certificate: nil, sha256: Self.digest)
    let due = Timestamp(seconds: 30 * 86_400)
    for (now, isDue) in [(due.seconds - 1, false), (due.seconds, true)] {
      let request = RunRequest(others: .due, now: Timestamp(seconds: now), rotation: "r-1")
      let plan = Planner(state: state, request: request).plan(available: [])
      #expect(plan.warnings.contains(.supplyDue(credential: "token", since: due)) == isDue)
      #expect(!plan.renewals.contains { $0.credential.name == "token" })
    }
  }

  @Test("where roles are added to a password, status says the step that the run takes")
  func rolesAdded() throws {
    func source(_ text: String) throws -> SourceText { try SourceText(Array(text.utf8)) }
    let workspace = try Workspace(
      source(
        """
        apiVersion: moltseal.dev/v1
        kind: Workspace
        credentials:
          db: {generate: {kind: alphanumeric, length: 32}, roles: {a: app_a, b: app_b}}
        environments:
          prod: {kustomization: k.yml, output: out, deployed: false}
        """))
    let template = try Template(
      path: "t.yml",
      source(
        "apiVersion: v1\nkind: Secret\nmetadata: {name: db, namespace: ns}\nstringData: {password: \"${db}\"}\n"
      ), credentials: workspace.groups)
    // Of before there were roles; and with a second role that never had a password.
    for role in [nil, "a"] {
      var lock = LockFile()
      lock.credentials["db"] = .init(
        rotation: "r-0", time: Timestamp(seconds: 0), phase: .sealed)
      lock.credentials["db"]?.role = role
      if role != nil {
        lock.credentials["db@a"] = .init(rotation: "r-0", time: Timestamp(seconds: 0))
      }
      let state = EnvironmentState(
        workspace: workspace, environment: workspace.environments[0],
        files: [PlannedFile(template: template, outputPath: "o.yml", manifest: nil)], lock: lock,
        certificate: nil, sha256: Self.digest)
      let planner = Planner(
        state: state,
        request: RunRequest(others: .due, now: Timestamp(seconds: 9), rotation: "r-1"))
      let next = try #require(planner.upcoming().first)
      #expect(next.due == Timestamp(seconds: 9))
      #expect(planner.plan(available: []).steps.map(\.step) == [next.plan.step])
    }
  }
}
