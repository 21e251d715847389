/// Which items are sealed again, where they move to, and what is left out.

import Cryptography
import Foundation
import Kubernetes
import Manifests
import Operations
import Testing
import Transactions
import Unsealing
import Workspace
import YAML

@Suite("Reseals")
struct ResealTests {
  private let old: KeyPair
  private let new: KeyPair

  init() throws {
    old = try KeyPair.first()
    new = try KeyPair.second()
  }

  /// A sealed file of one Secret for each name.
  private func sealed(_ names: String..., for pair: KeyPair) throws -> [UInt8] {
    let text = names.map {
      """
      apiVersion: v1
      kind: Secret
      metadata: {name: \($0), namespace: demo}
      stringData: {a: \($0)-a, b: \($0)-b}
      """
    }.joined(separator: "\n---\n")
    let bytes = Array(text.utf8).withUnsafeBytes { SecretBytes(copying: $0) }
    let seal = SealOperation()
    return SealedSecretFile.render(try seal.seal(seal.read(bytes).secrets, for: pair.publicKey))
  }

  private func file(_ bytes: [UInt8], _ path: String = "s/f.yml", isNamed: Bool = true)
    -> ResealFile
  {
    ResealFile(path: path, name: path, bytes: bytes, isNamed: isNamed)
  }

  private func reseal(
    _ files: [ResealFile], keys: [KeyPair]? = nil, namespace: String? = nil, name: String? = nil,
    keepsGoing: Bool = false, lock: LockFile? = nil
  ) throws -> ResealOperation.Outcome {
    try ResealOperation(
      for: new.publicKey, keys: (keys ?? [old]).map(\.privateKey), namespace: namespace, name: name,
      threads: 1
    ).reseal(
      files, keepsGoing: keepsGoing, lockPath: { LockPlace.lock(of: $0, nil) },
      lock: { _ in lock?.render(environment: "prod") })
  }

  /// What opens with the new key alone, by `namespace/name/key`.
  private func opened(_ bytes: [UInt8]) throws -> [String: String] {
    var values: [String: String] = [:]
    for document in try SealedSecretFile(SourceText(bytes)).documents {
      for item in document.items {
        let namespace = document.namespace ?? ""
        let value = try? unseal(
          item.base64, scope: document.scope, namespace: namespace, name: document.name,
          keys: [new.privateKey])
        guard let value else { continue }
        values["\(namespace)/\(document.name)/\(item.key)"] = value.withBytes {
          String(decoding: $0, as: UTF8.self)
        }
      }
    }
    return values
  }

  private func id(_ key: String) -> LockFile.ItemID {
    LockFile.ItemID(namespace: "demo", secret: "one", key: key)
  }

  /// A lock file that knows the item `a` of a file.
  private func lock(of bytes: [UInt8], certificate: String) throws -> LockFile {
    let document = try SealedSecretFile(SourceText(bytes)).documents[0]
    var lock = LockFile()
    lock.items[id("a")] = LockFile.Item(
      expression: "x", scope: .strict, certificate: certificate,
      ciphertext: try #require(document.value("a")).digest { Digest.sha256($0) }, rotations: [:])
    lock.order = [id("a")]
    return lock
  }

  private func code(_ body: () throws -> Void) -> OperationFault.Code? {
    do { try body() } catch { return (error as? OperationFault)?.code }
    return nil
  }

  @Test("every value of every file is sealed for the new key, and files count once")
  func all() throws {
    let files = [
      file(try sealed("one", "two", for: old)), file(try sealed("three", for: old), "s/g.yml"),
    ]
    let outcome = try reseal(files)
    #expect(outcome.items == 6 && outcome.files == 2 && outcome.untouched == 0)
    let values = try outcome.changes.changes.map { try opened($0.new) }
    #expect(
      values == [
        [
          "demo/one/a": "one-a", "demo/one/b": "one-b", "demo/two/a": "two-a",
          "demo/two/b": "two-b",
        ], ["demo/three/a": "three-a", "demo/three/b": "three-b"],
      ])
  }

  @Test("what only the new key opens is left as it is, unless the lock file knows otherwise")
  func untouched() throws {
    let bytes = try sealed("one", for: new)
    let alone = try reseal([file(bytes)], keys: [new])
    #expect(alone.untouched == 2 && alone.items == 0 && alone.files == 0)
    let stale = try reseal([file(bytes)], keys: [new], lock: lock(of: bytes, certificate: "other"))
    #expect(stale.untouched == 1 && stale.items == 1 && stale.files == 1)
    let known = try reseal(
      [file(bytes)], keys: [new], lock: lock(of: bytes, certificate: new.publicKey.fingerprint))
    #expect(known.untouched == 2 && known.items == 0)
    // With its lock file, an item is not even opened.
    let closed = #expect(throws: OperationFaults.self) {
      try reseal(
        [file(bytes)], keys: [old], lock: lock(of: bytes, certificate: new.publicKey.fingerprint))
    }
    #expect(closed?.faults.count == 1)
  }

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

  @Test("what no key opens stops the reseal, or is left unchanged beside the rest")
  func leftOut() throws {
    let (mine, other) = (try sealed("one", for: old), try sealed("two", for: new))
    let files = [file(other), file(mine, "s/g.yml")]
    #expect(throws: OperationFaults.self) { try reseal(files) }
    let outcome = try reseal(files, keepsGoing: true)
    #expect(outcome.items == 2 && outcome.files == 1 && outcome.untouched == 0)
    #expect(outcome.leftOut.map(\.code) == [.cannotBeOpened, .cannotBeOpened])
    #expect(outcome.leftOut.map(\.file) == ["s/f.yml", "s/f.yml"])
    #expect(outcome.changes.changes.filter { $0.old != $0.new }.map(\.path) == ["s/g.yml"])
    #expect(try opened(outcome.changes.changes.last?.new ?? []).count == 2)
  }

  @Test("a file that somebody names is a sealed file; of a folder's, only those that are")
  func files() throws {
    let pod = Array("kind: Pod\nmetadata: {name: SealedSecret}\n".utf8)
    let chart = Array("{{ if SealedSecret }}\nkind: [\n".utf8)
    let broken = Array("SealedSecret: [\n".utf8)
    for bytes in [pod, chart, Array("kind: [".utf8)] {
      #expect(code { _ = try reseal([file(bytes, isNamed: false)]) } == .noSealedSecret)
    }
    #expect(code { _ = try reseal([file(broken, isNamed: false)]) } == .targetUnreadable)
    for bytes in [chart, broken, Array("kind: [".utf8)] {
      #expect(code { _ = try reseal([file(bytes)]) } == .targetUnreadable)
    }
    let mine = try sealed("one", for: old)
    #expect(try reseal([file(pod, "p", isNamed: false), file(mine)]).items == 2)
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
    let rest = try reseal([file(bytes)], name: name, keepsGoing: true, lock: lock)
    #expect(rest.items == 2 && rest.leftOut.map(\.file) == ["s/moltseal.lock"])
  }
}
