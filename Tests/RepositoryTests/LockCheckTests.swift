/// Whose lock file it is, and whether its public keys are those that they say.

import Cryptography
import Foundation
import Kubernetes
import Manifests
import Reporting
import Testing
import Workspace
import YAML

@testable import Repository

@Suite("Checks of lock files")
struct LockCheckTests {
  private func lock(_ text: String) throws -> LockFile {
    try LockFile(SourceText(Array(("kind: Lock\n" + text).utf8)))
  }

  private func environment() throws -> WorkspaceEnvironment {
    let text = """
      apiVersion: moltseal.dev/v1
      kind: Workspace
      environments:
        prod: {kustomization: k.yml, output: out}
      """
    return try #require(try Workspace(SourceText(Array(text.utf8))).environments.first)
  }

  /// The faults of a lock file, in order.
  private func faults(_ lock: LockFile) throws -> [Diagnostic] {
    let environment = try environment()
    do { try LockCheck(lock, environment).run() } catch let error as CommandError {
      #expect(error.status == 1 && !error.diagnostics.isEmpty)
      return error.diagnostics
    }
    return []
  }

  private func credential(_ base64: String, _ jwk: String) -> LockFile.Credential {
    var credential = LockFile.Credential(rotation: "r-1", time: Timestamp(seconds: 0))
    credential.publicKey = LockFile.PublicKey(base64: base64, jwk: jwk)
    return credential
  }

  @Test("a lock file is this environment's if it names it, or none")
  func own() throws {
    #expect(try faults(lock("environment: prod\n")).isEmpty)
    #expect(try faults(lock("")).isEmpty)
    #expect(try faults(LockFile()).isEmpty)
  }

  @Test(
    "the lock file of another environment is refused where it names it",
    arguments: ["staging", "Prod", "prod2"])
  func other(name: String) throws {
    let fault = try #require(try faults(lock("environment: \(name)\n")).first)
    #expect(
      fault.text
        == "out/moltseal.lock:2:14: is the lock file of environment '\(name)', not of 'prod'")
    #expect(
      fault.hint
        == "give 'prod' its own output or lock in moltseal.yml:4; if it was renamed, correct out/moltseal.lock:2"
    )
  }

  @Test(
    "a public key is accepted with its own JSON Web Key",
    arguments: [KeyPair.Kind.ed25519, .ec(curve: "P-256")])
  func ownKey(kind: KeyPair.Kind) throws {
    let key = try KeyPair(kind).publicKey
    var lock = LockFile()
    lock.credentials["c"] = credential(key.base64, key.jwk)
    #expect(try faults(lock).isEmpty)
  }

  @Test("a public key is refused with the JSON Web Key of another, or with a changed one")
  func otherKey() throws {
    let key = try KeyPair(.ed25519).publicKey
    let other = try KeyPair(.ed25519).publicKey
    for jwk in [other.jwk, key.jwk + " ", "", "{}"] {
      var lock = LockFile()
      lock.credentials["c"] = credential(key.base64, jwk)
      let fault = try #require(try faults(lock).first)
      #expect(
        fault.text
          == "out/moltseal.lock: the public key of 'c' does not match its JSON Web Key (jwk), so it is not published"
      )
      #expect(fault.hint == "restore the file from its history: git log -p out/moltseal.lock")
    }
  }

  @Test("a public key that cannot be read is refused", arguments: ["", "?", "AAAA"])
  func unreadable(base64: String) throws {
    var lock = LockFile()
    lock.credentials["c"] = credential(base64, "{}")
    #expect(
      try faults(lock).map(\.message)
        == ["the public key of 'c' cannot be read, so it is not published"])
  }

  @Test("two keys are not one")
  func twoKeys() throws {
    let key = try KeyPair(.ed25519).publicKey
    var lock = LockFile()
    let der = try #require(Data(base64Encoded: key.base64))
    lock.credentials["c"] = credential((der + der).base64EncodedString(), key.jwk)
    #expect(try faults(lock).map(\.message).first?.contains("cannot be read") == true)
  }

  @Test("every fault is reported, those of the keys by their names")
  func all() throws {
    let key = try KeyPair(.ed25519).publicKey
    var lock = try lock("environment: other\n")
    lock.credentials["b"] = credential("AAAA", "{}")
    lock.credentials["c"] = credential(key.base64, key.jwk)
    lock.credentials["a"] = credential(key.base64, "{}")
    lock.credentials["d"] = LockFile.Credential(rotation: "r-1", time: Timestamp(seconds: 0))
    let faults = try faults(lock)
    #expect(faults.count == 3)
    #expect(faults.first?.message.hasPrefix("is the lock file of environment 'other'") == true)
    #expect(faults.dropFirst().first?.message.hasPrefix("the public key of 'a' does not") == true)
    #expect(faults.last?.message.hasPrefix("the public key of 'b' cannot be read") == true)
  }

  @Test("whose lock file it is can be asked without its keys")
  func environmentOnly() throws {
    var lock = try lock("environment: prod\n")
    lock.credentials["a"] = credential("AAAA", "{}")
    #expect(try LockCheck(lock, environment()).faultOfEnvironment == nil)
    #expect(try faults(lock).count == 1)
  }
}
