/// Which namespace and scope a target must have, and what does not reach it.

import Kubernetes
@testable import Operations
import Testing

extension MergeTests {
  @Test("a namespace that is asked for is the target's, unless it is cluster-wide")
  func namespace() throws {
    func code(_ metadata: String, asked: String) -> OperationFault.Code? {
      self.code {
        _ = try merge([input("one", "")], into: [target("one", metadata)]) { $0.namespace = asked }
      }
    }
    let wide = ", annotations: {sealedsecrets.bitnami.com/cluster-wide: 'true'}"
    #expect(code(", namespace: demo", asked: "demo") == nil)
    #expect(code(", namespace: demo", asked: "other") == .targetNamespace)
    #expect(code(", namespace: demo" + wide, asked: "other") == nil)
  }

  @Test("a target without a namespace gets the one that it is built in, or is refused")
  func suppliedNamespace() throws {
    #expect(
      code { _ = try merge([input()], into: [target("one", "")]) } == .targetLacksNamespace)
    #expect(code { _ = try merge([input()], into: [target("one", "")], supplied: "demo") } == nil)
    let wide = ", annotations: {sealedsecrets.bitnami.com/cluster-wide: 'true'}"
    #expect(code { _ = try merge([input()], into: [target("one", wide)]) } == nil)
    #expect(
      code { _ = try merge([input()], into: [target("one", ", namespace: '${NS}'")]) }
        == .filledInLater)
  }

  @Test("a scope that is asked for is the target's")
  func scope() throws {
    func code(_ scope: Scope, _ own: String) -> OperationFault.Code? {
      self.code {
        _ = try merge([input()], into: [target("one", ", namespace: demo" + own)]) {
          $0.scope = scope
        }
      }
    }
    let wide = ", annotations: {sealedsecrets.bitnami.com/namespace-wide: 'true'}"
    #expect(code(.strict, "") == nil)
    #expect(code(.strict, wide) == nil)
    #expect(code(.namespaceWide, wide) == nil)
    #expect(code(.namespaceWide, "") == .targetScope)
    #expect(code(.clusterWide, wide) == .targetScope)
  }

  @Test("what does not reach the target is warned of")
  func warnings() throws {
    func count(_ input: String, style: SealingStyle = .moltseal) throws -> Int {
      try merge([input], into: [target()], style: style).warnings.count
    }
    let wide = ", namespace: demo, annotations: {sealedsecrets.bitnami.com/namespace-wide: 'true'}"
    #expect(try count(input()) == 0)
    #expect(try count(input("other")) == 1)
    #expect(try count(input("other"), style: .kubeseal) == 0)
    #expect(try count(input("", "")) == 0)
    #expect(try count(input("one", wide)) == 1)
    #expect(try count(input(more: "type: Opaque")) == 1)
    #expect(try count(input(more: "immutable: true")) == 1)
    #expect(try count(input(more: "type: Opaque\nimmutable: true")) == 1)
  }
}
