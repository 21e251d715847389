/// Values of a SealedSecret that Kubernetes would not decode, and those that stop the controller.

import Kubernetes
import Manifests
import Testing
import Text
import YAML

@testable import Rules

@Suite("The types of a SealedSecret's fields")
struct SealedSecretTypeTests {
  /// The code of each finding, and the first word of its message: the field.
  private func types(
    own: String = "name: app", template: String = "{}", data: String = "{a: AgAA}"
  ) throws -> [String] {
    let text = """
      {apiVersion: bitnami.com/v1alpha1, kind: SealedSecret, metadata: {\(own)},
       spec: {encryptedData: \(data), template: \(template)}}
      """
    let root = try #require(try parseYAML(source(text)).first?.root)
    return SealedSecretCheck(
      root, try SealedSecretDocument(root, index: 0), file: "s.yml",
      against: SealingRecord(sha256: { _ in "" })
    ).types().map { "\($0.code) \($0.message.pieces(between: " ")[0])" }
  }

  @Test(
    "each field of metadata has its type, and null is any",
    arguments: [
      ("namespace", "1", "'1'"), ("uid", "true", "x"), ("generation", "'1'", "1"),
      ("generation", "99999999999999999999", "-9223372036854775808"), ("generation", "1.5", "0"),
      ("creationTimestamp", "x", "'2026-01-31T12:00:00Z'"), ("deletionTimestamp", "1", "null"),
      ("labels", "x", "{}"), ("labels", "[a]", "{a: 1}"), ("finalizers", "x", "[]"),
      ("finalizers", "[1]", "[a/b]"), ("ownerReferences", "{}", "[]"),
      ("ownerReferences", "[{controller: 'true'}]", "[{controller: true, other: 1}]"),
      ("ownerReferences", "[{name: 1}]", "[{name: null}]"), ("ownerReferences", "[x]", "[null]"),
      ("managedFields", "[{time: x}]", "[{time: '2026-01-31T12:00:00Z'}]"),
      ("managedFields", "[{fieldsV1: []}]", "[{fieldsV1: {}}]"),
    ])
  func metadata(field: String, bad: String, good: String) throws {
    #expect(try types(own: "name: app, \(field): \(bad)") == ["field-type metadata.\(field)"])
    for value in [good, "null"] {
      #expect(try types(own: "name: app, \(field): \(value)") == [], "\(value)")
    }
    let isInSchema = ["namespace", "labels", "finalizers"].contains(field)
    #expect(
      try types(template: "{metadata: {\(field): \(bad)}}")
        == ["\(isInSchema ? "field-type" : "stops-controller") spec.template.metadata.\(field)"])
    #expect(try types(template: "{metadata: {\(field): \(good)}}") == [])
  }

  @Test(
    "the template and its fields have their types",
    arguments: [
      ("x", "spec.template"), ("[]", "spec.template"), ("{metadata: x}", "spec.template.metadata"),
      ("{type: 1}", "spec.template.type"), ("{immutable: 'true'}", "spec.template.immutable"),
      ("{data: x}", "spec.template.data"), ("{data: {a: 1}}", "spec.template.data"),
      ("{data: {a: {b: c}}}", "spec.template.data"),
    ])
  func template(template: String, path: String) throws {
    #expect(try types(template: template) == ["field-type \(path)"])
  }

  @Test("null, and what is as it should be, is accepted")
  func accepted() throws {
    for template in [
      "null", "{}", "{metadata: null}", "{type: null, immutable: null, data: null}",
      "{type: Opaque, immutable: false, data: {a: b, c: null}}",
    ] {
      #expect(try types(template: template) == [], "\(template)")
    }
  }

  @Test("a ciphertext that is null is removed, and one that is no string empties the map")
  func ciphertexts() throws {
    #expect(try types(data: "{a: null}") == ["null-value 'a'"])
    #expect(try types(data: "{a: 1, b: AgAA, c: true}") == ["field-type 'a'", "field-type 'c'"])
    #expect(try types(data: "{a: '1'}") == [])
  }

  @Test("a template with a resourceVersion makes no Secret")
  func resourceVersion() throws {
    #expect(
      try types(template: "{metadata: {resourceVersion: '1'}}")
        == ["template-metadata spec.template.metadata.resourceVersion"])
    #expect(try types(template: "{metadata: {resourceVersion: ''}}") == [])
    #expect(try types(own: "name: app, resourceVersion: '1'") == [])
  }

  @Test("a finalizer is a qualified name, and that of a template has a prefix")
  func finalizers() throws {
    for (name, own, template) in [("a/b", 0, 0), ("a", 0, 1), ("a b", 1, 1), ("a/b/c", 1, 1)] {
      #expect(
        try types(own: "name: app, finalizers: ['\(name)']")
          == [String](repeating: "name the", count: own), "\(name)")
      #expect(
        try types(template: "{metadata: {finalizers: ['\(name)']}}")
          == [String](repeating: "template-metadata the", count: template), "\(name)")
    }
  }

  @Test("a generateName begins a name")
  func generateName() throws {
    for (name, isFine) in [
      ("app-", true), ("", true), ("app.", true), ("App-", false), ("-", false),
    ] {
      #expect(
        try types(own: "name: app, generateName: '\(name)'")
          == (isFine ? [] : ["name generateName"]), "\(name)")
    }
  }

  @Test("a template text that cannot be rendered, or whose key is no string, makes no Secret")
  func templates() throws {
    #expect(try types(template: "{data: {a: '{{ .a }}'}}") == [])
    #expect(try types(template: "{data: {a: '{{ .a', b: c}}") == ["template-data 'a'"])
    #expect(try types(template: "{data: {0777: a}}") == ["template-data the"])
  }

  @Test(
    "a time is one that Go reads",
    arguments: [
      "2026-01-31T12:00:00Z", "2026-01-31T1:00:00Z", "2024-02-29T00:00:00Z",
      "2000-02-29T00:00:00Z", "2026-12-31T23:59:59Z", "2026-01-01T00:00:00.5Z",
      "2026-01-01T00:00:00,25Z", "2026-01-01T00:00:00+24:60", "2026-01-01T00:00:00-00:00",
      "2026-04-30T00:00:00Z",
    ])
  func time(time: String) throws {
    #expect(try types(own: "name: app, creationTimestamp: '\(time)'") == [])
  }

  @Test(
    "any other text is no time",
    arguments: [
      "", "26-01-01T00:00:00Z", "2026-1-01T00:00:00Z", "2026-02-29T00:00:00Z",
      "1900-02-29T00:00:00Z", "2026-00-01T00:00:00Z", "2026-13-01T00:00:00Z",
      "2026-01-00T00:00:00Z", "2026-01-32T00:00:00Z", "2026-04-31T00:00:00Z",
      "2026-01-01T24:00:00Z", "2026-01-01T00:60:00Z", "2026-01-01T00:00:60Z",
      "2026-01-01T:00:00Z", "2026-01-01T000:00:00Z", "2026-01-01T00:0:00Z",
      "2026-01-01T00:00:00.Z", "2026-01-01T00:00:00", "2026-01-01T00:00:00Zx",
      "2026-01-01T00:00:00+25:00", "2026-01-01T00:00:00+00:61", "2026-01-01T00:00:00+0:00",
      "2026-01-01T00:00:00+00:00x", "2026-01-01T00:00:00=00:00", "2026-01-01 00:00:00Z",
    ])
  func noTime(time: String) throws {
    #expect(
      try types(own: "name: app, creationTimestamp: '\(time)'")
        == ["field-type metadata.creationTimestamp"])
  }
}
