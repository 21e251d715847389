/// Evidence as it is written and read again, and what is not taken for evidence.

import Kubernetes
import Planning
import Testing
import YAML

@testable import Cluster

@Suite("Evidence as a file")
struct EvidenceFileTests {
  private func read(_ text: String) throws -> Evidence {
    try Evidence(try SourceText(Array(text.utf8)))
  }

  private let now = Timestamp(seconds: 1_800_000_000)

  @Test("evidence is read as it was written, whatever it has")
  func roundTrip() throws {
    let full = CredentialEvidence(
      generation: 3, step: "r-2", ciphertexts: ["ns/s/a": "1", "ns/s/b": "2"],
      answers: Dictionary(
        uniqueKeysWithValues: Fact.allCases.enumerated().map { index, fact in
          (fact, Answer(Answer.Kind.allCases[index % 3], "because \(fact)"))
        }), signersEnded: now, publishedAt: Timestamp(seconds: 1_700_000_000),
      look: Look(time: now, sealedSecrets: ["ns/s": "u/1", "ns/t": "u/2"]),
      consumers: ["Deployment/ns/web x: s"])
    let bare = CredentialEvidence(
      generation: 0, step: "", ciphertexts: [:], answers: [:], signersEnded: nil, consumers: [])
    for cluster in [
      nil, ClusterIdentity(id: "one", server: nil),
      ClusterIdentity(id: "one", server: "https://h"),
    ] {
      let evidence = Evidence(
        environment: "prod", time: now, credentials: ["full": full, "bare": bare],
        cluster: cluster, finishedPods: ["u": now, "v": Timestamp(seconds: 0)],
        currentPods: ["ns/s": CurrentPods(values: "d", started: ["u": "c@t", "v": "c@t d@t"])])
      #expect(try read(YAMLWriter.inline(evidence.tree, quotes: .always)) == evidence)
      let block = YAMLWriter.block(evidence.tree, indent: 0).joined(separator: "\n")
      #expect(try read(block) == evidence)
    }
  }

  /// The evidence about one credential with these fields.
  private func evidence(
    _ fields: String = "", credential: String = "name: a, generation: 1, step: r-1",
    head: String = "apiVersion: moltseal.dev/v1, kind: Evidence, environment: prod",
    time: String = "time: '2026-01-01T00:00:00Z'"
  ) -> String {
    "{\([head, time, "credentials: [{\(credential)}]", fields].filter { !$0.isEmpty }.joined(separator: ", "))}"
  }

  @Test("what lacks a field, or has a wrong or an unknown one, is no evidence")
  func faults() throws {
    #expect(throws: Never.self) { try read(evidence()) }
    for text in [
      "", "[]", evidence() + "\n---\n" + evidence(), evidence("other: x"),
      evidence(head: "apiVersion: moltseal.dev/v2, kind: Evidence, environment: prod"),
      evidence(head: "apiVersion: moltseal.dev/v1, kind: Workspace, environment: prod"),
      evidence(head: "kind: Evidence, environment: prod"),
      evidence(head: "apiVersion: moltseal.dev/v1, kind: Evidence"), evidence(time: ""),
      evidence(time: "time: today"), evidence(credential: "generation: 1, step: r-1"),
      evidence(credential: "name: a, step: r-1"), evidence(credential: "name: a, generation: 1"),
      evidence(credential: "name: a, generation: x, step: r-1"),
      evidence(
        credential: "name: a, generation: 1, step: r-1}, {name: a, generation: 1, step: r-2"),
      evidence("finishedPods: {u: today}"), evidence("currentPods: {}"),
      evidence("currentPods: [{secret: s}]"), evidence("currentPods: [{values: v}]"),
      evidence("currentPods: [{secret: s, values: v, other: x}]"),
    ] {
      #expect(throws: YAMLError.self, "\(text)") { try read(text) }
    }
  }

  @Test("a credential with a fact, time or consumer that cannot be read is no evidence")
  func credentialFaults() throws {
    func text(_ more: String) -> String {
      evidence(credential: "name: a, generation: 1, step: r-1, " + more)
    }
    for more in [
      "facts: {}", "facts: [{fact: rolled}]", "facts: [{answer: 'yes'}]",
      "facts: [{fact: other, answer: 'yes'}]", "facts: [{fact: rolled, answer: maybe}]",
      "facts: [{fact: rolled, answer: 'yes'}, {fact: rolled, answer: 'yes'}]",
      "facts: [{fact: rolled, answer: 'yes', other: x}]", "signersEnded: today",
      "publishedAt: today", "look: {}", "look: {time: null}", "look: {time: today}",
      "consumers: x", "consumers: [[]]", "other: x",
    ] {
      #expect(throws: YAMLError.self, "\(more)") { try read(text(more)) }
    }
    let known = try read(text("facts: [{fact: rolled, answer: 'no'}], look: null, consumers: null"))
    #expect(known.credentials["a"]?.answers == [.rolled: .no("")])
    #expect(known.credentials["a"]?.look == nil && known.credentials["a"]?.consumers == nil)
    #expect(try read(text("consumers: []")).credentials["a"]?.consumers == [])
  }

  @Test("a cluster has an id of 1 to 512 bytes")
  func cluster() throws {
    for (count, isRead) in [(0, false), (1, true), (512, true), (513, false)] {
      let text = evidence("cluster: {id: '\(String(repeating: "x", count: count))'}")
      #expect(((try? read(text))?.cluster?.id.utf8.count == count) == isRead, "\(count)")
    }
    #expect(throws: YAMLError.self) { try read(evidence("cluster: {server: x}")) }
    #expect(throws: YAMLError.self) { try read(evidence("cluster: {id: x, other: y}")) }
    #expect(try read(evidence("cluster: null")).cluster == nil)
  }
}
