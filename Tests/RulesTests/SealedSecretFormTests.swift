/// Fields of a SealedSecret whose types, names or scopes Kubernetes or the controller do not take.

import Kubernetes
import Manifests
import Testing
import Text
import YAML

@testable import Rules

@Suite("The form of a SealedSecret")
struct SealedSecretFormTests {
  /// What a SealedSecret is made of that is not as it should be.
  private func check(
    name: String = "app", namespace: String = ", namespace: demo", own: String = "",
    template: String = "", data: String = "a: AgAA"
  ) throws -> SealedSecretCheck {
    let text = """
      {apiVersion: bitnami.com/v1alpha1, kind: SealedSecret,
       metadata: {name: \(name)\(namespace)\(own)},
       spec: {encryptedData: {\(data)}, template: {\(template)}}}
      """
    let root = try #require(try parseYAML(source(text)).first?.root)
    return SealedSecretCheck(
      root, try SealedSecretDocument(root, index: 0), file: "s.yml",
      against: SealingRecord(sha256: { _ in "" }))
  }

  /// The severity and code of each finding.
  private func codes(_ findings: [Finding]) -> [String] {
    findings.map { "\($0.severity) \($0.code)" }
  }

  @Test("a SealedSecret without faults has no finding")
  func clean() throws {
    let check = try check(
      own: ", labels: {a: b}, annotations: {c: 'd e'}, creationTimestamp: null",
      template: "metadata: {name: app, namespace: demo, labels: {a.b/C: d}}, type: Opaque, "
        + "immutable: true, data: {x: '{{ .a }}'}")
    #expect(codes(check.form() + check.scopes() + check.stringNames()) == [])
  }

  @Test("names and namespaces are those that the API server takes")
  func names() throws {
    #expect(codes(try check(name: "Bad").names()) == ["error name"])
    #expect(codes(try check(namespace: ", namespace: Bad").names()) == ["error name"])
    #expect(codes(try check(namespace: ", namespace: a.b").names()) == ["error name"])
  }

  @Test("only a cluster-wide SealedSecret may lack a namespace")
  func namespaces() throws {
    for (scope, isMissing) in [
      ("other", true), ("namespace-wide", true), ("cluster-wide", false),
    ] {
      let own = ", annotations: {sealedsecrets.bitnami.com/\(scope): 'true'}"
      for namespace in ["", ", namespace: ''"] {
        #expect(
          codes(try check(namespace: namespace, own: own).names())
            == (isMissing ? ["error no-namespace"] : []), "\(scope)")
      }
      #expect(codes(try check(namespace: ", namespace: Bad", own: own).names()) == ["error name"])
    }
  }

  @Test("a template's name and namespace that the controller ignores are warned of")
  func templateNames() throws {
    for (metadata, count) in [
      ("name: app", 0), ("name: other", 1), ("name: ''", 0), ("namespace: demo", 0),
      ("namespace: other", 1), ("name: demo, namespace: app", 2),
    ] {
      let found = try check(template: "metadata: {\(metadata)}").names()
      #expect(
        codes(found) == [String](repeating: "warning template-name", count: count), "\(metadata)")
    }
  }

  @Test(
    "a scope that the template has alone is an error, and one that it lacks a warning",
    arguments: [
      ("", "", []), ("namespace-wide", "namespace-wide", []), ("", "namespace-wide", ["error"]),
      ("namespace-wide", "", ["warning"]), ("namespace-wide", "cluster-wide", ["error"]),
      ("cluster-wide", "namespace-wide", ["warning"]), ("cluster-wide", "cluster-wide", []),
    ])
  func scopes(own: String, template: String, severities: [String]) throws {
    func annotations(_ scope: String) -> String {
      scope.isEmpty ? "" : "annotations: {sealedsecrets.bitnami.com/\(scope): 'true'}"
    }
    let check = try check(
      own: own.isEmpty ? "" : ", " + annotations(own),
      template: "metadata: {\(annotations(template))}")
    #expect(codes(check.scopes()) == severities.map { $0 + " scope-annotation" })
  }

  @Test("a scope that is not true counts as absent, wherever it stands")
  func otherScopes() throws {
    for name in ["namespace-wide", "cluster-wide"] {
      let annotation = "annotations: {sealedsecrets.bitnami.com/\(name): 'yes'}"
      #expect(codes(try check(own: ", " + annotation).scopes()) == ["warning scope-annotation"])
      #expect(
        codes(try check(template: "metadata: {\(annotation)}").scopes())
          == ["warning scope-annotation"])
    }
  }

  @Test("labels and annotations are strings, in keys and values")
  func strings() throws {
    for (pair, isString) in [
      ("a: '1'", true), ("a: 1", false), ("a: true", false), ("a: null", false), ("0777: b", false),
      ("1: b", true),
      ("'0777': b", true), ("a: [b]", false),
    ] {
      for field in ["labels", "annotations"] {
        let expected = isString ? [] : ["error template-metadata"]
        #expect(
          codes(try check(own: ", \(field): {\(pair)}").stringTypes()) == expected, "\(pair)")
        #expect(
          codes(try check(template: "metadata: {\(field): {\(pair)}}").stringTypes()) == expected)
      }
    }
  }

  @Test("a label's value is checked, and an annotation's is not; only its prefix may be upper case")
  func stringNames() throws {
    for (pair, label, annotation) in [
      ("a: b", 0, 0), ("a: 'b c'", 1, 0), ("a: -b", 1, 0), ("'a b': c", 1, 1),
      ("A.b/c: d", 1, 0), ("a.b/C: d", 0, 0), ("a/b/c: d", 1, 1), ("a: 1", 0, 0),
    ] {
      for (field, count) in [("labels", label), ("annotations", annotation)] {
        let found = [
          try check(own: ", \(field): {\(pair)}").stringNames(),
          try check(template: "metadata: {\(field): {\(pair)}}").stringNames(),
        ]
        #expect(
          found.map { codes($0) }
            == [[String]](
              repeating: [String](repeating: "error template-metadata", count: count), count: 2),
          "\(field) \(pair)")
      }
    }
  }
}
