/// Many values at once, and the keys that do not fit.

import Cryptography
import Kubernetes
import Sealing
import Testing
import Unsealing

@Suite("Sealing")
struct SealingTests {
  @Test("another key opens nothing, and beside the right one it does no harm")
  func otherKey() throws {
    let pair = try KeyPair(bits: 2048)
    let other = try KeyPair(bits: 2048)
    let job = SealingJob(
      label: Scope.strict.label(namespace: "ns", name: "name"), value: secret([1]))
    let sealed = try seal([job], for: pair.certificate.key, threads: 1)[0].base64
    func open(_ keys: RSAPrivateKey...) throws -> SecretBytes {
      try unseal(sealed, scope: .strict, namespace: "ns", name: "name", keys: keys)
    }
    #expect(throws: UnsealFailure.self) { try open(other.privateKey) }
    #expect(try open(other.privateKey, pair.privateKey).withBytes { Array($0) } == [1])
  }

  @Test("a thousand values keep their order on any number of threads", arguments: [1, 2, 5])
  func order(threads: Int) throws {
    let pair = try KeyPair(bits: 2048)
    let jobs = (0..<1000).map { SealingJob(label: [], value: secret(Array("value \($0)".utf8))) }
    let sealed = try seal(jobs, for: pair.certificate.key, threads: threads)
    #expect(Set(sealed.map(\.base64)).count == 1000)
    for index in stride(from: 0, to: 1000, by: 37) {
      let value = try unseal(
        sealed[index].base64, scope: .clusterWide, namespace: "", name: "", keys: [pair.privateKey])
      #expect(value.withBytes { String(decoding: $0, as: UTF8.self) } == "value \(index)")
    }
  }
}
