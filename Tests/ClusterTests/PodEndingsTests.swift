/// When a pod with a final phase counts as ended.

import Kubernetes
import Planning
import Testing
import YAML

@testable import Cluster

@Suite("Pods with a final phase")
struct PodEndingsTests {
  private let now = Timestamp(seconds: 1_800_000_000)

  private func pod(
    phase: String = "Failed", spec: String = "\"nodeName\": \"n\",", statuses: String = ""
  ) throws -> Node {
    try Recorded.json(
      """
      {"metadata": {"name": "p", "uid": "u"},
       "spec": {\(spec) "containers": [{"name": "c"}]},
       "status": {\(statuses) "phase": "\(phase)"}}
      """)
  }

  private func node(_ name: String, ready: String) throws -> Node {
    try Recorded.json(
      """
      {"metadata": {"name": "\(name)"},
       "status": {"conditions": [{"type": "Ready", "status": "\(ready)"}]}}
      """)
  }

  /// `running`, `ended` or `unsure`.
  private func ending(of pod: Node, after seconds: Int?, nodes: Listing? = nil) throws -> String {
    let known = seconds.map { ["u": Timestamp(seconds: now.seconds - $0)] } ?? [:]
    let ready = Listing.objects([try node("n", ready: "True")])
    switch PodEndings(since: known, nodes: nodes ?? ready, now: now).ending(of: pod) {
    case .running: return "running"
    case .ended: return "ended"
    case .unsure: return "unsure"
    }
  }

  @Test(
    "it may run for its grace period after it was first seen so, and no longer",
    arguments: [
      ("", 30), ("\"terminationGracePeriodSeconds\": 60,", 60),
      ("\"terminationGracePeriodSeconds\": 0,", 0), ("\"terminationGracePeriodSeconds\": -9,", 0),
      ("\"terminationGracePeriodSeconds\": 99999999999,", 315_360_000),
    ])
  func grace(field: String, seconds: Int) throws {
    let pod = try pod(spec: field + "\"nodeName\": \"n\",")
    #expect(try ending(of: pod, after: seconds) == "unsure")
    #expect(try ending(of: pod, after: seconds + 1) == "ended")
    #expect(try ending(of: pod, after: nil) == "unsure")
  }

  @Test("its node decides: one that is not Ready, or cannot be read, may still run it")
  func nodes() throws {
    let pod = try pod()
    func ending(_ nodes: Listing) throws -> String {
      try self.ending(of: pod, after: 100, nodes: nodes)
    }
    #expect(try ending(.objects([try node("n", ready: "True")])) == "ended")
    #expect(try ending(.objects([try node("n", ready: "Unknown")])) == "unsure")
    #expect(
      try ending(.objects([try node("m", ready: "True"), try node("n", ready: "False")]))
        == "unsure")
    // A node that is gone runs nothing.
    #expect(try ending(.objects([try node("m", ready: "False")])) == "ended")
    #expect(try ending(.unread("forbidden")) == "unsure")
  }

  @Test("its containers' own statuses count at once, if every one has ended")
  func statuses() throws {
    func ending(_ statuses: String, phase: String = "Succeeded") throws -> String {
      try self.ending(of: try pod(phase: phase, statuses: statuses), after: nil)
    }
    let ended = "{\"state\": {\"terminated\": {}}}"
    #expect(try ending("\"containerStatuses\": [\(ended)],") == "ended")
    #expect(try ending("\"containerStatuses\": [\(ended)],", phase: "Running") == "running")
    #expect(try ending("") == "unsure")
    #expect(try ending("\"containerStatuses\": [],") == "unsure")
    #expect(try ending("\"containerStatuses\": [{\"state\": {\"running\": {}}}],") == "unsure")
    #expect(
      try ending(
        "\"containerStatuses\": [\(ended)], \"initContainerStatuses\": [{\"state\": {}}],")
        == "unsure")
    // A pod that no node was ever given ran nothing.
    #expect(try self.ending(of: try pod(spec: ""), after: nil) == "ended")
  }
}
