/// The operations as a library: values in, changes and reports out, and no process around them.

import Cryptography
import Foundation
import Kubernetes
import Manifests
@testable import Operations
import Planning
import Rules
import Testing
import Files
import Unsealing
import Workspace
import YAML

@Suite("Operations")
struct OperationsTests {
  private let pair: KeyPair

  init() throws { pair = try KeyPair.first() }

  private func secret(_ text: String) -> SecretBytes {
    Array(text.utf8).withUnsafeBytes { SecretBytes(copying: $0) }
  }

  private let one = """
    apiVersion: v1
    kind: Secret
    metadata: {name: one, namespace: demo, labels: {a: b}}
    stringData: {user: me, password: p4ss}
    """

  private func operation(_ change: (inout SealOperation) -> Void = { _ in }) -> SealOperation {
    var operation = SealOperation()
    operation.threads = 2
    change(&operation)
    return operation
  }

  /// The file of SealedSecrets that a text of Secrets becomes.
  private func sealed(_ text: String) throws -> [UInt8] {
    let operation = operation()
    let secrets = try operation.read(secret(text)).secrets
    return SealedSecretFile.render(try operation.seal(secrets, for: pair.publicKey))
  }

  /// The items of a file as text, by `name/key`.
  private func opened(_ bytes: [UInt8], with keys: [RSAPrivateKey]) throws -> [String: String] {
    let sources = try SealedSource.read(bytes, file: "sealed.yml")
    let opened = try UnsealOperation(keys: keys, threads: 2).open(sources)
    var values: [String: String] = [:]
    for (source, opened) in zip(sources, opened) {
      for (key, value) in opened.secret.data {
        values["\(source.document.name)/\(key)"] = value.withBytes {
          String(decoding: $0, as: UTF8.self)
        }
      }
    }
    return values
  }

  private func code(_ body: () throws -> Void) -> OperationFault.Code? {
    do { try body() } catch { return (error as? OperationFault)?.code }
    return nil
  }

  // MARK: Seal and unseal

  @Test("what is sealed is opened again, whatever thread did it")
  func seal() throws {
    let bytes = try sealed(one + "\n---\n" + one.replacing("name: one", with: "name: two"))
    #expect(
      try opened(bytes, with: [pair.privateKey]) == [
        "one/user": "me", "one/password": "p4ss", "two/user": "me", "two/password": "p4ss",
      ])
  }

  @Test("what cannot be sealed has a code and a place")
  func sealFaults() throws {
    let operation = operation()
    #expect(code { _ = try operation.read(secret("# nothing")) } == .noSecret)
    #expect(code { _ = try operation.read(secret("kind: [")) } == .unreadable)
    #expect(
      code { _ = try operation.read(secret("{apiVersion: v1, kind: Secret, metadata: {name: a}}")) }
        == .noData)
    let nowhere = try operation.read(
      secret("apiVersion: v1\nkind: Secret\nmetadata: {name: a}\nstringData: {k: v}")
    ).secrets
    #expect(code { _ = try operation.seal(nowhere, for: pair.publicKey) } == .noNamespace)
    let other = self.operation { $0.namespace = "other" }
    let demo = try other.read(secret(one)).secrets
    let fault = #expect(throws: OperationFault.self) {
      try other.seal(demo, for: pair.publicKey)
    }
    #expect(fault?.code == .otherNamespace && fault?.location == Location(line: 1, column: 1))
  }

  @Test("an item that no key opens is named with its reason, and nothing is handed out")
  func unsealFaults() throws {
    let bytes = try sealed(one)
    let other = try KeyPair.second()
    let error = #expect(throws: OperationFaults.self) {
      try opened(bytes, with: [other.privateKey])
    }
    #expect(error?.faults.map(\.code) == [.cannotBeOpened, .cannotBeOpened])
    #expect(error?.faults.first?.file == "sealed.yml")
  }

  // MARK: Merge

  @Test("a merge sets its items and leaves every other byte")
  func merge() throws {
    let target = Array("# mine\n".utf8) + (try sealed(one))
    let operation = operation()
    let secrets = try operation.read(
      secret(one.replacing("user: me, password: p4ss", with: "password: n3w, more: x"))
    ).secrets
    let merged = try MergeOperation(seal: operation, target: "t.yml")
      .merge(secrets, into: target, for: pair.publicKey)
    #expect(merged.count == 2)
    #expect(
      try opened(merged.bytes, with: [pair.privateKey]) == [
        "one/user": "me", "one/password": "n3w", "one/more": "x",
      ])
    func others(_ bytes: [UInt8]) -> [String] {
      String(decoding: bytes, as: UTF8.self).split(separator: "\n").map(String.init).filter {
        !$0.hasPrefix("    password: ") && !$0.hasPrefix("    more: ")
      }
    }
    #expect(others(merged.bytes) == others(target))
  }

  @Test("a merge that has no target, or several, is refused with what is there")
  func mergeFaults() throws {
    let operation = operation()
    let two = try operation.read(
      secret(one + "\n---\n" + one.replacing("name: one", with: "name: two"))
    ).secrets
    let fault = #expect(throws: OperationFault.self) {
      try MergeOperation(seal: operation, target: "t.yml")
        .merge(two, into: try sealed(one), for: pair.publicKey)
    }
    #expect(fault?.code == .noSuchTarget && fault?.detail == "demo/one")
    let kubeseal = #expect(throws: OperationFault.self) {
      try MergeOperation(seal: operation, target: "t.yml", style: .kubeseal)
        .merge(two, into: try sealed(one), for: pair.publicKey)
    }
    #expect(kubeseal?.code == .severalDocuments)
  }

  // MARK: Reseal

  @Test("a reseal opens with the old key, seals for the new one, and keeps the lock file in step")
  func reseal() throws {
    let bytes = try sealed(one)
    let document = try SealedSecretFile(SourceText(bytes)).documents[0]
    var lock = LockFile()
    let id = LockFile.ItemID(namespace: "demo", secret: "one", key: "user")
    lock.items[id] = .init(
      expression: "x", scope: .strict, certificate: pair.publicKey.fingerprint,
      ciphertext: try #require(document.value("user")).digest { Digest.sha256($0) }, rotations: [:])
    lock.order = [id]
    let new = try KeyPair.second()
    let file = ResealFile(path: "s/one.yml", name: "one.yml", bytes: bytes, origin: .named)
    var asked: [String] = []
    let outcome = try ResealOperation(for: new.publicKey, keys: [pair.privateKey], threads: 2)
      .reseal(
        [file], lockPath: { LockPlace.lock(of: $0, nil) },
        lock: { path in
          asked.append(path)
          return lock.render(environment: "prod")
        })
    #expect(asked == ["s/moltseal.lock"])
    #expect(outcome.items == 2 && outcome.files == 1 && outcome.untouched == 0)
    #expect(outcome.changes.paths == ["s/one.yml", "s/moltseal.lock"])
    let changed = outcome.changes.changes
    #expect(
      try opened(changed[0].new, with: [new.privateKey]) == [
        "one/user": "me", "one/password": "p4ss",
      ])
    let after = try LockFile(SourceText(changed[1].new))
    #expect(after.items[id]?.certificate == new.publicKey.fingerprint)
    let renewed = try SealedSecretFile(SourceText(changed[0].new)).documents[0]
    #expect(after.items[id]?.ciphertext == renewed.value("user")?.digest { Digest.sha256($0) })
    // A second one has nothing to do: the lock file says so of one item, and the new key of the other.
    let again = try ResealOperation(for: new.publicKey, keys: [new.privateKey], threads: 1)
      .reseal(
        [ResealFile(path: "s/one.yml", name: "", bytes: changed[0].new, origin: .named)],
        lockPath: { LockPlace.lock(of: $0, nil) }, lock: { _ in changed[1].new })
    #expect(again.untouched == 2 && again.items == 0)
  }

  // MARK: Verify

  @Test("a file is looked at without a key, and opened with one")
  func verify() throws {
    let bytes = try sealed(one)
    let key = SealingKey(
      fingerprint: pair.publicKey.fingerprint, modulus: pair.publicKey.modulus)
    let operation = VerifyOperation(key: key, keys: [pair.privateKey], threads: 2)
    var verdicts = operation.check(bytes, file: "one.yml", origin: .named, lock: nil)
    #expect(verdicts.count == 1 && verdicts[0].findings.isEmpty)
    var progress: [Int] = []
    try operation.open(&verdicts) { done, total in progress += [done, total] }
    #expect(!verdicts[0].hasFailed && progress == [2, 2])
    let moved = Array(
      String(decoding: bytes, as: UTF8.self).replacing("name: one", with: "name: two").utf8)
    verdicts = operation.check(moved, file: "two.yml", origin: .named, lock: nil)
    try operation.open(&verdicts) { _, _ in }
    #expect(verdicts[0].findings.map(\.code) == ["cannot-be-opened", "cannot-be-opened"])
    let other = operation.check(Array("kind: Pod\n".utf8), file: "p", origin: .named, lock: nil)
    #expect(other.flatMap(\.findings).map(\.code) == ["not-a-sealed-secret"])
    #expect(
      operation.check(Array("kind: Pod\n".utf8), file: "p", origin: .found, lock: nil).isEmpty)
  }

  // MARK: Rotate

  @Test(
    "a cutover's values become sealed files, a lock file and a kustomization, in one change set")
  func rotate() throws {
    func source(_ text: String) throws -> SourceText { try SourceText(Array(text.utf8)) }
    let workspace = try Workspace(
      source(
        """
        apiVersion: moltseal.dev/v1
        kind: Workspace
        credentials:
          db: {generate: {kind: alphanumeric, length: 32}}
          token: {supplied: true}
        environments:
          prod: {kustomization: k8s/kustomization.yml, output: k8s/out, deployed: false}
        """))
    let template = try Template(
      path: "templates/app-template.yml",
      source(
        """
        apiVersion: v1
        kind: Secret
        metadata: {name: app, namespace: demo}
        stringData: {URL: 'x://${db|uri}@h', DB: '${db}', TOKEN: '${token}'}
        """), names: workspace.credentials.map(\.name))
    let kustomization = try Kustomization(
      source("namespace: demo\nsecretGenerator:\n- {name: app, literals: [DB=x]}\n"))
    let state = EnvironmentState(
      workspace: workspace, environment: workspace.environments[0],
      files: [
        PlannedFile(template: template, outputPath: "k8s/out/app-sealedsecret.yml", manifest: nil)
      ], lock: nil, certificate: pair.publicKey.fingerprint, sha256: { Digest.sha256($0) })
    let request = RunRequest(others: .due, now: Timestamp(seconds: 0), rotation: "r-1")
    let plan = Planner(state: state, request: request).plan(available: ["token"])
    #expect(plan.refusals.isEmpty)
    let context = KustomizationContext(
      of: workspace.environments[0].targets[0], in: workspace.environments[0], kustomization,
      KustomizationFiles(),
      targets: [SealedTarget(template.secrets[0], of: template, scope: .strict)])
    var made = 0
    let sealed = try ValueSealing(for: pair.publicKey, threads: 1).seal(
      plan, from: .new(supplied: ["token": secret("t0ken")]), made: { _ in made += 1 })
    #expect(made == 2)
    let changes = try RotateOperation(
      plan: plan, state: state, request: request, contexts: [context]
    ).changes(sealed: sealed, fingerprint: pair.publicKey.fingerprint, lock: nil)
    #expect(
      changes.paths == [
        "k8s/out/app-sealedsecret.yml", "k8s/out/moltseal.lock", "k8s/kustomization.yml",
      ])
    let values = try opened(changes.changes[0].new, with: [pair.privateKey])
    let password = try #require(values["app/DB"])
    #expect(password.utf8.count == 32)
    #expect(values["app/URL"] == "x://\(password)@h" && values["app/TOKEN"] == "t0ken")
    #expect(
      String(decoding: changes.changes[2].new, as: UTF8.self)
        == "namespace: demo\nresources:\n  - out/app-sealedsecret.yml\n")
  }

  @Test("sealed files that kustomize could not reach are refused before anything is changed")
  func elsewhere() throws {
    func source(_ text: String) throws -> SourceText { try SourceText(Array(text.utf8)) }
    let workspace = try Workspace(
      source(
        "apiVersion: moltseal.dev/v1\nkind: Workspace\nenvironments:\n  prod: {kustomization: k8s/k.yml, output: out}\n"
      ))
    let template = try Template(
      path: "t.yml",
      source(
        "apiVersion: v1\nkind: Secret\nmetadata: {name: a, namespace: b}\nstringData: {k: v}\n"),
      names: [String]())
    let state = EnvironmentState(
      workspace: workspace, environment: workspace.environments[0],
      files: [PlannedFile(template: template, outputPath: "out/a.yml", manifest: nil)], lock: nil,
      certificate: nil, sha256: { _ in "" })
    let request = RunRequest(others: .due, now: Timestamp(seconds: 0), rotation: "r-1")
    let plan = Planner(state: state, request: request).plan(available: [])
    let context = KustomizationContext(
      of: workspace.environments[0].targets[0], in: workspace.environments[0],
      try Kustomization(source("namespace: b\n")), KustomizationFiles(), targets: [])
    #expect(
      code {
        _ = try RotateOperation(plan: plan, state: state, request: request, contexts: [context])
          .changes(sealed: ValueSealing.Result(), fingerprint: "", lock: nil)
      } == .outputElsewhere)
  }
}
