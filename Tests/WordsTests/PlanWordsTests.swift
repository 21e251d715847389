/// Steps, gates and reasons as sentences.

import Kubernetes
import Manifests
import Testing
import Workspace
import YAML

@testable import Planning
@testable import Words

@Suite("Words of plans")
struct PlanWordsTests {
  private let day = 86_400

  /// The credential with these fields in a workspace file.
  private func credential(_ fields: String) throws -> Credential {
    let text = """
      apiVersion: moltseal.dev/v1
      kind: Workspace
      credentials: {c: {\(fields)}}
      environments:
        prod: {kustomization: k.yml, output: out}
      """
    return try #require(try Workspace(SourceText(Array(text.utf8))).groups.first)
  }

  private func generated() throws -> Credential {
    try credential("generate: {kind: alphanumeric, length: 32}")
  }

  private func plan(_ step: Step, _ gates: [GateState] = [], isAfter: Bool = false) throws
    -> StepPlan
  {
    StepPlan(
      credential: try generated(), step: step, reason: .asked, gates: gates, isAssumed: false,
      isAfterThisRun: isAfter)
  }

  @Test("a step waits for the gates that are not open, and no others")
  func waiting() throws {
    let gates: [GateState] = [
      GateState(gate: .verifiersHaveNext, answer: .yes("r0")),
      GateState(gate: .nextIsKnown, answer: .noUntilRestart("r1")),
      GateState(gate: .tokensOfPreviousAreDead, answer: .unknown("r2")),
    ]
    #expect(
      try plan(.rotate, gates).waitingWords
        == "rotate: waits until every pod has today's next key (no: r1), and until no token of the previous key is still valid (unknown: r2)"
    )
    #expect(
      try plan(.rotate, gates, isAfter: true).waitingWords
        == "rotate: after this run has arrived, in a run of its own")
    #expect(
      try Upcoming(plan: plan(.rotate, gates), due: nil, after: nil).conditions
        == gates.map(\.gate.words))
  }

  @Test("no two gates have the same words")
  func gates() {
    #expect(Set(Gate.allCases.map(\.words)).count == Gate.allCases.count)
    #expect(Gate.idleRoleIsReleased.words == "nothing uses the idle role any more")
    #expect(Gate.targetHasItsPassword.words == "the database has the other role's password")
  }

  @Test("a step is due from its time on, and before it on a day")
  func upcoming() throws {
    func words(due: Int?, after: Step? = nil) throws -> String {
      let due = due.map { Timestamp(seconds: $0) }
      return try Upcoming(plan: plan(.rotate), due: due, after: after).words(
        at: Timestamp(seconds: day))
    }
    #expect(try words(due: day) == "rotate, due")
    #expect(try words(due: day - 1) == "rotate, due")
    #expect(try words(due: day + 1) == "rotate, due 1970-01-02")
    #expect(try words(due: nil) == "rotate, when it is asked for")
    #expect(try words(due: nil, after: .retire) == "rotate, when it is asked for; then retire")
  }

  @Test("a revert is dangerous after a leak, and after a key that was not published ahead")
  func revert() {
    func words(_ phase: LockFile.Phase, _ hasNext: Bool, _ generation: Int) -> String {
      phase.wordsOfRevert(hasNext: hasNext, generation: generation)
    }
    #expect(words(.sealed, false, 1).hasPrefix("do not: the values from before the first"))
    #expect(words(.sealed, false, 2) == "do not: the leaked value would come back")
    let refused = "are refused until they have rolled back"
    #expect(words(.rotated, false, 5) == "pods with the new key " + refused)
    #expect(words(.rotated, true, 5).hasPrefix("at any time: every pod verifies both keys"))
    #expect(words(.replaced, false, 2) == "pods with the new value " + refused)
    for phase in [LockFile.Phase.published, .retired, .flipped, .renewed] {
      #expect(words(phase, false, 2).hasPrefix("at any time: "))
    }
  }

  @Test("why a value is new, and what becomes of an item")
  func reasons() {
    #expect(Renewal.Reason.asked.words(asked: "named") == "named")
    #expect(
      Renewal.Reason.due(since: Timestamp(seconds: 2 * day)).words(asked: "x")
        == "due since 1970-01-03")
    #expect(Renewal.Reason.compromised.words(asked: "x") == "compromised")
    #expect(ItemAction.seal(.renewed(["a", "b"])).words == "sealed (new a, b)")
    #expect(ItemAction.move(from: "K").words == "takes the ciphertext of K")
    #expect(ItemAction.omit(.retired("a")).words == "left out (the previous 'a' is retired)")
    #expect(ItemAction.carry.words != ItemAction.takeOver.words)
  }

  @Test("a step that was reverted is held back to a day, or until somebody asks")
  func heldBack() {
    func words(_ until: Int?) -> String {
      PlanWarning.heldBack(
        credential: "c", step: .rotate, since: Timestamp(seconds: 0),
        until: until.map { Timestamp(seconds: $0) }
      ).words
    }
    let start = "the last step of 'c' was reverted on 1970-01-01, so rotate is not taken again "
    let end = "; to take it now: rotate --only c"
    #expect(words(day) == start + "before 1970-01-02" + end)
    #expect(words(nil) == start + "automatically" + end)
    #expect(
      PlanWarning.leftBehind(credential: "c", holds: "d").words
        == "'c' is supplied and contains the old value of 'd'; supply it with the new one: rotate --only c"
    )
  }
}
