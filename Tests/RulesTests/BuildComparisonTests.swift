/// What a cutover may not change in a build: each code with a pair of builds that has it, and one that has not.

import Kubernetes
import Manifests
import Rules
import Testing
import Text
import Workspace
import YAML

@Suite("Builds before and after a cutover")
struct BuildComparisonTests {
  private static let secret = """
    apiVersion: v1
    kind: Secret
    metadata: {name: app, namespace: demo, labels: {team: a}}
    type: Opaque
    data: {a: YQ==, b: Yg==}
    """
  private static let sealed = """
    apiVersion: bitnami.com/v1alpha1
    kind: SealedSecret
    metadata: {name: app, namespace: demo}
    spec:
      encryptedData: {a: AgAA, b: AgAB}
      template: {metadata: {name: app, namespace: demo, labels: {team: a}}, type: Opaque}
    """
  private static let pod = """
    apiVersion: v1
    kind: Pod
    metadata: {name: p, namespace: demo}
    spec: {containers: [{name: c, env: [{name: A, valueFrom: {secretKeyRef: {name: app, key: a}}}]}]}
    """

  private func build(_ texts: [String]) throws -> Build {
    Build(
      try texts.compactMap { text in
        var text = text
        return try text.withUTF8 {
          try BuiltObject(UnsafeRawBufferPointer($0)) { bytes in Array(bytes) }
        }
      })
  }

  private func codes(
    _ before: [String], _ after: [String], name: String = "app", omitted: [String: [String]] = [:],
    written: [String] = []
  ) throws -> [String] {
    let text = """
      apiVersion: v1
      kind: Secret
      metadata: {name: \(name), namespace: demo}
      stringData: {a: x, b: x}
      """
    let template = try Template(
      path: "t.yml", SourceText(Array(text.utf8)), names: [String]())
    return BuildComparison(
      before: try build(before), after: try build(after),
      run: WrittenByRun(
        targets: [SealedTarget(template.secrets[0], of: template, scope: .strict)],
        omitted: omitted, written: SealedAsBuilt(written.map { Array($0.utf8) })),
      path: "k"
    ).findings().map(\.code)
  }

  @Test("a Secret that becomes a SealedSecret is no difference")
  func same() throws {
    let found = try codes(
      [Self.secret, Self.pod], [Self.sealed, Self.pod], written: [Self.sealed])
    #expect(found == [])
  }

  @Test("an object that changes, comes or goes is build-differs")
  func differs() throws {
    let other = Self.pod.replacing("name: p", with: "name: q")
    let changed = Self.pod.replacing("name: A", with: "name: B")
    #expect(try codes([Self.secret, Self.pod], [Self.sealed, changed]) == ["build-differs"])
    #expect(try codes([Self.secret], [Self.sealed, other]) == ["build-differs"])
    #expect(try codes([Self.secret, other], [Self.sealed]) == ["build-differs"])
  }

  @Test("a Secret without a SealedSecret in its place is secret-lost")
  func lost() throws {
    #expect(try codes([Self.secret], []) == ["secret-lost"])
    let elsewhere = Self.sealed.replacing("namespace: demo", with: "namespace: other")
    #expect(try codes([Self.secret], [elsewhere]).contains("secret-lost"))
    #expect(try !codes([Self.secret], [Self.secret]).contains("secret-lost"))
  }

  @Test("a Secret beside the SealedSecret of its name is secret-left")
  func left() throws {
    let hashed = Self.secret.replacing("name: app", with: "name: app-5f2k4m8h6t")
    #expect(try codes([Self.secret], [Self.secret, Self.sealed]).contains("secret-left"))
    #expect(try codes([hashed], [hashed, Self.sealed]).contains("secret-left"))
    let other = Self.secret.replacing("name: app", with: "name: other")
    #expect(try !codes([Self.secret, other], [Self.sealed, other]).contains("secret-left"))
  }

  @Test("a key that goes is keys-lost, unless the plan leaves it out")
  func keys() throws {
    let fewer = Self.sealed.replacing(", b: AgAB", with: "")
    #expect(try codes([Self.secret], [fewer]) == ["keys-lost"])
    #expect(try codes([Self.secret], [fewer], omitted: ["app": ["b"]]) == [])
  }

  @Test("a label, a type or immutability that goes is metadata-lost; what is added is not")
  func metadata() throws {
    for (old, new) in [("labels: {team: a}", "labels: {}"), ("type: Opaque", "type: x/y")] {
      #expect(
        try codes([Self.secret], [Self.sealed.replacing(old, with: new)]) == ["metadata-lost"])
    }
    let fixed = Self.secret + "\nimmutable: true\n"
    #expect(try codes([fixed], [Self.sealed]) == ["metadata-lost"])
    let more = Self.sealed.replacing("{team: a}", with: "{team: a, more: b}")
    #expect(try codes([Self.secret], [more]) == [])
  }

  @Test("a reference that led somewhere and leads nowhere is reference-lost")
  func references() throws {
    let hashed = Self.secret.replacing("name: app", with: "name: app-5f2k4m8h6t")
    let follower = Self.pod.replacing("name: app", with: "name: app-5f2k4m8h6t")
    // One that kustomize does not follow keeps the name with the hash.
    #expect(try codes([hashed, follower], [Self.sealed, follower]) == ["reference-lost"])
    #expect(try codes([hashed, follower], [Self.sealed, Self.pod]) == [])
    // What led nowhere before is not lost.
    let nowhere = Self.pod.replacing("name: app", with: "name: nowhere")
    #expect(try codes([Self.secret, nowhere], [Self.sealed, nowhere]) == [])
  }

  @Test("a reference that led nowhere and leads to a sealed Secret is reference-appears")
  func appears() throws {
    let hashed = Self.secret.replacing("name: app", with: "name: app-5f2k4m8h6t")
    #expect(
      try codes([hashed, Self.pod], [Self.sealed, Self.pod]) == ["reference-appears"])
    #expect(try codes([Self.secret, Self.pod], [Self.sealed, Self.pod]) == [])
  }

  @Test("a SealedSecret that is built under another name is built-name-differs")
  func name() throws {
    let other = Self.sealed.replacing("name: app", with: "name: x-app")
    #expect(try codes([], [other]) == ["built-name-differs"])
    #expect(try codes([], [Self.sealed]) == [])
  }

  @Test("a SealedSecret with another ciphertext than was written is sealed-changed")
  func changed() throws {
    let other = Self.sealed.replacing("AgAB", with: "AgAC")
    #expect(try codes([Self.secret], [other], written: [Self.sealed]) == ["sealed-changed"])
    let labelled = Self.sealed.replacing("{team: a}", with: "{team: a, more: b}")
    #expect(try codes([Self.secret], [labelled], written: [Self.sealed]) == [])
  }
}

extension String {
  fileprivate func replacing(_ old: String, with new: String) -> String {
    var rest = self
    var text = ""
    while let (before, after) = rest.place(of: old) {
      text += before + new
      rest = after
    }
    return text + rest
  }
}
