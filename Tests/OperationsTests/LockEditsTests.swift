/// Which lines of a lock file change when items are sealed again.

import Cryptography
import Kubernetes
import Manifests
@testable import Operations
import Testing
import Files
import YAML

@Suite("Edits of lock files")
struct LockEditsTests {
  func document(_ metadata: String = "name: s, namespace: ns") throws
    -> SealedSecretDocument
  {
    try SealedSecretFile(
      source(
        """
        apiVersion: bitnami.com/v1alpha1
        kind: SealedSecret
        metadata: {\(metadata)}
        spec: {encryptedData: {a: AgAA, b: AgAB}}
        """)
    ).documents[0]
  }

  func source(_ text: String) throws -> SourceText { try SourceText(Array(text.utf8)) }

  func value(_ base64: String) throws -> SealedValue {
    try #require(SealedValue(base64: base64))
  }

  func digest(_ base64: String) throws -> String {
    try value(base64).digest { Digest.sha256($0) }
  }

  func id(_ secret: String, _ key: String, namespace: String? = "ns") -> LockFile.ItemID {
    LockFile.ItemID(namespace: namespace, secret: secret, key: key)
  }

  /// A lock file in which `a` is sealed for the new certificate, and `b` for an old one.
  func lock(_ change: (inout LockFile) -> Void = { _ in }) throws -> LockFile {
    var lock = LockFile()
    for (id, base64, certificate) in [
      (id("t", "a"), "AgAA", "old"), (id("s", "a"), "AgAA", "new"), (id("s", "b"), "AgAB", "old"),
    ] {
      lock.items[id] = LockFile.Item(
        expression: "x", scope: .strict, certificate: certificate, ciphertext: try digest(base64),
        rotations: [:])
      lock.order.append(id)
    }
    lock.waiting = try [
      (id("t", "k"), "old"), (id("s", "k"), "new"), (id("s", "l"), "old"),
      (id("s", "m", namespace: "other"), "old"), (id("s", "n", namespace: nil), "old"),
    ].map { id, certificate in
      LockFile.Waiting(
        id: id, scope: .strict, certificate: certificate, sealed: try value("AgAC"),
        rotation: "r-1")
    }
    change(&lock)
    return lock
  }

  func edits(_ lock: LockFile?) -> LockEdits {
    LockEdits("new", lockPath: { _ in "lock" }, read: { _ in lock?.render(environment: "prod") })
  }

  @Test(
    "a new ciphertext changes its own line, and its place only if it moves",
    arguments: [false, true])
  func renew(isMoved: Bool) throws {
    var edits = edits(try lock())
    let document = try document()
    let move = isMoved ? Move(namespace: "n2", name: "s2") : Move(namespace: nil, name: nil)
    try edits.renew("b", of: document, path: "s.yml", try value("AgAD"), moving: move)
    try edits.renew("c", of: document, path: "s.yml", try value("AgAD"), moving: move)
    let changes = try edits.changes()
    #expect(changes.map(\.path) == ["lock"])
    let after = try LockFile(SourceText(changes[0].new))
    let moved = isMoved ? id("s2", "b", namespace: "n2") : id("s", "b")
    #expect(after.order == [id("t", "a"), id("s", "a"), moved])
    #expect(after.items[moved]?.certificate == "new")
    #expect(after.items[moved]?.ciphertext == (try digest("AgAD")))
    let before = try lock()
    for other in [id("t", "a"), id("s", "a")] { #expect(after.items[other] == before.items[other]) }
    #expect(after.waiting == before.waiting)
  }

  @Test("the waiting keys of a Secret are those of other certificates, or all if it moves")
  func waiting() throws {
    var edits = edits(try lock())
    let document = try document()
    func places(moving move: Move) throws -> [Int] {
      try edits.waiting(for: document, path: "s.yml", moving: move).map(\.index)
    }
    let away = Move(namespace: nil, name: "s2")
    #expect(try places(moving: Move(namespace: nil, name: nil)) == [2])
    #expect(try places(moving: away) == [1, 2])
    #expect(try places(moving: Move(namespace: "n2", name: nil)) == [1, 2])
    try edits.renewWaiting(2, path: "s.yml", try value("AgAD"))
    let after = try LockFile(SourceText(try #require(try edits.changes().first).new))
    #expect(after.waiting.map(\.certificate) == ["old", "new", "new", "old", "old"])
    #expect(after.waiting.map(\.sealed.base64) == ["AgAC", "AgAC", "AgAD", "AgAC", "AgAC"])
    #expect(after.items == (try lock()).items)
    var none = self.edits(nil)
    #expect(try none.waiting(for: document, path: "s.yml", moving: away).isEmpty)
  }

  @Test("each lock file is read once, and only those that change are written, by their paths")
  func files() throws {
    var read: [String] = []
    let bytes = try lock().render(environment: "prod")
    var edits = LockEdits("new", lockPath: { $0 + ".lock" }) { path in
      read.append(path)
      return path == "none.lock" ? nil : bytes
    }
    let document = try document()
    for path in ["z", "none", "b", "unchanged", "z", "none"] {
      #expect(try edits.has("a", of: document, path: path) == (path != "none"))
    }
    #expect(read == ["z.lock", "none.lock", "b.lock", "unchanged.lock"])
    for path in ["z", "none", "b"] {
      try edits.renew("a", of: document, path: path, try value("AgAD"))
    }
    #expect(try edits.changes().map(\.path) == ["b.lock", "z.lock"])
    #expect(try edits.changes().map(\.old) == [bytes, bytes])
    var broken = LockEdits("new", lockPath: { _ in "lock" }) { _ in Array("kind: Pod".utf8) }
    let fault = #expect(throws: OperationFault.self) {
      try broken.has("a", of: document, path: "s.yml")
    }
    #expect(fault?.code == .targetUnreadable && fault?.file == "lock")
  }
}
