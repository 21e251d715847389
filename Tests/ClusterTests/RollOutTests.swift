/// When a workload has rolled.

import Kubernetes
import Manifests
import Planning
import Testing
import YAML

@testable import Cluster

@Suite("Workloads and their Secret")
struct RollOutTests {
  let now = Timestamp(seconds: 1_800_000_000)

  /// What is known of these objects; there are no others.
  func judgement(_ objects: [ObjectKind: [Node]]) -> PodJudgement {
    var listings = Dictionary(
      uniqueKeysWithValues: ObjectKind.all.map { ($0, Listing.objects([])) })
    for (kind, nodes) in objects { listings[kind] = .objects(nodes) }
    return PodJudgement(
      objects: NamespaceObjects(listings: listings, secrets: []),
      endings: PodEndings(since: [:], nodes: .objects([]), now: now), sha256: anyDigest)
  }

  /// An object with a pod template that names the Secret `s`.
  func workload(
    spec: String = "", status: String, generation: Int = 3, rotation: String? = nil
  ) throws -> Node {
    let annotation = Rollout.podAnnotation(secret: "s", anyDigest)
    return try Recorded.json(
      """
      {"metadata": {"name": "w", "generation": \(generation)},
       "spec": {\(spec) "template": {
         "metadata": {"annotations": {\(rotation.map { "\"\(annotation)\": \"\($0)\"" } ?? "")}},
         "spec": {"containers": [{"name": "c", "envFrom": [{"secretRef": {"name": "s"}}]}]}}},
       "status": {\(status)}}
      """)
  }

  func rolled(
    _ kind: ObjectKind, _ node: Node, rotation: String? = nil,
    expected: [(kind: String, name: String)] = []
  ) -> Answer.Kind {
    judgement([kind: [node]]).rolled("s", rotation: rotation, made: now, expected: expected).kind
  }

  let deployed =
    "\"observedGeneration\": 3, \"updatedReplicas\": 2, \"replicas\": 2, \"availableReplicas\": 2"

  @Test("a Deployment has rolled when every count is what is wanted")
  func deployment() throws {
    func kind(_ status: String, spec: String = "\"replicas\": 2,") throws -> Answer.Kind {
      rolled(.deployment, try workload(spec: spec, status: status))
    }
    #expect(try kind(deployed) == .yes)
    for (old, new) in [
      ("\"updatedReplicas\": 2", "\"updatedReplicas\": 1"), ("\"replicas\": 2", "\"replicas\": 3"),
      ("\"availableReplicas\": 2", "\"availableReplicas\": 1"),
      ("\"observedGeneration\": 3", "\"observedGeneration\": 2"),
      ("\"observedGeneration\": 3,", ""),
    ] {
      #expect(try kind(deployed.replacing(old, with: new)) == .no, "\(new)")
    }
    #expect(try kind(deployed, spec: "\"replicas\": 1,") == .no)
    #expect(try kind(deployed, spec: "\"replicas\": 2, \"paused\": true,") == .no)
    #expect(try kind(deployed, spec: "\"replicas\": 2, \"paused\": false,") == .yes)
    // The API server's own default is one.
    #expect(try kind(deployed.replacing(": 2", with: ": 1"), spec: "") == .yes)
    #expect(try kind("\"observedGeneration\": 3", spec: "\"replicas\": 0,") == .yes)
  }

  @Test("a StatefulSet has rolled when it has one revision, and a DaemonSet when all are updated")
  func others() throws {
    func stateful(_ current: String, _ replicas: Int, _ available: Int) throws -> Answer.Kind {
      rolled(
        .statefulSet,
        try workload(
          spec: "\"replicas\": 2,",
          status: """
            "observedGeneration": 3, "currentRevision": "\(current)", "updateRevision": "b",
            "replicas": \(replicas), "availableReplicas": \(available)
            """))
    }
    #expect(try stateful("b", 2, 2) == .yes)
    #expect(try stateful("a", 2, 2) == .no)
    #expect(try stateful("b", 3, 2) == .no)
    #expect(try stateful("b", 2, 1) == .no)
    func daemon(_ wanted: Int, _ updated: Int, _ available: Int) throws -> Answer.Kind {
      rolled(
        .daemonSet,
        try workload(
          status: """
            "observedGeneration": 3, "desiredNumberScheduled": \(wanted),
            "updatedNumberScheduled": \(updated), "numberAvailable": \(available)
            """))
    }
    #expect(try daemon(2, 2, 2) == .yes)
    #expect(try daemon(2, 1, 2) == .no)
    #expect(try daemon(2, 2, 1) == .no)
    #expect(try daemon(0, 0, 0) == .yes)
  }

  @Test("a template names the rotation, or none")
  func rotation() throws {
    for (named, wanted, kind) in [
      ("r-1", "r-1", Answer.Kind.yes), ("r-0", "r-1", .no), (nil, "r-1", .yes), ("r-0", nil, .yes),
    ] as [(String?, String?, Answer.Kind)] {
      let node = try workload(spec: "\"replicas\": 2,", status: deployed, rotation: named)
      #expect(rolled(.deployment, node, rotation: wanted) == kind)
    }
  }

  @Test("an expected workload is there, and is of a kind whose roll-out is read")
  func expected() throws {
    let node = try workload(spec: "\"replicas\": 2,", status: deployed)
    func kind(_ kind: String, _ name: String) -> Answer.Kind {
      rolled(.deployment, node, expected: [(kind, name)])
    }
    #expect(kind("Deployment", "w") == .yes)
    #expect(kind("Deployment", "x") == .no)
    #expect(kind("StatefulSet", "w") == .no)
    #expect(kind("CronJob", "x") == .yes)
    #expect(kind("Rollout", "w") == .unknown)
  }
}
