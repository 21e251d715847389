/// What evidence says about a step, and what opens a gate without it.

import Kubernetes
import Manifests
import Testing
import Workspace
import YAML

@testable import Planning

@Suite("Evidence")
struct EvidenceTests {
  private let now = Timestamp(seconds: 1_000_000)

  private func credential(
    _ fields: String, generate: String = "{kind: base64url, bytes: 64}"
  ) throws -> Credential {
    let text = """
      apiVersion: moltseal.dev/v1
      kind: Workspace
      credentials:
        key: {generate: \(generate)\(fields)}
      environments:
        prod: {kustomization: k.yml, output: out, deployed: false}
      """
    return try #require(try Workspace(SourceText(Array(text.utf8))).credentials.first)
  }

  private func lock(cluster: String? = nil) -> LockFile {
    var lock = LockFile()
    lock.credentials["key"] = .init(rotation: "r-2", time: Timestamp(seconds: 0), generation: 2)
    lock.cluster = cluster
    return lock
  }

  private func evidence(
    generation: Int = 2, step: String = "r-2", ciphertexts: [String: String] = ["a": "1"],
    answers: [Fact: Answer] = [.rolled: .yes("so")], ended: Timestamp? = nil,
    published: Timestamp? = nil, cluster: ClusterIdentity? = nil
  ) -> Evidence {
    Evidence(
      environment: "prod", time: now,
      credentials: [
        "key": CredentialEvidence(
          generation: generation, step: step, ciphertexts: ciphertexts, answers: answers,
          signersEnded: ended, publishedAt: published)
      ], cluster: cluster)
  }

  private func kind(
    _ evidence: Evidence, _ fact: Fact = .rolled, fields: String = "", lock: LockFile? = nil,
    now: Timestamp? = nil
  ) throws -> Answer.Kind {
    evidence.answer(
      fact, of: try credential(fields), lock ?? self.lock(), ["a": "1"], now: now ?? self.now
    ).kind
  }

  @Test("one no closes a gate, one unknown leaves it unknown, and only all yes open it")
  func all() {
    let (yes, no, unknown) = (Answer.yes("y"), Answer.no("n"), Answer.unknown("u"))
    #expect(Answer.all([yes, no], else: "").kind == .no)
    #expect(Answer.all([no, yes], else: "").kind == .no)
    #expect(Answer.all([unknown, no], else: "").kind == .no)
    #expect(Answer.all([yes, unknown], else: "").kind == .unknown)
    #expect(Answer.all([unknown, yes], else: "").kind == .unknown)
    #expect(Answer.all([yes, yes], else: "").kind == .yes)
    #expect(Answer.all([], else: "none") == .unknown("none"))
    #expect(Answer.all([.no("first"), .no("second")], else: "").reason == "first")
  }

  @Test("evidence counts for the step that it was taken for, and no other")
  func step() throws {
    #expect(try kind(evidence()) == .yes)
    #expect(try kind(evidence(generation: 1)) == .unknown)
    #expect(try kind(evidence(generation: 3)) == .unknown)
    #expect(try kind(evidence(step: "r-1")) == .unknown)
    #expect(try kind(evidence(ciphertexts: ["a": "2"])) == .unknown)
    #expect(try kind(evidence(ciphertexts: [:])) == .unknown)
    #expect(try kind(evidence(), .altered) == .unknown)
    #expect(try kind(evidence(), lock: LockFile()) == .unknown)
  }

  @Test("evidence of another cluster than the lock file's closes the gate")
  func cluster() throws {
    let (one, other) = (
      ClusterIdentity(id: "one", server: nil), ClusterIdentity(id: "other", server: nil)
    )
    #expect(try kind(evidence(cluster: one), lock: lock(cluster: "one")) == .yes)
    #expect(try kind(evidence(cluster: other), lock: lock(cluster: "one")) == .no)
    #expect(try kind(evidence(), lock: lock(cluster: "one")) == .no)
    #expect(try kind(evidence(cluster: other)) == .yes)
  }

  @Test("tokens expire by the clock: at the second, not before, and not by an old yes")
  func expiry() throws {
    let ended = Timestamp(seconds: now.seconds - 3600)
    let seen = evidence(answers: [.expired: .no("then")], ended: ended)
    #expect(try kind(seen, .expired, fields: ", use: jwt, tokenLifetime: 1h") == .yes)
    #expect(
      try kind(
        seen, .expired, fields: ", use: jwt, tokenLifetime: 1h",
        now: Timestamp(seconds: now.seconds - 1)) == .no)
    #expect(try kind(seen, .expired) == .unknown)
    let unknown = evidence(answers: [.expired: .yes("then")])
    #expect(try kind(unknown, .expired, fields: ", use: jwt, tokenLifetime: 1h") == .unknown)
    let closed = evidence(answers: [.expired: .no("then")])
    #expect(try kind(closed, .expired, fields: ", use: jwt, tokenLifetime: 1h") == .no)
  }

  @Test("a public key counts as known after the cache time and two minutes")
  func publication() {
    let since = Timestamp(seconds: 1000)
    #expect(
      Answer.publication(since: since, wait: 120, now: Timestamp(seconds: 1119)).kind == .no)
    #expect(
      Answer.publication(since: since, wait: 120, now: Timestamp(seconds: 1120)).kind == .yes)
  }

  @Test(
    "without evidence a step counts as arrived after settle, and after what its fact needs besides",
    arguments: [
      (Fact.rolled, 0), (.altered, 0), (.published, 600), (.expired, 3600),
    ])
  func assumption(fact: Fact, more: Int) throws {
    let arrival = Timestamp(seconds: 1000)
    let credential = try credential(
      ", use: jwt, settle: 1m, cacheTime: 10m, tokenLifetime: 1h", generate: "{kind: ed25519}")
    let assumption = Assumption(arrivals: ["key": arrival])
    func kind(_ seconds: Int) -> Answer.Kind {
      assumption.answer(fact, of: credential, now: Timestamp(seconds: 1000 + seconds)).kind
    }
    #expect(kind(60 + more - 1) == .no)
    #expect(kind(60 + more) == .yes)
    #expect(
      Assumption(arrivals: [:]).answer(fact, of: credential, now: now).kind == .unknown)
    #expect(
      assumption.answer(fact, of: try self.credential(""), now: now).kind == .unknown)
  }

  @Test("a step is open when every gate is, and waits for those that are not")
  func gates() throws {
    func plan(_ answers: [Answer]) throws -> StepPlan {
      StepPlan(
        credential: try credential(""), step: .rotate, reason: .asked,
        gates: zip([Gate.nextIsKnown, .tokensOfPreviousAreDead], answers).map {
          GateState(gate: $0, answer: $1)
        }, isAssumed: false)
    }
    #expect(try plan([.yes(""), .yes("")]).isOpen)
    #expect(try !plan([.yes(""), .no("")]).isOpen)
    #expect(try !plan([.unknown(""), .yes("")]).isOpen)
    #expect(try plan([.yes(""), .no("n")]).closed.map(\.gate) == [.tokensOfPreviousAreDead])
  }
}
