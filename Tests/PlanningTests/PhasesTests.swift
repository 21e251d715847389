/// Which step a credential takes, when it waits, and when it is refused.

import Kubernetes
import Manifests
import Planning
import Testing
import Workspace

@Suite("Steps that a run takes")
struct PhasesTests {
  private let supplied = "    token: {supplied: true}\n    extra: {supplied: true, optional: true}"

  /// After a rotation: the previous key is still there.
  private var rotated: Scene {
    var scene = Scene()
    scene.sealed["OLD"] = "o0"
    scene.record("OLD", rotations: ["key"], rotation: "r-0")
    return scene
  }

  private func steps(_ plan: RunPlan) -> [String] {
    plan.steps.map { "\($0.credential.name) \($0.step) \($0.reason)" }
  }

  @Test("what is not asked for waits at a closed gate; what is asked for is refused, or waits")
  func gates() throws {
    func plan(renew: Set<String>, waits: Bool, day: Int = 1) throws -> RunPlan {
      try rotated.plan(
        Scene.request(
          renew.isEmpty ? .due : .none, renew: renew, day: day, waits: waits,
          gates: Set(Gate.allCases)))
    }
    let refused = try plan(renew: ["key"], waits: false)
    guard case .gateClosed("key", .rotate, let gates, false)? = refused.refusals.first?.reason
    else {
      Issue.record("\(refused.refusals.map(\.reason))")
      return
    }
    #expect(gates.map(\.gate) == [.tokensOfPreviousAreDead])
    let waiting = try plan(renew: ["key"], waits: true)
    #expect(waiting.refusals.isEmpty && waiting.steps.isEmpty)
    #expect(waiting.waiting.map(\.step) == [.rotate])
    let due = try plan(renew: [], waits: false, day: 1)
    #expect(due.refusals.isEmpty && due.steps.isEmpty && due.waiting.map(\.step) == [.retire])
    let late = try plan(renew: [], waits: false, day: 90)
    #expect(late.waiting.map(\.step) == [.rotate] && steps(late).count == 1)
  }

  @Test(
    "only a run for what is due retires a key",
    arguments: [
      (OtherCredentials.due, 1), (.missing, 0), (.none, 0),
    ])
  func retires(others: OtherCredentials, count: Int) throws {
    #expect(
      try rotated.plan(Scene.request(others)).steps.map(\.step)
        == [Step](repeating: .retire, count: count))
  }

  @Test("what was never sealed is sealed, unless the run is for others alone")
  func neverSealed() throws {
    var scene = Scene()
    scene.lock.credentials["db"] = nil
    scene.lock.items[scene.id("URL")] = nil
    scene.sealed["URL"] = nil
    #expect(try steps(scene.plan(Scene.request(.due))) == ["db seal neverSealed"])
    #expect(try steps(scene.plan(Scene.request(.missing))) == ["db seal neverSealed"])
    #expect(try steps(scene.plan(Scene.request(.none))) == [])
    // With a sealed file, it may be one that the lock file has lost.
    #expect(try steps(scene.plan(Scene.request(.none, renew: ["db"]))) == ["db seal asked"])
    scene.sealed = [:]
    #expect(
      try steps(scene.plan(Scene.request(.none, renew: ["db"]))) == ["db seal neverSealed"])
  }

  @Test("a step is due to the second, for a run that is for what is due")
  func due() throws {
    let scene = Scene()
    func steps(_ seconds: Int, _ others: OtherCredentials = .due) throws -> [Step] {
      var request = RunRequest(
        others: others, now: Timestamp(seconds: seconds), rotation: "r-1")
      request.gates = []
      return try scene.plan(request).steps.map(\.step)
    }
    #expect(try steps(30 * 86_400 - 1) == [])
    #expect(try steps(30 * 86_400) == [.replace])
    #expect(try steps(30 * 86_400, .missing) == [])
    #expect(try steps(90 * 86_400) == [.rotate, .replace])
  }

  @Test("a step that somebody reverted waits for one more period, or until it is asked for")
  func reverted() throws {
    func steps(
      day: Int, renew: Set<String> = [], forget: Set<String> = []
    ) throws -> [String] {
      try self.steps(
        Scene().plan(
          Scene.request(
            .due, renew: renew, forget: forget, day: day,
            reverted: ["db": Timestamp(seconds: 31 * 86_400)]))
      ).filter { $0.utf8.starts(with: "db".utf8) }
    }
    #expect(try steps(day: 60) == [])
    #expect(try steps(day: 61).count == 1)
    #expect(try steps(day: 60, renew: ["db"]) == ["db replace asked"])
    #expect(try steps(day: 60, forget: ["db"]) == ["db seal compromised"])
  }

  @Test("what has leaked is sealed again at once, without its old values")
  func forgotten() throws {
    let plan = try rotated.plan(
      Scene.request(.none, forget: ["key"], gates: Set(Gate.allCases)))
    #expect(steps(plan) == ["key seal compromised"])
    let actions = plan.files[0].secrets[0].items.map(\.action)
    #expect(actions[..<2] == [.seal(.renewed(["key"])), .omit(.compromised("key"))])
  }

  @Test("a supplied value is sealed if it is here, and is missed only where it is needed")
  func supplies() throws {
    var scene = Scene()
    scene.credentials += "\n" + supplied.replacing("    ", with: "  ")
    scene.data += [("TOKEN", "${token}"), ("EXTRA", "${extra}")]
    func plan(_ available: Set<String>, _ others: OtherCredentials = .due, renew: Set<String> = [])
      throws -> RunPlan
    {
      try scene.plan(Scene.request(others, renew: renew), available: available)
    }
    #expect(try steps(plan(["token", "extra"])) == ["token seal supplied", "extra seal supplied"])
    #expect(try steps(plan(["token"])) == ["token seal supplied"])
    #expect(try plan(["token"]).refusals.isEmpty)
    #expect(try steps(plan(["token"], .none)) == [])
    let (needed, wanted) = try scene.planner(Scene.request()).suppliedNames()
    #expect(needed == ["token"] && wanted == ["extra"])
    let none = try scene.planner(Scene.request(.none)).suppliedNames()
    #expect(none.needed.isEmpty && none.wanted.isEmpty)
    // One that is there already is replaced only where it is asked for.
    scene.sealed["TOKEN"] = "t0"
    scene.record("TOKEN", rotations: ["token"])
    scene.lock.credentials["token"] = .init(rotation: Scene.first, time: Timestamp(seconds: 0))
    #expect(try steps(plan(["token"])) == [])
    #expect(try steps(plan(["token"], renew: ["token"])) == ["token replace supplied"])
    #expect(
      try plan([], renew: ["token"]).refusals.map(\.reason)
        == [.supplyMissing(credential: "token", variable: "MOLTSEAL_TOKEN")])
  }
}
