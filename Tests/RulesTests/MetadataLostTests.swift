/// What a SealedSecret would not hand on to the Secret that it replaces, and what else of a build may change.

import Kubernetes
import Manifests
import Rules
import Testing
import Text
import YAML

@Suite("What a cutover hands on")
struct MetadataLostTests {
  private func secret(
    _ metadata: String = "", _ more: String = "", name: String = "app"
  ) -> String {
    "{apiVersion: v1, kind: Secret, metadata: {name: \(name), namespace: demo\(metadata)}, "
      + "data: {a: YQ==}\(more)}"
  }

  private func sealed(
    own: String = "", _ metadata: String = "", _ more: String = "", name: String = "app",
    namespace: String = "demo"
  ) -> String {
    "{apiVersion: bitnami.com/v1alpha1, kind: SealedSecret, metadata: {name: \(name), "
      + "namespace: \(namespace)\(own)}, spec: {encryptedData: {a: AgAA}, "
      + "template: {metadata: {name: \(name)\(metadata)}\(more)}}}"
  }

  private func pod(_ reference: String) -> String {
    "{apiVersion: v1, kind: Pod, metadata: {name: p, namespace: demo}, spec: {containers: "
      + "[{name: c, env: [{name: A, valueFrom: {secretKeyRef: {\(reference)}}}]}]}}"
  }

  private func findings(
    _ before: String..., after: [String], roles: [String] = [], published: [String] = []
  ) throws -> [Finding] {
    BuildComparison(
      before: try build(before), after: try build(after),
      run: WrittenByRun(targets: [try sealedTarget("app")], roles: roles, published: published),
      path: "k"
    ).findings()
  }

  /// What a Secret would lose, as the finding says.
  private func lost(_ before: String, _ after: String) throws -> [String] {
    try findings(before, after: [after]).map { finding in
      finding.message.place(of: "would lose ")?.after ?? finding.code
    }
  }

  @Test("immutability is lost if the Secret has it and the SealedSecret has not")
  func immutable() throws {
    let fixed = ", immutable: true"
    #expect(try lost(secret("", fixed), sealed()) == ["immutable: true"])
    #expect(try lost(secret("", fixed), sealed("", ", immutable: false")) == ["immutable: true"])
    #expect(try lost(secret("", fixed), sealed("", fixed)) == [])
    #expect(try lost(secret(), sealed("", fixed)) == [])
    #expect(try lost(secret("", ", immutable: false"), sealed()) == [])
  }

  @Test("a label or annotation is lost with its value, unless it is for tools")
  func pairs() throws {
    let team = ", labels: {team: a}"
    #expect(try lost(secret(team), sealed(team)) == [])
    #expect(try lost(secret(team), sealed()) == ["the label team"])
    #expect(try lost(secret(team), sealed(", labels: {team: b}")) == ["the label team"])
    #expect(try lost(secret(team), sealed(", labels: {other: a}")) == ["the label team"])
    // An annotation may also be the SealedSecret's own, but a label may not.
    let note = ", annotations: {note: x}"
    #expect(try lost(secret(note), sealed(note)) == [])
    #expect(try lost(secret(note), sealed(own: note)) == [])
    #expect(try lost(secret(note), sealed()) == ["the annotation note"])
    #expect(try lost(secret(team), sealed(own: team)) == ["the label team"])
    #expect(try lost(secret(", annotations: {moltseal.dev/x: a}"), sealed()) == [])
  }

  @Test("a type is compared with Opaque where there is none")
  func type() throws {
    #expect(try lost(secret("", ", type: Opaque"), sealed()) == [])
    #expect(try lost(secret(), sealed("", ", type: Opaque")) == [])
    #expect(try lost(secret("", ", type: a/b"), sealed()) == ["its type a/b"])
  }

  @Test("a SealedSecret for another namespace, or for no template, replaces nothing")
  func elsewhere() throws {
    let other = try findings(secret(), after: [sealed(namespace: "other")]).map(\.code)
    #expect(other == ["built-name-differs", "secret-lost"])
    let unknown = try findings(after: [sealed(name: "b")]).map(\.code)
    #expect(unknown == ["built-name-differs"])
    let changed = try findings(sealed(name: "b"), after: [sealed(", labels: {a: b}", name: "b")])
    #expect(changed.map(\.code) == ["build-differs"])
    #expect(try findings(sealed(), after: [sealed(", labels: {a: b}")]).isEmpty)
  }

  @Test("a published ConfigMap may come and change, and no other object may")
  func published() throws {
    func map(_ value: String, kind: String = "ConfigMap") -> String {
      "{apiVersion: v1, kind: \(kind), metadata: {name: keys, namespace: demo}, data: {a: \(value)}}"
    }
    func codes(_ before: [String], _ after: String, published: [String]) throws -> [String] {
      try findings(
        before.first ?? secret(), after: before.isEmpty ? [after, sealed()] : [after],
        published: published
      )
      .map(\.code)
    }
    #expect(try codes([], map("x"), published: ["keys"]) == [])
    #expect(try codes([map("x")], map("z"), published: ["keys"]) == [])
    #expect(try codes([], map("x"), published: ["other"]) == ["build-differs"])
    #expect(try codes([map("x")], map("z"), published: ["other"]) == ["build-differs"])
    #expect(try codes([], map("x", kind: "Thing"), published: ["keys"]) == ["build-differs"])
  }

  @Test("a reference that is optional, or led nowhere, is not lost; one to a lost key is")
  func references() throws {
    let gone = sealed().replacing("encryptedData: {a: AgAA}", with: "encryptedData: {b: AgAA}")
    func codes(_ reference: String) throws -> [String] {
      try findings(secret(), pod(reference), after: [gone, pod(reference)]).map(\.code)
    }
    #expect(try codes("name: app, key: a") == ["keys-lost", "reference-lost"])
    #expect(try codes("name: app, key: a, optional: true") == ["keys-lost"])
    #expect(try codes("name: app, key: c") == ["keys-lost"])
    #expect(try codes("name: other, key: a") == ["keys-lost"])
  }

  @Test("a reference may go from one role to the other, and nowhere else")
  func roles() throws {
    let names = ["app-a", "app-b"]
    func codes(_ name: String, roles: [String]) throws -> [String] {
      try findings(
        sealed(name: "app-a"), pod("name: app-a, key: a"),
        after: [sealed(name: "app-a"), pod("name: \(name), key: a")], roles: roles
      ).map(\.code)
    }
    #expect(try codes("app-b", roles: names).contains("build-differs") == false)
    #expect(try codes("app-c", roles: names).contains("build-differs"))
    #expect(try codes("app-b", roles: ["app-a"]).contains("build-differs"))
    #expect(try codes("app-b", roles: ["app-b"]).contains("build-differs"))
  }

  @Test("what appears is a warning, and what goes is an error")
  func severity() throws {
    let hashed = secret(name: "app-5f2k4m8h6t")
    let found = try findings(
      hashed, pod("name: app, key: a"), after: [sealed(), pod("name: app, key: a")])
    #expect(found.map(\.severity) == [.warning])
    #expect(try findings(hashed, after: []).map(\.severity) == [.error])
    let replaced = BuildComparison(
      before: try build([hashed, secret(name: "kept")]),
      after: try build([sealed(), secret(name: "kept")]), run: WrittenByRun(targets: []), path: "k"
    ).replaced
    #expect(replaced.map(\.secret.identity.name) == ["app-5f2k4m8h6t"])
    #expect(replaced.map(\.sealed?.identity.name) == ["app"])
  }
}
