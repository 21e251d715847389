/// Many values at once, and values that are opened by the place that they were sealed for.

import Cryptography
import Kubernetes
import Sealing
import Testing
import Unsealing

@Suite("Opening many values")
struct UnsealManyTests {
  private let first: RSAPrivateKey
  private let second: RSAPrivateKey
  private let label = Scope.strict.label(namespace: "ns", name: "name")

  init() throws {
    first = try Keys.first()
    second = try Keys.second()
  }

  @Test("results are in the order of the jobs, and one that fails stops no other", arguments: 1...3)
  func order(threads: Int) throws {
    let jobs = (0..<40).map { SealingJob(label: label, value: secret("value \($0)")) }
    let sealed = try seal(jobs, for: try Keys.publicKey("first"), threads: 1)
    let results = try unseal(
      sealed.enumerated().map { index, value in
        UnsealJob(base64: value.base64, label: index % 7 == 3 ? [] : label)
      }, keys: [second, first], threads: threads)
    #expect(results.count == 40)
    for (index, result) in results.enumerated() {
      let value = (try? result.get()).map { text($0.value) }
      #expect(value == (index % 7 == 3 ? nil : "value \(index)"))
    }
    #expect(try unseal([], keys: [first], threads: threads).isEmpty)
  }

  @Test("one value opens where it was sealed for, and nowhere else", arguments: Scope.allCases)
  func scopes(scope: Scope) throws {
    let label = scope.label(namespace: "ns", name: "name")
    let job = SealingJob(label: label, value: secret("value"))
    let sealed = try seal([job], for: try Keys.publicKey("first"), threads: 1)[0].base64
    func opens(_ other: Scope, _ namespace: String, _ name: String) -> Bool {
      let value = try? unseal(
        sealed, scope: other, namespace: namespace, name: name,
        keys: [first])
      return value.map { text($0) } == "value"
    }
    for other in Scope.allCases { #expect(opens(other, "ns", "name") == (other == scope)) }
    #expect(opens(scope, "ns", "other") == (scope != .strict))
    #expect(opens(scope, "other", "name") == (scope == .clusterWide))
    #expect(throws: UnsealFailure.noKeyOpensIt) {
      try unseal(
        sealed, scope: scope, namespace: "ns", name: "name",
        keys: [second])
    }
  }
}
