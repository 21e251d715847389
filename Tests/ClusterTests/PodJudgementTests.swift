/// Which pods have a Secret as it is, on answers of a real API server and on objects of our own.

import Kubernetes
import Planning
import Testing
import YAML

@testable import Cluster

@Suite("Pods and their Secret")
struct PodJudgementTests {
  private let now = Timestamp(seconds: 1_800_000_000)

  private func judgement(
    _ pods: [Node], since: [String: Timestamp] = [:], nodes: Listing = .objects([])
  ) -> PodJudgement {
    PodJudgement(
      objects: NamespaceObjects(
        listings: [
          .pod: .objects(pods), .deployment: .objects([]), .statefulSet: .objects([]),
          .daemonSet: .objects([]),
        ], secrets: []),
      endings: PodEndings(since: since, nodes: nodes, now: now), sha256: anyDigest)
  }

  private func older(_ state: String, _ rotation: String, _ made: String) throws -> Answer {
    judgement(try Recorded.objects("\(state)-pods")).leavesNoOlder(
      "web-secret", rotation: rotation, made: try #require(Timestamp(made)))
  }

  @Test("at a roll-out's end nothing is left; a pod that is ending is")
  func rollOut() throws {
    let (first, second) = (
      "r-20261129T223559Z-12c94a065da5316f", "r-20261129T223606Z-eb8a11dc18c9dec7"
    )
    #expect(try older("m12a", first, "2026-11-29T22:35:59Z").kind == .yes)
    #expect(try older("m12b", second, "2026-11-29T22:36:06Z").kind == .no)
    // An Evicted pod says nothing of its containers: its grace and its node do.
    let third = "r-20261129T223618Z-2ace2bc5e49d51b2"
    let pods = try Recorded.objects("m12d-pods")
    let evicted = try #require(pods.first { $0.isOverByPhaseAlone })
    let uid = try #require(evicted.at("metadata", "uid")?.scalar)
    let made = try #require(Timestamp("2026-11-29T22:36:18Z"))
    #expect(
      judgement(pods).leavesNoOlder("web-secret", rotation: third, made: made).kind == .unknown)
    let long = [uid: Timestamp(seconds: now.seconds - 31)]
    #expect(
      judgement(pods, since: long).leavesNoOlder("web-secret", rotation: third, made: made).kind
        == .yes)
    #expect(
      judgement(pods, since: long, nodes: .unread("forbidden"))
        .leavesNoOlder("web-secret", rotation: third, made: made).kind == .unknown)
  }

  @Test(
    "a container of a pod that its kubelet knew may get the older Secret for two minutes",
    arguments: [
      ("2026-01-01T00:00:01Z", "2026-01-01T00:00:02Z", true),
      ("2026-01-01T00:00:00Z", "2026-01-01T00:00:02Z", false),
      ("2025-12-01T00:00:00Z", "2026-01-01T00:02:00Z", false),
      ("2025-12-01T00:00:00Z", "2026-01-01T00:02:01Z", true),
      ("2026-01-01T00:00:01Z", "2026-01-01T00:00:00Z", false),
    ])
  func kubelet(_ created: String, _ started: String, _ isCurrent: Bool) throws {
    let pod = try Recorded.json(
      """
      {"metadata": {"name": "p", "creationTimestamp": "\(created)"},
       "spec": {"containers": [{"name": "c", "envFrom": [{"secretRef": {"name": "s"}}]}]},
       "status": {"phase": "Running",
                  "containerStatuses": [{"state": {"running": {"startedAt": "\(started)"}}}]}}
      """)
    let made = try #require(Timestamp("2026-01-01T00:00:00Z"))
    #expect(
      judgement([pod]).leavesNoOlder("s", rotation: nil, made: made).isYes == isCurrent)
    #expect(
      judgement([pod]).rolled("s", rotation: nil, made: made, expected: []).isYes == isCurrent)
  }

  @Test("a container that waits has nothing yet: it has not rolled, and it holds nothing older")
  func waiting() throws {
    let pod = try Recorded.json(
      """
      {"metadata": {"name": "p"},
       "spec": {"containers": [{"name": "c", "envFrom": [{"secretRef": {"name": "s"}}]}]},
       "status": {"containerStatuses": [{"state": {"waiting": {"reason": "CrashLoopBackOff"}}}]}}
      """)
    #expect(judgement([pod]).leavesNoOlder("s", rotation: nil, made: now).isYes)
    #expect(judgement([pod]).rolled("s", rotation: nil, made: now, expected: []).kind == .no)
  }
}
