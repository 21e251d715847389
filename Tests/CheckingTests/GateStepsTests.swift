/// The steps of a change, from the lock file before it and the one after it.

import Kubernetes
import Manifests
import Testing

@testable import Checking

@Suite("Steps of a change")
struct GateStepsTests {
  private static let old = "r-20260101T000000Z-a"
  private static let new = "r-20260201T000000Z-b"
  private static func time(_ rotation: String) -> Timestamp {
    Timestamp(rotation: rotation) ?? Timestamp(seconds: 0)
  }

  /// A credential with a value of one rotation, and its last step of another.
  private func entry(
    _ rotation: String = old, step: String? = nil, generation: Int = 1
  ) -> LockFile.Credential {
    LockFile.Credential(
      rotation: rotation, time: Self.time(rotation), generation: generation, step: step)
  }

  private func steps(
    _ before: [String: LockFile.Credential], _ after: [String: LockFile.Credential]
  ) -> GateSteps {
    var (first, second) = (LockFile(), LockFile())
    (first.credentials, second.credentials) = (before, after)
    return GateSteps(from: first, to: second)
  }

  @Test("a change without a step has no credential and no rotation")
  func none() {
    let steps = steps(["db": entry()], ["db": entry()])
    #expect(steps.credentials.isEmpty && steps.rotation == nil && steps.time == nil)
    #expect(!steps.isDated(until: Timestamp(seconds: 4_000_000_000)))
  }

  @Test("the steps are those of the lines that differ, by their credential")
  func credentials() {
    let changed = steps(
      ["pg": entry(), "pg@a": entry(), "pg@b": entry(), "key": entry()],
      [
        "pg": entry(step: Self.new, generation: 2), "pg@a": entry(), "pg@b": entry(Self.new),
        "key": entry(),
      ])
    #expect(changed.credentials == ["pg"])
    #expect(changed.rotation == Self.new)
    #expect(changed.time == Self.time(Self.new))
    #expect(steps(["a": entry()], ["a": entry(), "b": entry(Self.new)]).credentials == ["b"])
    #expect(steps(["a": entry(), "b": entry()], ["a": entry()]).credentials == ["b"])
  }

  @Test("all of them have one id, or the change is not of one run")
  func rotation() {
    let third = "r-20260301T000000Z-c"
    let before = ["a": entry(), "b": entry()]
    #expect(steps(before, ["a": entry(Self.new), "b": entry(Self.new)]).rotation == Self.new)
    #expect(steps(before, ["a": entry(Self.new), "b": entry(third)]).rotation == nil)
    #expect(steps(before, ["a": entry(Self.new), "b": entry()]).rotation == Self.new)
    #expect(steps(before, ["a": entry()]).rotation == nil)
  }

  @Test("the time is that of the new values, if there are any")
  func time() {
    let flipped = steps(["pg": entry()], ["pg": entry(step: Self.new, generation: 2)])
    #expect(flipped.rotation == Self.new && flipped.time == nil)
    #expect(flipped.isDated(until: Self.time(Self.new)))
    let renewed = steps(["pg": entry()], ["pg": entry(Self.new, generation: 2)])
    #expect(renewed.time == Self.time(Self.new))
  }

  @Test("a run may be five minutes ahead of the clock, and not a second more")
  func future() {
    let steps = steps(["a": entry()], ["a": entry(Self.new)])
    let own = Self.time(Self.new).seconds
    for (seconds, isDated) in [(own, true), (own - 300, true), (own - 301, false), (own + 1, true)]
    {
      #expect(steps.isDated(until: Timestamp(seconds: seconds)) == isDated, "\(seconds - own)")
    }
  }

  @Test("a run is newer than every id in the lock file before it, and has an id of its own")
  func order() {
    func isDated(_ before: [LockFile.Credential], new: String = Self.new) -> Bool {
      var known = ["a": entry()]
      for (index, entry) in before.enumerated() { known["b\(index)"] = entry }
      var after = known
      after["a"] = entry(new)
      return steps(known, after).isDated(until: Self.time(Self.new))
    }
    let (later, same) = ("r-20260201T000001Z-c", "r-20260201T000000Z-c")
    #expect(isDated([]))
    #expect(isDated([entry(same)]), "in the same second")
    #expect(!isDated([entry(later)]))
    #expect(!isDated([entry(step: later)]), "the step counts too")
    #expect(!isDated([entry(Self.new)]), "the id is known")
    #expect(!isDated([entry(step: Self.new)]), "the id of a step is known")
    #expect(isDated([entry("r-1")]), "an id without a time is not compared")
    #expect(!isDated([], new: "r-1"))
  }

  @Test("new values were made when their run began")
  func values() {
    let elsewhere = LockFile.Credential(
      rotation: Self.new, time: Timestamp(seconds: Self.time(Self.new).seconds - 1))
    let steps = steps(["a": entry()], ["a": elsewhere])
    #expect(steps.rotation == Self.new)
    #expect(!steps.isDated(until: Self.time(Self.new)))
  }
}
