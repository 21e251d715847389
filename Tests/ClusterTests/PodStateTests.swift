/// What a pod's phase, statuses and annotations say of the Secret that it has.

import Kubernetes
import Manifests
import Planning
import Testing
import YAML

@testable import Cluster

@Suite("What a pod has")
struct PodStateTests {
  static let annotation = Rollout.podAnnotation(secret: "s", anyDigest)
  /// When the Secret was made, a second before, and three minutes after.
  static let made = "2026-01-01T00:00:00Z"
  static let before = "2025-12-31T23:59:59Z"
  static let late = "2026-01-01T00:03:00Z"
  static let after = "2026-01-01T00:00:01Z"

  func pod(
    created: String = before, phase: String = "Running", rotation: String? = nil,
    statuses: String = "", initial: String = "", ending: Bool = false
  ) throws -> Node {
    let annotations = rotation.map { "\"\(Self.annotation)\": \"\($0)\"" } ?? ""
    let deletion = ending ? "\"deletionTimestamp\": \"\(Self.late)\"," : ""
    return try Recorded.json(
      """
      {"metadata": {"name": "p", "uid": "u", \(deletion) "creationTimestamp": "\(created)",
                    "annotations": {\(annotations)}},
       "spec": {"nodeName": "n",
                "initContainers": [
                  {"name": "reader", "envFrom": [{"secretRef": {"name": "s"}}]},
                  {"name": "other"}],
                "containers": [{"name": "c", "envFrom": [{"secretRef": {"name": "s"}}]}]},
       "status": {"phase": "\(phase)", "containerStatuses": [\(statuses)],
                  "initContainerStatuses": [\(initial)]}}
      """)
  }

  func running(_ start: String) -> String {
    "{\"name\": \"c\", \"state\": {\"running\": {\"startedAt\": \"\(start)\"}}}"
  }

  func ended(_ name: String, _ start: String) -> String {
    "{\"name\": \"\(name)\", \"state\": {\"terminated\": {\"startedAt\": \"\(start)\"}}}"
  }

  func judgement(_ pods: [Node], known: [String: String] = [:]) -> PodJudgement {
    PodJudgement(
      objects: NamespaceObjects(
        listings: [
          .pod: .objects(pods), .deployment: .objects([]), .statefulSet: .objects([]),
          .daemonSet: .objects([]),
        ], secrets: []),
      endings: PodEndings(
        since: [:], nodes: .objects([]), now: Timestamp(seconds: 1_800_000_000)),
      known: known, sha256: anyDigest)
  }

  /// Whether nothing older is left, and whether all has rolled.
  func kinds(
    _ pod: Node, rotation: String? = nil, known: [String: String] = [:]
  ) throws -> [Answer.Kind] {
    let made = try #require(Timestamp(Self.made))
    let judgement = judgement([pod], known: known)
    return [
      judgement.leavesNoOlder("s", rotation: rotation, made: made).kind,
      judgement.rolled("s", rotation: rotation, made: made, expected: []).kind,
    ]
  }

  @Test("a pod whose end is unsure has today's Secret if it is younger, and of today's rotation")
  func unsure() throws {
    let (young, old) = (
      try pod(created: Self.after, phase: "Failed"), try pod(created: Self.made, phase: "Failed")
    )
    #expect(try kinds(young) == [.yes, .yes])
    #expect(try kinds(old) == [.unknown, .no])
    #expect(try kinds(young, rotation: "r-1") == [.unknown, .no])
    for (rotation, expected) in [("r-1", [Answer.Kind.yes, .yes]), ("r-0", [.unknown, .no])] {
      let pod = try pod(created: Self.after, phase: "Failed", rotation: rotation)
      #expect(try kinds(pod, rotation: "r-1") == expected)
    }
    let named = try pod(created: Self.made, phase: "Failed", rotation: "r-1")
    #expect(try kinds(named, rotation: "r-1") == [.unknown, .no])
  }

  @Test("a running pod that names another rotation is old, however young it is")
  func rotation() throws {
    func pod(_ rotation: String?) throws -> Node {
      try self.pod(created: Self.after, rotation: rotation, statuses: running(Self.late))
    }
    #expect(try kinds(pod("r-1"), rotation: "r-1") == [.yes, .yes])
    #expect(try kinds(pod("r-0"), rotation: "r-1") == [.no, .no])
    #expect(try kinds(pod(nil), rotation: "r-1") == [.yes, .yes])
    #expect(try kinds(pod("r-0"), rotation: nil) == [.yes, .yes])
    let made = try #require(Timestamp(Self.made))
    for isEnding in [true, false] {
      let pod = try self.pod(
        rotation: "r-0", statuses: running(Self.late), ending: isEnding)
      let reason = judgement([pod]).leavesNoOlder("s", rotation: "r-1", made: made).reason
      #expect(reason.hasSuffix("is ending") == isEnding)
    }
  }

  @Test("an init container that read the older Secret has handed it on; any other has not")
  func initContainers() throws {
    func kind(_ name: String, _ start: String, created: String = Self.before) throws -> Answer.Kind
    {
      try kinds(
        pod(created: created, statuses: running(Self.late), initial: ended(name, start)))[0]
    }
    #expect(try kind("reader", Self.before) == .no)
    #expect(try kind("reader", Self.after) == .no)
    #expect(try kind("reader", Self.late) == .yes)
    #expect(try kind("other", Self.before) == .yes)
    #expect(try kind("reader", Self.after, created: Self.after) == .yes)
  }

  @Test("a pod that nobody started has not rolled, and holds nothing older")
  func notStarted() throws {
    #expect(try kinds(pod()) == [.yes, .no])
    #expect(judgement([try pod()]).isUnused("s").kind == .no)
    #expect(judgement([try pod()]).isUnused("t").kind == .yes)
  }

  @Test("a pod that started before the Secret, or just after it, needs a restart")
  func needsRestart() throws {
    let made = try #require(Timestamp(Self.made))
    func answer(_ pod: Node, _ rotation: String? = nil) -> Answer {
      judgement([pod]).rolled("s", rotation: rotation, made: made, expected: [])
    }
    #expect(answer(try pod(statuses: running(Self.before))).needsRestart)
    #expect(answer(try pod(statuses: running(Self.after))).needsRestart)
    #expect(!answer(try pod()).needsRestart)
    #expect(!answer(try pod(statuses: running(Self.late))).needsRestart)
    #expect(!answer(try pod(rotation: "r-0", statuses: running(Self.late)), "r-1").needsRestart)
  }
}
