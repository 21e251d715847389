/// Sealed files and lock files in memory, and their reseals.

import Cryptography
import Kubernetes
import Manifests
@testable import Operations
import Testing
import Unsealing
import Workspace
import YAML

extension ResealTests {
  /// A sealed file of one Secret for each name.
  func sealed(_ names: String..., for pair: KeyPair) throws -> [UInt8] {
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

  func file(
    _ bytes: [UInt8], _ path: String = "s/f.yml", origin: FileOrigin = .named
  ) -> ResealFile {
    ResealFile(path: path, name: path, bytes: bytes, origin: origin)
  }

  func reseal(
    _ files: [ResealFile], keys: [KeyPair]? = nil, namespace: String? = nil, name: String? = nil,
    unopened: Unopened = .refused, lock: LockFile? = nil
  ) throws -> ResealOperation.Outcome {
    try ResealOperation(
      for: new.publicKey, keys: (keys ?? [old]).map(\.privateKey),
      moving: Move(namespace: namespace, name: name), unopened: unopened, threads: 1
    ).reseal(
      files, lockPath: { LockPlace.lock(of: $0, nil) },
      lock: { _ in lock?.render(environment: "prod") })
  }

  /// What opens with the new key alone, by `namespace/name/key`.
  func opened(_ bytes: [UInt8]) throws -> [String: String] {
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

  func id(_ key: String) -> LockFile.ItemID {
    LockFile.ItemID(namespace: "demo", secret: "one", key: key)
  }

  /// A lock file that knows the item `a` of a file.
  func lock(of bytes: [UInt8], certificate: String) throws -> LockFile {
    let document = try SealedSecretFile(SourceText(bytes)).documents[0]
    var lock = LockFile()
    lock.items[id("a")] = LockFile.Item(
      expression: "x", scope: .strict, certificate: certificate,
      ciphertext: try #require(document.value("a")).digest { Digest.sha256($0) }, rotations: [:])
    lock.order = [id("a")]
    return lock
  }

  func code(_ body: () throws -> Void) -> OperationFault.Code? {
    do { try body() } catch { return (error as? OperationFault)?.code }
    return nil
  }
}
