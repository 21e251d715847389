/// Keys that pods or generators have, and templates have not.

import Manifests
import Testing
import YAML

@testable import Rules

@Suite("Keys that no template has")
struct KeyNotInTemplateTests {
  private let generator = "secretGenerator: [{name: app, literals: [a=1, b=2]}]"

  private func workload(_ reference: String, metadata: String = "name: web") throws -> Workload {
    try #require(
      Workload(
        try node(
          """
          {kind: Deployment, metadata: {\(metadata)}, spec: {template: {spec: {containers: [
            {name: c, env: [{name: A, valueFrom: {secretKeyRef: {\(reference)}}}]}]}}}}
          """)))
  }

  /// The severity of each finding, and its file.
  private func found(
    _ kustomization: String, _ workloads: [Workload] = [], namespace: String? = "demo",
    keys: [String] = ["a"], change: (inout KustomizationFiles) throws -> Void = { _ in }
  ) throws -> [String] {
    var files = KustomizationFiles()
    files.workloads = workloads.enumerated().map { ("k/\($0).yaml", $1) }
    try change(&files)
    let target = try sealedTarget("app", namespace: namespace, keys: keys)
    return keyNotInTemplate(try kustomized(kustomization, [target], files: files)).map {
      "\($0.severity) \($0.file)"
    }
  }

  @Test("a key that the generator makes is an error where a pod needs it, and else a warning")
  func generated() throws {
    let own = "warning k/kustomization.yaml"
    #expect(try found(generator) == [own])
    #expect(try found(generator, keys: ["a", "b"]) == [])
    let needs = try workload("name: app, key: b")
    #expect(try found(generator, [needs]) == ["error k/0.yaml", own])
    #expect(try found(generator, [try workload("name: app, key: c")]) == ["warning k/0.yaml", own])
    #expect(try found(generator, [try workload("name: app, key: a")]) == [own])
  }

  @Test("what no generator here makes was missing before, and is a warning")
  func missing() throws {
    let needs = try workload("name: app, key: b")
    #expect(try found("{}", [needs]) == ["warning k/0.yaml"])
    #expect(try found("{}", [try workload("name: app, key: b, optional: true")]) == [])
    #expect(try found("{}", [try workload("name: app")]) == [])
    #expect(try found("{}", [try workload("name: other, key: b")]) == [])
  }

  @Test("a workload that patches change may not need its key any more")
  func patched() throws {
    let needs = try workload("name: app, key: b")
    let own = "warning k/kustomization.yaml"
    #expect(
      try found(generator, [needs, needs]) == ["warning k/0.yaml", "warning k/1.yaml", own])
    let other = try workload("name: app, key: b", metadata: "name: other")
    #expect(try found(generator, [needs, other]) == ["error k/0.yaml", "error k/1.yaml", own])
  }

  @Test("a workload that is deleted needs nothing")
  func deleted() throws {
    let needs = try workload("name: app, key: b")
    for (name, isDeleted) in [("web", true), ("other", false)] {
      let object = try resource("{kind: Deployment, metadata: {name: \(name)}}")
      #expect(
        try found("{}", [needs]) { $0.deleted = [("k/p.yaml", object)] }
          == (isDeleted ? [] : ["warning k/0.yaml"]))
    }
  }

  @Test("a workload of another namespace uses another Secret, unless the kustomization moves it")
  func namespaces() throws {
    let elsewhere = try workload("name: app, key: b", metadata: "name: web, namespace: other")
    let here = try workload("name: app, key: b", metadata: "name: web, namespace: demo")
    #expect(try found("{}", [elsewhere]) == [])
    #expect(try found("{}", [here]) == ["warning k/0.yaml"])
    #expect(try found("namespace: demo", [elsewhere]) == ["warning k/0.yaml"])
    #expect(try found("{}", [elsewhere], namespace: nil) == ["warning k/0.yaml"])
  }

  @Test("a key that a base has gained since its Secret was removed here is a warning there")
  func gained() throws {
    func base(_ text: String, isDeleted: Bool) throws -> [String] {
      try found("{}") { files in
        files.bases = [
          KustomizationFiles.Base(
            path: "base/kustomization.yaml", kustomization: try Kustomization(source(text)),
            prefix: "", suffix: "", namespace: nil)
        ]
        let object = try resource("{kind: Secret, metadata: {name: app}}")
        if isDeleted { files.deleted = [("k/kustomization.yaml", object)] }
      }
    }
    #expect(try base(generator, isDeleted: true) == ["warning base/kustomization.yaml"])
    #expect(try base(generator, isDeleted: false) == [])
    #expect(
      try base("secretGenerator: [{name: app, literals: [a=1]}]", isDeleted: true) == [])
    #expect(
      try base("secretGenerator: [{name: other, literals: [b=1]}]", isDeleted: true) == [])
  }
}
