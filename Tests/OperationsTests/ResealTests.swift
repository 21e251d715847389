/// Which items and files are sealed again, and what is left out.

import Cryptography
import Kubernetes
import Manifests
@testable import Operations
import Testing
import Files
import YAML

@Suite("Reseals")
struct ResealTests {
  let old: KeyPair
  let new: KeyPair

  init() throws {
    old = try KeyPair.first()
    new = try KeyPair.second()
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

  @Test("what no key opens stops the reseal, or is left unchanged beside the rest")
  func leftOut() throws {
    let (mine, other) = (try sealed("one", for: old), try sealed("two", for: new))
    let files = [file(other), file(mine, "s/g.yml")]
    #expect(throws: OperationFaults.self) { try reseal(files) }
    let outcome = try reseal(files, unopened: .leftOut)
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
      #expect(code { _ = try reseal([file(bytes, origin: .found)]) } == .noSealedSecret)
    }
    #expect(code { _ = try reseal([file(broken, origin: .found)]) } == .targetUnreadable)
    for bytes in [chart, broken, Array("kind: [".utf8)] {
      #expect(code { _ = try reseal([file(bytes)]) } == .targetUnreadable)
    }
    let mine = try sealed("one", for: old)
    #expect(try reseal([file(pod, "p", origin: .found), file(mine)]).items == 2)
  }
}
