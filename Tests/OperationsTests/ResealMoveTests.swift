/// Where items and waiting keys move to, and what their lock file has then.

import Cryptography
import Kubernetes
import Manifests
@testable import Operations
import Testing
import Files
import Unsealing
import YAML

extension ResealTests {
  @Test("a move seals everything for the new place, even what was current, with its lock file")
  func move() throws {
    let bytes = try sealed("one", for: new)
    let lock = try lock(of: bytes, certificate: new.publicKey.fingerprint)
    for (namespace, name) in [("other", nil), (nil, "uno"), ("other", "uno")]
      as [(String?, String?)]
    {
      let outcome = try reseal(
        [file(bytes)], keys: [new], namespace: namespace, name: name, lock: lock)
      let place = "\(namespace ?? "demo")/\(name ?? "one")"
      #expect(outcome.items == 2 && outcome.untouched == 0)
      let changes = outcome.changes.changes
      #expect(try opened(changes[0].new) == ["\(place)/a": "one-a", "\(place)/b": "one-b"])
      let after = try LockFile(SourceText(changes[1].new))
      #expect(
        after.order == [
          LockFile.ItemID(namespace: namespace ?? "demo", secret: name ?? "one", key: "a")
        ])
    }
    let two = try sealed("one", "two", for: new)
    #expect(code { _ = try reseal([file(two)], keys: [new], name: "uno") } == .cannotMove)
    #expect(
      code { _ = try reseal([file(bytes), file(bytes, "s/g.yml")], keys: [new], name: "uno") }
        == .cannotMove)
  }

  @Test(
    "a waiting key is sealed again with its Secret, for its own place", arguments: [false, true])
  func waiting(isMoved: Bool) throws {
    let bytes = try sealed("one", for: old)
    let document = try SealedSecretFile(SourceText(bytes)).documents[0]
    var lock = try lock(of: bytes, certificate: old.publicKey.fingerprint)
    func waiting(_ key: String, _ value: SealedValue, _ certificate: String) -> LockFile.Waiting {
      LockFile.Waiting(
        id: id(key), scope: .strict, certificate: certificate, sealed: value, rotation: "r-1")
    }
    lock.waiting = [
      waiting("k", try #require(document.value("a")), old.publicKey.fingerprint)
    ]
    let name = isMoved ? "uno" : nil
    let outcome = try reseal([file(bytes)], name: name, lock: lock)
    #expect(outcome.items == 3)
    let after = try LockFile(SourceText(try #require(outcome.changes.changes.last).new))
    let kept = try #require(after.waiting.first)
    #expect(kept.certificate == new.publicKey.fingerprint && kept.id.secret == name ?? "one")
    let value = try unseal(
      kept.sealed.base64, scope: .strict, namespace: "demo", name: name ?? "one",
      keys: [new.privateKey])
    #expect(value.withBytes { String(decoding: $0, as: UTF8.self) } == "one-a")
    lock.waiting = [waiting("k", try #require(SealedValue(base64: "AgAA")), "other")]
    #expect(throws: OperationFaults.self) { try reseal([file(bytes)], name: name, lock: lock) }
    let rest = try reseal([file(bytes)], name: name, unopened: .leftOut, lock: lock)
    #expect(rest.items == 2 && rest.leftOut.map(\.file) == ["s/moltseal.lock"])
  }
}
