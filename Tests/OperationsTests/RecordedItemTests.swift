/// Which items are as they were sealed, as the lock file has it.

import Kubernetes
import Manifests
@testable import Operations
import Testing
import YAML

extension LockEditsTests {
  @Test("an item is current if certificate, scope and ciphertext are those of the lock file")
  func isCurrent() throws {
    func isCurrent(
      _ item: Int, _ lock: LockFile?, _ metadata: String = "name: s, namespace: ns"
    ) throws -> Bool {
      var edits = edits(lock)
      let document = try document(metadata)
      return try edits.isCurrent(document.items[item], of: document, path: "s.yml")
    }
    #expect(try isCurrent(0, lock()))
    #expect(try !isCurrent(1, lock()), "another certificate")
    #expect(try !isCurrent(0, nil))
    #expect(try !isCurrent(0, lock(), "name: other, namespace: ns"))
    #expect(try !isCurrent(0, lock(), "name: s, namespace: other"))
    let wide = "annotations: {sealedsecrets.bitnami.com/namespace-wide: 'true'}"
    #expect(try !isCurrent(0, lock(), "name: s, namespace: ns, " + wide), "another scope")
    let other = try lock { lock in
      lock.items[id("s", "a")] = lock.items[id("s", "a")].map {
        LockFile.Item(
          expression: $0.expression, scope: $0.scope, certificate: $0.certificate,
          ciphertext: "sha256:other", rotations: [:])
      }
    }
    #expect(try !isCurrent(0, other), "another ciphertext")
    // What a kustomization renames is in the lock file by the name that it is sealed for.
    let renamed = "name: x, namespace: ns, annotations: {moltseal.dev/sealed-as: s}"
    #expect(try isCurrent(0, lock(), renamed))
  }

  @Test("an item is recorded, with its ciphertext or another one, or is not")
  func recorded() throws {
    var edits = edits(try lock())
    let document = try document()
    #expect(try edits.has("a", of: document, path: "s.yml"))
    #expect(try !edits.has("c", of: document, path: "s.yml"))
    #expect(try edits.isAsRecorded("a", of: document, path: "s.yml"))
    #expect(try edits.isAsRecorded("b", of: document, path: "s.yml"))
    #expect(try !edits.isAsRecorded("c", of: document, path: "s.yml"))
    var none = self.edits(nil)
    #expect(try !none.has("a", of: document, path: "s.yml"))
    #expect(try !none.isAsRecorded("a", of: document, path: "s.yml"))
  }
}
