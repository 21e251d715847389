/// Which ciphertexts stay as they are, and why the others do not.

import Kubernetes
import Manifests
import Testing
import Workspace

@testable import Planning

@Suite("Ciphertexts that stay")
struct CarriedItemsTests {
  private func planner(_ scene: Scene) throws -> SecretPlanner {
    let planner = try scene.planner(Scene.request(.none))
    let file = planner.state.files[0]
    return SecretPlanner(
      planner: planner, file: file, secret: file.template.secrets[0], moves: Moves([], planner))
  }

  private func fault(
    _ key: String = "KEY", expression: String = "${key}", scope: Scope = .strict,
    change: (inout Scene) -> Void = { _ in }
  ) throws -> CarryFault? {
    var scene = Scene()
    scene.scope = scope
    change(&scene)
    return try planner(scene).faultOfCarrying(key, expression: expression)
  }

  @Test("a ciphertext of which nothing has changed stays")
  func same() throws {
    #expect(try fault() == nil)
    #expect(try fault { $0.certificate = nil } == nil)
    #expect(try fault("FIXED", expression: "text") == nil)
  }

  @Test("one that is not in both files is new, lost, or unknown")
  func places() throws {
    #expect(try fault("NEW") == .notSealedYet)
    #expect(try fault { $0.sealed["KEY"] = nil } == .lost(path: "out/app.yml"))
    #expect(try fault { scene in scene.lock.items[scene.id("KEY")] = nil } == .unknownToLock)
  }

  @Test("the first difference is said: expression, scope, rotation, ciphertext, key")
  func differences() throws {
    var changes: [(inout Scene) -> Void] = [
      { $0.certificate = "sha256:d" },
      { $0.sealed["KEY"] = "other" },
      { $0.lock.credentials["key"] = .init(rotation: "r-9", time: Timestamp(seconds: 0)) },
    ]
    func all(_ scene: inout Scene) { for change in changes { change(&scene) } }
    #expect(
      try fault(expression: "x", scope: .clusterWide, change: all) == .otherExpression("${key}"))
    #expect(try fault(scope: .clusterWide, change: all) == .otherScope(.strict))
    #expect(
      try fault(change: all)
        == .otherRotation(credential: "key", rotation: Scene.first, last: "r-9"))
    changes.removeLast()
    #expect(try fault(change: all) == .otherCiphertext)
    changes.removeLast()
    #expect(try fault(change: all) == .otherKey("sha256:c"))
  }

  @Test("a previous value is of an older rotation, and any other is not")
  func rotations() throws {
    let text = "${key.previous}"
    #expect(
      try fault("OLD", expression: text) { scene in
        scene.sealed["OLD"] = "o0"
        scene.record("OLD", rotations: ["key"], rotation: "r-0")
      } == nil)
    // A credential that the lock file has lost says nothing; of several, the first by name counts.
    #expect(try fault { $0.lock.credentials["key"] = nil } == nil)
    #expect(
      try fault { scene in
        scene.record("KEY", rotations: ["key", "db"], rotation: "r-0")
      } == .otherRotation(credential: "db", rotation: "r-0", last: Scene.first))
  }

  /// Whether a file is taken for sealed again as a whole.
  private func isReEncrypted(
    named: String? = Scene.first, change: (inout Scene) -> Void = { _ in }
  ) throws -> Bool {
    var scene = Scene()
    for (key, names) in [("KEY", ["key"]), ("URL", ["db"]), ("FIXED", [])] {
      scene.record(key, "old \(key)", rotations: names)
    }
    scene.lock.credentials["db"] = .init(
      rotation: Scene.first, time: Timestamp(seconds: 0), step: "r-20260301T000000Z-b")
    if let named { scene.annotations = "moltseal.dev/rotation: \(named)" }
    change(&scene)
    return try planner(scene).isReEncrypted
  }

  @Test(
    "a file was sealed again as a whole if it names a rotation of between its values and last step",
    arguments: [
      (Scene.first, true), ("r-20260101T000000Z-z", true), ("r-20260201T000000Z-x", true),
      ("r-20260301T000000Z-x", true), ("r-20251231T235959Z-x", false),
      ("r-20260301T000001Z-x", false), (nil, false),
    ])
  func reEncryption(named: String?, isReEncrypted: Bool) throws {
    #expect(try self.isReEncrypted(named: named) == isReEncrypted)
  }

  @Test("a restart is a step, too, and counts for its credential")
  func restart() throws {
    let named = "r-20260401T000000Z-x"
    #expect(try !isReEncrypted(named: named))
    #expect(
      try isReEncrypted(named: named) {
        $0.lock.credentials["db"]?.restart = "r-20260401T000000Z-c"
      })
  }

  @Test("one item that is as before, moved, gone or unknown speaks against it")
  func notReEncrypted() throws {
    #expect(try !isReEncrypted { $0.record("FIXED", rotations: []) }, "as before")
    #expect(try !isReEncrypted { $0.record("FIXED", "k0", rotations: []) }, "moved")
    #expect(try !isReEncrypted { $0.sealed["FIXED"] = "k0" }, "twice")
    #expect(try !isReEncrypted { $0.sealed["FIXED"] = nil }, "gone")
    #expect(
      try !isReEncrypted { scene in scene.lock.items[scene.id("FIXED")] = nil }, "unknown")
    #expect(
      try !isReEncrypted { scene in
        scene.data = [("KEY", "${key}")]
        scene.sealed = ["KEY": "k0"]
      }, "a single item says nothing")
    let waiting = try Scene.value("k0")
    #expect(
      try !isReEncrypted { scene in
        scene.lock.waiting = [
          .init(
            id: scene.id("X"), scope: .strict, certificate: "c", sealed: waiting, rotation: "r-0")
        ]
      }, "the waiting key")
  }

  @Test("what was sealed again is taken over, with its new ciphertext and the newest key")
  func takenOver() throws {
    var scene = Scene()
    for (key, names) in [("KEY", ["key"]), ("URL", ["db"]), ("FIXED", [])] {
      scene.record(key, "old \(key)", rotations: names)
    }
    scene.annotations = "moltseal.dev/rotation: \(Scene.first)"
    scene.certificate = "sha256:c"
    let request = Scene.request(.none)
    let plan = try scene.plan(request)
    let actions = plan.files[0].secrets[0].items.map(\.action)
    #expect(actions == [.takeOver, .omit(.noPrevious), .takeOver, .takeOver])
    #expect(plan.warnings.contains(.reEncrypted(secret: "app")) && !plan.changesValues)
    let lock = plan.lockFile(
      sealed: [:], request: request, certificate: "sha256:x", state: try scene.state())
    #expect(lock.items[scene.id("URL")]?.ciphertext == "sha256:u0")
    #expect(lock.items[scene.id("URL")]?.rotations == ["db": Scene.first])
    #expect(lock.items[scene.id("URL")]?.certificate == "sha256:c")
  }
}
