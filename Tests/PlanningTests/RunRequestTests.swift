/// What is asked of a run, and what each step and gate is called.

import Kubernetes
import Manifests
import Testing
import Workspace
import YAML

@testable import Planning

@Suite("Requests, steps and gates")
struct RunRequestTests {
  private func credentials(_ text: String) throws -> [Credential] {
    var scene = Scene()
    scene.credentials += "\n" + text
    return try scene.state().workspace.groups
  }

  @Test("what has leaked is renewed, whichever part of it is named")
  func forget() throws {
    let request = RunRequest(
      naming: NamedCredentials(renew: ["a"], forget: ["db@x", "key.next", "c"]), others: .none,
      now: Timestamp(seconds: 0), rotation: "r-1")
    #expect(request.named.renew == ["a", "db", "key", "c"])
    #expect(request.named.forget == ["db@x", "key.next", "c"])
    let known = try credentials("")
    #expect(known.map { request.forgets($0) } == [true, true])
    let other = RunRequest(
      naming: NamedCredentials(forget: ["db@x"]), others: .none, now: Timestamp(seconds: 0),
      rotation: "r-1")
    #expect(known.map { other.forgets($0) } == [false, true])
    #expect(other.gates == Set(Gate.allCases) && other.named.ifClosed == .refusesRun)
  }

  @Test("a Secret's document is found by its own namespace, or the one that it is built in")
  func documents() throws {
    func file(_ metadata: String, supplied: String?) throws -> PlannedFile {
      let manifest = try SealedSecretFile(
        SourceText(
          Array(
            """
            apiVersion: bitnami.com/v1alpha1
            kind: SealedSecret
            metadata: {name: app\(metadata)}
            spec: {encryptedData: {a: AgAA}}
            """.utf8)))
      return PlannedFile(
        template: try Scene().state().files[0].template, outputPath: "o.yml", manifest: manifest,
        suppliedNamespace: supplied)
    }
    func isFound(
      _ file: PlannedFile, _ namespace: String?, name: String = "app"
    ) throws -> Bool {
      let place = namespace.map { ", namespace: \($0)" } ?? ""
      let text = "apiVersion: v1\nkind: Secret\nmetadata: {name: \(name)\(place)}\n"
      let template = try Template(
        path: "t.yml", SourceText(Array((text + "stringData: {a: b}\n").utf8)), names: [])
      return file.document(of: template.secrets[0]) != nil
    }
    let placed = try file(", namespace: ns", supplied: "ns")
    #expect(try isFound(placed, "ns") && !isFound(placed, "other") && !isFound(placed, nil))
    let bare = try file("", supplied: "ns")
    #expect(try isFound(bare, "ns") && !isFound(bare, "other") && isFound(bare, nil))
    let unplaced = try file("", supplied: nil)
    #expect(try !isFound(unplaced, "ns") && isFound(unplaced, nil))
    #expect(try !isFound(placed, "ns", name: "other"))
  }

  @Test("a file is being adopted while its Secret has no owner, and the template does not say so")
  func adopting() throws {
    func isAdopting(sealed: String, template: String) throws -> Bool {
      let annotations =
        "annotations: {sealedsecrets.bitnami.com/skip-set-owner-references: '\(sealed)'}"
      let manifest = try SealedSecretFile(
        SourceText(
          Array(
            """
            apiVersion: bitnami.com/v1alpha1
            kind: SealedSecret
            metadata: {name: app, namespace: ns}
            spec: {encryptedData: {a: AgAA}, template: {metadata: {\(annotations)}}}
            """.utf8)))
      let source = """
        apiVersion: v1
        kind: Secret
        metadata: {name: app, namespace: ns\(template)}
        stringData: {a: text}
        """
      return PlannedFile(
        template: try Template(path: "t.yml", SourceText(Array(source.utf8)), names: []),
        outputPath: "o.yml", manifest: manifest
      ).isAdopting
    }
    let prefix = "sealedsecrets.bitnami.com"
    let own =
      ", annotations: {\(prefix)/managed: 'true', \(prefix)/skip-set-owner-references: 'true'}"
    #expect(try isAdopting(sealed: "true", template: ""))
    #expect(try !isAdopting(sealed: "false", template: ""))
    #expect(try !isAdopting(sealed: "true", template: own))
    #expect(try isAdopting(sealed: "true", template: ", annotations: {x: 'true'}"))
  }

  @Test("a credential is due a period after its last value, and never without one or the other")
  func due() throws {
    var scene = Scene()
    scene.lock.credentials["db"] = .init(rotation: "r-0", time: Timestamp(seconds: 5))
    let state = try scene.state()
    let db = try #require(state.workspace.group("db"))
    #expect(state.dueTime(db) == Timestamp(seconds: 30 * 86_400 + 5))
    scene.lock.credentials["db"] = nil
    #expect(try scene.state().dueTime(db) == nil)
    #expect(try scene.state(hasLock: false).dueTime(db) == nil)
    let idle = try #require(try credentials("  idle: {supplied: true}").last)
    #expect(state.dueTime(idle) == nil)
  }

  @Test("each step has its own phase, and only a flip switches consumers")
  func steps() throws {
    let pair = try #require(
      try credentials(
        "  pg: {generate: {kind: hex, bytes: 32}, roles: {a: pg_a, b: pg_b}}"
      ).last)
    try #require(pair.roles.count == 2)
    let flip = Step.flip(from: pair.roles[0], to: pair.roles[1])
    let steps: [Step] = [
      .seal, .replace, .publish, .rotate, .retire, flip, .renew(pair.roles[0]),
    ]
    #expect(
      steps.map(\.phase) == [
        .sealed, .replaced, .published, .rotated, .retired, .flipped, .renewed,
      ])
    #expect(steps.filter(\.isSwitch) == [flip])
  }

  @Test("each gate is opened by its fact")
  func gates() {
    let facts: [Gate: Fact] = [
      .nextIsKnown: .rolled, .verifiersHaveNext: .published, .tokensOfPreviousAreDead: .expired,
      .previousIsDead: .expired, .targetHasItsPassword: .altered, .idleRoleIsReleased: .released,
    ]
    for gate in Gate.allCases { #expect(gate.fact == facts[gate], "\(gate)") }
  }

  @Test("without the time that a fact takes, its step never counts as arrived")
  func wait() throws {
    let assumption = Assumption(arrivals: ["t": Timestamp(seconds: 0)])
    func kind(_ fact: Fact, _ fields: String) throws -> Answer.Kind {
      let key = try #require(
        try credentials("  t: {generate: {kind: ed25519}, use: jwt\(fields)}").last)
      return assumption.answer(fact, of: key, now: Timestamp(seconds: 10_000_000)).kind
    }
    let (settle, cache, lifetime) = (", settle: 1m", ", cacheTime: 1h", ", tokenLifetime: 1h")
    #expect(try kind(.rolled, settle) == .yes)
    #expect(try kind(.rolled, cache + lifetime) == .unknown)
    #expect(try kind(.published, settle + lifetime) == .unknown)
    #expect(try kind(.published, settle + cache) == .yes)
    #expect(try kind(.expired, settle + cache) == .unknown)
    #expect(try kind(.expired, settle + lifetime) == .yes)
  }
}
