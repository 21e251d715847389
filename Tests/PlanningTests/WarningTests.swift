/// What a person is told before a run, and what comes next.

import Kubernetes
import Manifests
import Planning
import Testing
import Workspace

@Suite("Warnings, and what comes next")
struct WarningTests {
  private func warnings(
    _ scene: Scene, _ request: RunRequest, available: Set<String> = []
  ) throws -> [PlanWarning] {
    try scene.plan(request, available: available).warnings
  }

  @Test("a run that changes nothing of note warns of nothing")
  func none() throws {
    #expect(try warnings(Scene(), Scene.request(.due)) == [])
  }

  @Test("pods that still have the old value have a window, and the first value has none")
  func windows() throws {
    #expect(
      try warnings(Scene(), Scene.request(.none, renew: ["db"]))
        == [.window(credential: "db")])
    #expect(
      try warnings(Scene(), Scene.request(.none, renew: ["key"]))
        == [.windowOfSigners(credential: "key"), .lifetimeMissing(credential: "key")])
    #expect(
      try warnings(Scene(), Scene.request(.none, forget: ["key"]))
        == [.tokensEnd(credential: "key"), .lifetimeMissing(credential: "key")])
    #expect(
      try warnings(Scene(), Scene.request(.none, forget: ["db"]))
        == [.window(credential: "db")])
    var first = Scene()
    first.sealed = [:]
    first.lock = LockFile()
    #expect(try warnings(first, Scene.request(.due)) == [])
    var lasting = Scene()
    lasting.credentials = lasting.credentials.replacing(
      "rotateEvery: 90d", with: "use: jwt, tokenLifetime: 1h")
    #expect(
      try warnings(lasting, Scene.request(.none, renew: ["key"]))
        == [.windowOfSigners(credential: "key")])
  }

  @Test("a credential without an item, and an item without a credential's template, is said")
  func leftovers() throws {
    var scene = Scene()
    scene.credentials += "\n  idle: {generate: {kind: hex, bytes: 32}}"
    scene.sealed["HAND"] = "h0"
    scene.lock.order.append(.init(namespace: "ns", secret: "gone", key: "X"))
    #expect(
      try warnings(scene, Scene.request(.due))
        == [
          .unusedCredential("idle"), .foreignItems(file: "out/app.yml", keys: ["HAND"]),
          .templateGone("ns/gone"),
        ])
  }

  @Test("an immutable Secret is warned of if its values change")
  func immutable() throws {
    var scene = Scene()
    scene.more = "immutable: true"
    #expect(try !warnings(scene, Scene.request(.due)).contains(.immutable(secret: "app")))
    let renewed = Scene.request(.none, renew: ["db"])
    #expect(try warnings(scene, renewed).contains(.immutable(secret: "app")))
    scene.more = "immutable: false"
    #expect(try !warnings(scene, renewed).contains(.immutable(secret: "app")))
  }

  @Test("a supplied value that contains a renewed one is left behind, unless it is renewed too")
  func leftBehind() throws {
    var scene = Scene()
    scene.credentials += "\n  line: {supplied: true, holds: [db]}"
    scene.data.append(("LINE", "${line}"))
    scene.sealed["LINE"] = "l0"
    scene.record("LINE", rotations: ["line"])
    scene.lock.credentials["line"] = .init(rotation: Scene.first, time: Timestamp(seconds: 0))
    let left = PlanWarning.leftBehind(credential: "line", holds: "db")
    #expect(try warnings(scene, Scene.request(.none, renew: ["db"])).contains(left))
    #expect(try !warnings(scene, Scene.request(.none, renew: ["key"])).contains(left))
    #expect(
      try !warnings(
        scene, Scene.request(.none, renew: ["db", "line"]), available: ["line"]
      ).contains(left))
  }

  @Test("a due step that was reverted is said with the time until which it is held back")
  func heldBack() throws {
    let since = Timestamp(seconds: 31 * 86_400)
    func warnings(_ others: OtherCredentials, day: Int) throws -> [PlanWarning] {
      try self.warnings(Scene(), Scene.request(others, day: day, reverted: ["db": since]))
    }
    let held = PlanWarning.heldBack(
      credential: "db", step: .replace, since: since, until: Timestamp(seconds: 61 * 86_400))
    #expect(try warnings(.due, day: 60) == [held])
    #expect(try warnings(.missing, day: 60) == [])
    #expect(try !warnings(.due, day: 61).contains(held))
    #expect(try warnings(.due, day: 29) == [], "not due yet")
  }

  /// The step of each credential that comes next, when it is due, and the step after it.
  private func upcoming(_ scene: Scene, day: Int = 1) throws -> [String] {
    try scene.planner(Scene.request(day: day)).upcoming().map { next in
      let due = next.due.map { "\($0.seconds / 86_400)" } ?? "never"
      return "\(next.plan.credential.name) \(next.plan.step) \(next.plan.reason) \(due) "
        + (next.after.map { "\($0)" } ?? "-") + (next.hasNext ? " next" : "")
    }
  }

  @Test("what comes next is a rotation, a value for what has none, or the end of an old key")
  func next() throws {
    var scene = Scene()
    #expect(try upcoming(scene) == ["key rotate asked 90 retire", "db replace asked 30 -"])
    scene.credentials = scene.credentials.replacing("rotateEvery: 30d", with: "settle: 1m")
    #expect(try upcoming(scene).last == "db replace asked never -")
    scene.lock.credentials["db"] = nil
    #expect(try upcoming(scene, day: 9).last == "db seal neverSealed 9 -")
    scene.sealed["OLD"] = "o0"
    #expect(try upcoming(scene).first == "key retire previousIsDone never rotate")
    scene.credentials = scene.credentials.replacing(
      "rotateEvery: 90d", with: "use: jwt, tokenLifetime: 48h")
    #expect(try upcoming(scene).first == "key retire previousIsDone 2 rotate")
    scene.data.append(("NEXT", "${key.next}"))
    #expect(try upcoming(scene, day: 9).first == "key publish nextMissing 9 rotate next")
  }

  @Test("what is supplied, or in no template, has no next step")
  func noNext() throws {
    var scene = Scene()
    scene.credentials +=
      "\n  idle: {generate: {kind: hex, bytes: 32}}\n  token: {supplied: true}"
    scene.data.append(("TOKEN", "${token}"))
    #expect(try upcoming(scene).count == 2)
  }
}
