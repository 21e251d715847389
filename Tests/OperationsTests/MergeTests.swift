/// Into which SealedSecret a Secret is merged.

import Cryptography
import Kubernetes
import Manifests
@testable import Operations
import Testing
import YAML

@Suite("Merges and their targets")
struct MergeTests {
  let pair: KeyPair

  init() throws { pair = try KeyPair.first() }

  func secret(_ text: String) -> SecretBytes {
    Array(text.utf8).withUnsafeBytes { SecretBytes(copying: $0) }
  }

  func target(
    _ name: String = "one", _ metadata: String = ", namespace: demo", spec: String = "",
    version: String = "bitnami.com/v1alpha1", data: String = "encryptedData: {a: AgAA}"
  ) -> String {
    """
    apiVersion: \(version)
    kind: SealedSecret
    metadata: {name: \(name)\(metadata)}
    spec: {\(data)\(spec)}

    """
  }

  func input(
    _ name: String = "one", _ metadata: String = ", namespace: demo", more: String = "",
    data: String = "b: x"
  ) -> String {
    """
    apiVersion: v1
    kind: Secret
    metadata: {name: '\(name)'\(metadata)}
    stringData: {\(data)}
    \(more)

    """
  }

  func merge(
    _ inputs: [String], into targets: [String], style: SealingStyle = .moltseal,
    supplied: String? = nil, seal change: (inout SealOperation) -> Void = { _ in }
  ) throws -> MergeOperation.Merged {
    var seal = SealOperation()
    change(&seal)
    let secrets = try seal.read(secret(inputs.joined(separator: "---\n"))).secrets
    return try MergeOperation(seal: seal, target: "t.yml", style: style).merge(
      secrets, into: Array(targets.joined(separator: "---\n").utf8), for: pair.publicKey,
      suppliedNamespace: { supplied })
  }

  func code(_ body: () throws -> Void) -> OperationFault.Code? {
    do { try body() } catch { return (error as? OperationFault)?.code }
    return nil
  }

  /// The name, namespace and number of items of each SealedSecret after a merge.
  func merged(_ merged: MergeOperation.Merged) throws -> [String] {
    try SealedSecretFile(SourceText(merged.bytes)).documents.map {
      "\($0.namespace ?? "-")/\($0.name): \($0.items.map(\.key).joined(separator: " "))"
    }
  }

  @Test("the only SealedSecret is the target of one Secret, whatever its name is")
  func only() throws {
    #expect(try merged(merge([input("other")], into: [target()])) == ["demo/one: a b"])
    #expect(try merge([input("other")], into: [target()]).count == 1)
    #expect(try merge([input(data: "b: x, c: v")], into: [target()]).count == 2)
  }

  @Test("of several, it is the one of that name and namespace")
  func several() throws {
    let targets = [
      target(), target("two"), target("one", ", namespace: other"),
    ]
    #expect(
      try merged(merge([input("two")], into: targets))
        == ["demo/one: a", "demo/two: a b", "other/one: a"])
    #expect(
      try merged(merge([input("one", ", namespace: other")], into: targets))
        == ["demo/one: a", "demo/two: a", "other/one: a b"])
    #expect(
      code { _ = try merge([input("three")], into: targets) } == .noSuchTarget)
    #expect(code { _ = try merge([input("one", "")], into: targets) } == .severalTargets)
    #expect(
      code { _ = try merge([input("two", ", namespace: other")], into: targets) } == .noSuchTarget)
    // Several Secrets go by their names even if there is one target.
    #expect(code { _ = try merge([input(), input("two")], into: [target()]) } == .noSuchTarget)
    #expect(
      try merged(merge([input(), input(data: "c: v")], into: [target()])) == ["demo/one: a b c"])
  }

  @Test("two values for one place are refused, and equal keys of two Secrets are two places")
  func repeats() throws {
    #expect(code { _ = try merge([input(), input()], into: [target()]) } == .repeatedKey)
    #expect(
      try merged(merge([input(), input("two")], into: [target(), target("two")]))
        == ["demo/one: a b", "demo/two: a b"])
  }

  @Test("a file that has no SealedSecret, or one of another version, is no target")
  func unreadable() throws {
    for text in ["kind: Pod\n", "# nothing\n", "kind: [\n", target(version: "bitnami.com/v1")] {
      #expect(code { _ = try merge([input()], into: [text]) } == .targetUnreadable, "\(text)")
    }
    #expect(try merge([input()], into: ["kind: Pod\n", target()]).count == 1)
    #expect(
      code { _ = try merge([input()], into: ["kind: Pod\n", target()], style: .kubeseal) }
        == .targetUnreadable)
  }
}
