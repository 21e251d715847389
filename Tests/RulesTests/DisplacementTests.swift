/// What sealed Secrets replace besides the entries of the kustomization's own generator.

import Manifests
import Testing
import Text
import YAML

@testable import Rules

@Suite("What sealed Secrets replace")
struct DisplacementTests {
  private func secret(_ name: String = "app", namespace: String? = nil) throws -> ResourceObject {
    let place = namespace.map { ", namespace: \($0)" } ?? ""
    return try resource("{kind: Secret, metadata: {name: \(name)\(place)}}")
  }

  private func base(
    _ names: String..., path: String = "base", prefix: String = "", namespace: String? = nil
  ) throws -> KustomizationFiles.Base {
    let entries = names.map { "{name: \($0), literals: [a=1]}" }.joined(separator: ", ")
    return KustomizationFiles.Base(
      path: path, kustomization: try Kustomization(source("secretGenerator: [\(entries)]")),
      prefix: prefix, suffix: "", namespace: namespace)
  }

  private func displaced(
    _ kustomization: String = "{}", _ names: [String] = ["app"], namespace: String? = "demo",
    keeping kept: [String] = [], change: (inout KustomizationFiles) throws -> Void
  ) throws -> Displacement {
    var files = KustomizationFiles()
    try change(&files)
    return try kustomized(
      kustomization, names.map { try sealedTarget($0, namespace: namespace) }, keeping: kept,
      files: files
    ).displacement
  }

  @Test("an entry of a base is replaced by its built name, unless it is kept or already deleted")
  func bases() throws {
    func brought(
      _ base: KustomizationFiles.Base, keeping kept: [String] = [], deleted: String? = nil
    ) throws -> [String] {
      try displaced(keeping: kept) { files in
        files.bases = [base]
        if let deleted { files.deleted = [("k", try secret(deleted))] }
      }.patched.map { "\($0.name) \($0.ownName)" }
    }
    #expect(try brought(base("app", "other")) == ["app app"])
    #expect(try brought(base("app"), keeping: ["app"]) == [])
    #expect(try brought(base("app"), keeping: ["other"]) == ["app app"])
    #expect(try brought(base("app"), deleted: "app") == [])
    #expect(try brought(base("app"), deleted: "other") == ["app app"])
    #expect(try brought(base("p", prefix: "ap")) == ["app p"])
    #expect(try brought(base("p", prefix: "ap"), keeping: ["p"]) == [])
    #expect(try brought(base("p", prefix: "ap"), keeping: ["app"]) == [])
    #expect(try brought(base("app", prefix: "x")) == [])
  }

  @Test("an entry that merges into another makes no second Secret; another namespace does")
  func merging() throws {
    func count(_ one: String?, _ other: String?) throws -> Int {
      try displaced { files in
        files.bases = [
          try base("app", path: "one", namespace: one),
          try base("app", path: "other", namespace: other),
        ]
      }.patched.count
    }
    #expect(try count(nil, nil) == 1)
    #expect(try count("a", "a") == 1)
    #expect(try count("a", "b") == 2)
    #expect(try count(nil, "b") == 2)
  }

  @Test("a file of nothing else is no longer a resource, and of any other a Secret is patched away")
  func resources() throws {
    func found(_ count: Int, isOwn: Bool) throws -> [[String]] {
      let found = try displaced { files in
        files.objects = [("k/s.yaml", try secret()), ("k/s.yaml", try secret("other"))]
        files.objectCounts = [Name("k/s.yaml"): count]
        if isOwn { files.ownResources = [Name("k/s.yaml"): "s.yaml"] }
      }
      return [found.resources, found.whole.map(\.name), found.patched.map(\.name)]
    }
    #expect(try found(1, isOwn: true) == [["s.yaml"], ["app"], []])
    #expect(try found(2, isOwn: true) == [[], [], ["app"]])
    #expect(try found(1, isOwn: false) == [[], [], ["app"]])
  }

  @Test("a resource is replaced if it is the Secret of a target, in its namespace")
  func objects() throws {
    func isReplaced(
      _ object: ResourceObject, _ kustomization: String = "{}", namespace: String? = "demo",
      keeping kept: [String] = [], deleted: ResourceObject? = nil
    ) throws -> Bool {
      try displaced(kustomization, namespace: namespace, keeping: kept) { files in
        files.objects = [("k/s.yaml", object)]
        if let deleted { files.deleted = [("k", deleted)] }
      }.patched.count == 1
    }
    #expect(try isReplaced(secret()))
    #expect(try isReplaced(secret(namespace: "demo")))
    #expect(try !isReplaced(secret(namespace: "x")))
    #expect(try isReplaced(secret(namespace: "x"), namespace: nil))
    #expect(try isReplaced(secret(namespace: "x"), "namespace: demo"))
    #expect(try !isReplaced(resource("{kind: ConfigMap, metadata: {name: app}}")))
    #expect(try !isReplaced(secret("other")))
    #expect(try !isReplaced(secret(), keeping: ["app"]))
    #expect(try !isReplaced(secret(), deleted: secret()))
    #expect(try isReplaced(secret(), deleted: secret("other")))
  }

  @Test("a patch of nothing but replaced Secrets goes with them")
  func patches() throws {
    let deployment = try resource("{kind: Deployment, metadata: {name: app}}")
    let found = try displaced("patches: [{}, {}, {}, {}, {}]") { files in
      files.bases = [try base("p", prefix: "ap")]
      files.ownPatches = [
        "patches:0": [try secret()], "patches:1": [try secret(), deployment], "patches:2": [],
        "patches:3": [try secret("p")], "patches:4": [try secret("other")],
        "patchesJson6902:0": [try secret()],
      ]
    }
    #expect(found.patches.map(\.field) == ["patches"])
    #expect(found.patches.map(\.places) == [[0, 3]])
  }

  @Test("a replacement that copies the name of a replaced Secret goes on from the SealedSecret")
  func sources() throws {
    let found = try displaced(
      """
      secretGenerator: [{name: app, literals: [a=1]}]
      replacements:
      - {source: {kind: Secret, name: app}}
      - {source: {kind: Secret, name: app, fieldPath: metadata.namespace}}
      - {source: {kind: Secret, name: app, fieldPath: data.a}}
      - {source: {kind: Secret, name: other}}
      - {source: {kind: ConfigMap, name: app}}
      - {source: {kind: Secret, name: app, group: x}}
      - {source: {kind: Secret, name: app, fieldPath: metadata.name}}
      """
    ) { _ in }
    #expect(found.sources == [0, 1, 6])
    #expect(found.patched.isEmpty)
  }

  @Test("what is replaced is the own entries, with their places, then Secrets, then files")
  func replaced() throws {
    var files = KustomizationFiles()
    files.bases = [try base("two")]
    files.objects = [("k/s.yaml", try secret("three"))]
    files.objectCounts = [Name("k/s.yaml"): 1]
    files.ownResources = [Name("k/s.yaml"): "s.yaml"]
    let context = try kustomized(
      "secretGenerator: [{name: app, literals: [a=1]}, {name: kept, literals: [a=1]}]",
      ["app", "two", "three", "kept"].map { try sealedTarget($0) }, keeping: ["kept"], files: files)
    #expect(context.replaced.map(\.name) == ["app", "two", "s.yaml"])
    #expect(context.replaced.map { $0.location != nil } == [true, false, false])
  }
}
