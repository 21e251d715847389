/// What a run leaves in the lock file, and what it does not touch.

import Kubernetes
import Manifests
import Planning
import Testing
import Workspace

@Suite("The lock file after a run")
struct LockResultTests {
  /// The lock file after a run in which each of these keys got a ciphertext.
  private func lock(
    _ scene: Scene, _ request: RunRequest, sealing keys: [String] = [], available: Set<String> = []
  ) throws -> LockFile {
    let plan = try scene.plan(request, available: available)
    #expect(plan.refusals.isEmpty, "\(plan.refusals.map(\.reason))")
    let values = try keys.map { (scene.id($0), try Scene.value("new \($0)")) }
    return plan.lockFile(
      sealed: Dictionary(uniqueKeysWithValues: values), request: request, certificate: "sha256:x",
      state: try scene.state())
  }

  @Test("a new value has the run's rotation, time and certificate, and the rest is as it was")
  func replace() throws {
    let scene = Scene()
    let after = try lock(scene, Scene.request(.none, renew: ["db"], day: 5), sealing: ["URL"])
    #expect(
      after.credentials["db"]
        == .init(
          rotation: "r-1", time: Timestamp(seconds: 5 * 86_400), generation: 2, phase: .replaced))
    #expect(after.credentials["key"] == scene.lock.credentials["key"])
    #expect(
      after.items[scene.id("URL")]
        == .init(
          expression: "x://${db|uri}@h", scope: .strict, certificate: "sha256:x",
          ciphertext: "sha256:new URL", rotations: ["db": "r-1"]))
    for key in ["KEY", "FIXED"] {
      #expect(after.items[scene.id(key)] == scene.lock.items[scene.id(key)])
    }
    #expect(after.order == [scene.id("KEY"), scene.id("URL"), scene.id("FIXED")])
    #expect(after.isLive && after.cluster == nil)
  }

  @Test("a rotated key leaves its ciphertext, certificate and rotation to the previous one")
  func rotate() throws {
    var scene = Scene()
    scene.certificate = nil
    let after = try lock(scene, Scene.request(.none, renew: ["key"]), sealing: ["KEY"])
    #expect(after.credentials["key"]?.phase == .rotated)
    #expect(after.credentials["key"]?.rotation == "r-1")
    #expect(
      after.items[scene.id("OLD")]
        == .init(
          expression: "${key.previous}", scope: .strict, certificate: "sha256:c",
          ciphertext: "sha256:k0", rotations: ["key": Scene.first]))
    #expect(after.items[scene.id("KEY")]?.rotations == ["key": "r-1"])
    #expect(after.order == ["KEY", "OLD", "URL", "FIXED"].map { scene.id($0) })
  }

  /// After a rotation: the previous key is still there.
  private var rotated: Scene {
    var scene = Scene()
    scene.sealed["OLD"] = "o0"
    scene.record("OLD", rotations: ["key"], rotation: "r-0")
    scene.lock.credentials["key"] = .init(
      rotation: Scene.first, time: Timestamp(seconds: 7), generation: 4, phase: .rotated)
    return scene
  }

  @Test("a retired key takes its previous item along, and stays in use since when it was")
  func retire() throws {
    let after = try lock(rotated, Scene.request(.due))
    #expect(
      after.credentials["key"]
        == .init(
          rotation: Scene.first, time: Timestamp(seconds: 7), generation: 5, phase: .retired,
          step: "r-1"))
    #expect(after.items[rotated.id("OLD")] == nil && !after.order.contains(rotated.id("OLD")))
    #expect(after.credentials["db"] == rotated.lock.credentials["db"])
  }

  @Test(
    "a run that only seals what is missing retires no key",
    arguments: [
      OtherCredentials.missing, .none,
    ])
  func retiresNothing(others: OtherCredentials) throws {
    let plan = try rotated.plan(Scene.request(others))
    #expect(plan.steps.isEmpty && plan.waiting.isEmpty && !plan.changesValues)
    let after = try lock(rotated, Scene.request(others))
    #expect(after.credentials == rotated.lock.credentials && after.items == rotated.lock.items)
  }

  @Test("a run that does nothing goes not live, and what was live stays so")
  func live() throws {
    var scene = Scene()
    #expect(try !lock(scene, Scene.request(.none)).isLive)
    scene.lock.isLive = true
    #expect(try lock(scene, Scene.request(.none)).isLive)
    scene.lock.isLive = false
    scene.data.append(("MORE", "text"))
    #expect(try lock(scene, Scene.request(.none), sealing: ["MORE"]).isLive)
  }

  @Test("what no template and no item uses is dropped; items of other Secrets stay at the end")
  func dropped() throws {
    var scene = Scene()
    let other = LockFile.ItemID(namespace: "ns", secret: "other", key: "X")
    scene.lock.items[other] = .init(
      expression: "${held}", scope: .strict, certificate: "c", ciphertext: "d",
      rotations: ["held": "r-0"])
    scene.lock.order.insert(other, at: 0)
    for name in ["gone", "held"] {
      scene.lock.credentials[name] = .init(rotation: "r-0", time: Timestamp(seconds: 0))
    }
    scene.lock.items[scene.id("GONE")] = .init(
      expression: "x", scope: .strict, certificate: "c", ciphertext: "d", rotations: [:])
    scene.lock.order.append(scene.id("GONE"))
    let after = try lock(scene, Scene.request(.none))
    #expect(after.credentials.keys.sorted() == ["db", "held", "key"])
    #expect(after.order == ["KEY", "URL", "FIXED"].map { scene.id($0) } + [other])
    #expect(after.items.count == 4 && after.items[other] == scene.lock.items[other])
  }

  @Test("a restart is recorded, and is no step")
  func restart() throws {
    let scene = Scene()
    let after = try lock(scene, Scene.request(.none, restart: ["db"]))
    var expected = scene.lock.credentials
    expected["db"]?.restart = "r-1"
    #expect(after.credentials == expected)
  }

  @Test("the first cluster whose evidence opens a gate is recorded, and no other replaces it")
  func cluster() throws {
    var scene = rotated
    scene.credentials = scene.credentials.replacing(
      "rotateEvery: 90d", with: "rotateEvery: 90d, use: jwt, tokenLifetime: 1h")
    func request(_ cluster: String) -> RunRequest {
      Scene.request(
        .due,
        evidence: Evidence(
          environment: "prod", time: Timestamp(seconds: 0),
          credentials: [
            "key": CredentialEvidence(
              generation: 4, step: Scene.first,
              ciphertexts: scene.lock.ciphertextsByCredential["key"] ?? [:], answers: [:],
              signersEnded: Timestamp(seconds: 7))
          ], cluster: ClusterIdentity(id: cluster, server: nil)),
        gates: [.previousIsDead])
    }
    #expect(try lock(scene, request("one")).cluster == "one")
    scene.lock.cluster = "one"
    #expect(try lock(scene, request("one")).cluster == "one")
    #expect(try scene.plan(request("two")).steps.isEmpty)
  }
}
