/// Merges that kubeseal gets wrong, where it is to be followed.

import Cryptography
import Kubernetes
import Manifests
@testable import Operations
import Testing
import YAML

@Suite("Merges as kubeseal does them")
struct KubesealMergeTests {
  private let pair: KeyPair

  init() throws { pair = try KeyPair.first() }

  private func code(
    input metadata: String = "", target own: String = "",
    spec: String = "encryptedData: {a: AgAA}", scope: Scope = .strict, documents: Int = 1,
    style: SealingStyle = .kubeseal
  ) throws -> OperationFault.Code? {
    let input = """
      apiVersion: v1
      kind: Secret
      metadata: {name: one, namespace: demo\(metadata)}
      stringData: {b: x}
      """
    let target = """
      apiVersion: bitnami.com/v1alpha1
      kind: SealedSecret
      metadata: {name: one, namespace: demo\(own)}
      spec: {\(spec)}

      """
    var seal = SealOperation()
    seal.scope = scope
    let bytes = Array(input.utf8).withUnsafeBytes { SecretBytes(copying: $0) }
    let secrets = try seal.read(bytes).secrets
    let targets = [target, target.replacing("name: one", with: "name: two")].prefix(documents)
    do {
      _ = try MergeOperation(seal: seal, target: "t.yml", style: style).merge(
        secrets, into: Array(targets.joined(separator: "---\n").utf8), for: pair.publicKey)
      return nil
    } catch { return (error as? OperationFault)?.code }
  }

  private let wide = "annotations: {sealedsecrets.bitnami.com/namespace-wide: 'true'}"

  @Test("one document is merged into one")
  func documents() throws {
    #expect(try code() == nil)
    #expect(try code(documents: 2) == .severalDocuments)
    #expect(try code(documents: 2, style: .moltseal) == nil)
  }

  @Test("an item that nobody could open is refused: the scope of the input is the target's")
  func scopes() throws {
    let template = "encryptedData: {a: AgAA}, template: {metadata: {\(wide)}}"
    #expect(try code(target: ", " + wide) == .kubesealScope)
    #expect(try code(target: ", " + wide, style: .moltseal) == nil)
    #expect(try code(input: ", " + wide, target: ", " + wide, spec: template) == nil)
    #expect(try code(input: ", " + wide, spec: template) == .kubesealScope)
    #expect(try code(target: ", " + wide, spec: template, scope: .namespaceWide) == nil)
    #expect(try code(target: ", " + wide, scope: .clusterWide) == .kubesealPanics)
    #expect(try code(target: ", " + wide, spec: template, scope: .clusterWide) == .targetScope)
  }

  @Test("what makes kubeseal write into a map that is not there is refused")
  func panics() throws {
    #expect(try code(spec: "template: {}") == .kubesealPanics)
    #expect(try code(spec: "template: {}", style: .moltseal) == nil)
    for field in ["labels", "annotations"] {
      let input = ", \(field): {x: v}"
      #expect(try code(input: input) == .kubesealPanics, "\(field)")
      #expect(try code(input: input, style: .moltseal) == nil, "\(field)")
      #expect(
        try code(
          input: input, spec: "encryptedData: {a: AgAA}, template: {metadata: {\(field): {z: v}}}")
          == nil, "\(field)")
      let other = field == "labels" ? "annotations" : "labels"
      #expect(
        try code(
          input: input, spec: "encryptedData: {a: AgAA}, template: {metadata: {\(other): {z: v}}}")
          == .kubesealPanics, "\(field)")
    }
  }
}
