/// What still holds a Secret.

import Planning
import Testing
import YAML

@testable import Cluster

extension RollOutTests {
  @Test("what makes pods holds a Secret, and what makes none any more does not")
  func released() throws {
    func kind(_ kind: ObjectKind, spec: String = "", status: String = "") throws -> Answer.Kind {
      judgement([kind: [try workload(spec: spec, status: status)]]).released("s").kind
    }
    #expect(judgement([:]).released("s").kind == .yes)
    #expect(try kind(.deployment, spec: "\"replicas\": 0,") == .no)
    for set in [ObjectKind.replicaSet, .replicationController] {
      #expect(try kind(set) == .no)
      #expect(try kind(set, spec: "\"replicas\": 1,") == .no)
      #expect(try kind(set, spec: "\"replicas\": 0,") == .yes)
      #expect(try kind(set, spec: "\"replicas\": 0,", status: "\"replicas\": 1") == .no)
    }
    func condition(_ type: String, _ status: String = "True", _ more: String = "") -> String {
      "\"conditions\": [{\"type\": \"\(type)\", \"status\": \"\(status)\"}]\(more)"
    }
    #expect(try kind(.job) == .no)
    #expect(try kind(.job, status: condition("Complete")) == .yes)
    #expect(try kind(.job, status: condition("Failed")) == .yes)
    #expect(try kind(.job, status: condition("Complete", "False")) == .no)
    #expect(try kind(.job, status: condition("Suspended")) == .no)
    #expect(try kind(.job, status: condition("Complete", "True", ", \"active\": 1")) == .no)
    #expect(try kind(.job, status: condition("Complete", "True", ", \"terminating\": 1")) == .no)
  }

  @Test("without a listing nothing is released; what names a Secret is seen all the same")
  func unread() throws {
    func released(_ objects: [ObjectKind: Listing]) -> Answer.Kind {
      var listings = Dictionary(
        uniqueKeysWithValues: ObjectKind.all.map { ($0, Listing.objects([])) })
      listings.merge(objects) { $1 }
      return PodJudgement(
        objects: NamespaceObjects(listings: listings, secrets: []),
        endings: PodEndings(since: [:], nodes: .objects([]), now: now), sha256: anyDigest
      ).released("s").kind
    }
    let node = try workload(status: "")
    #expect(released([.job: .unread("forbidden")]) == .unknown)
    #expect(released([.job: .noSuchKind]) == .yes)
    #expect(released([.deployment: .objects([node]), .job: .unread("forbidden")]) == .no)
    #expect(released([.rollout: .objects([node])]) == .no)
    func reason(_ objects: [ObjectKind: [Node]]) -> String {
      judgement(objects).released("s").reason
    }
    #expect(reason([.deployment: [node]]) == "Deployment/w names Secret/s")
    #expect(
      reason([.deployment: [node], .statefulSet: [node]])
        == "Deployment/w names Secret/s, and 1 more")
  }
}
