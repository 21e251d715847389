/// A workspace with one Secret, its sealed file and its lock file, in memory.

import Foundation
import Kubernetes
import Manifests
import Planning
import Testing
import Workspace
import YAML

struct Scene {
  /// The entries of `credentials`, one a line.
  var credentials = """
      key: {generate: {kind: base64url, bytes: 64}, rotateEvery: 90d}
      db: {generate: {kind: alphanumeric, length: 32}, rotateEvery: 30d}
    """
  /// The items of the template.
  var data = [
    ("KEY", "${key}"), ("OLD", "${key.previous}"), ("URL", "x://${db|uri}@h"), ("FIXED", "text"),
  ]
  /// More fields of the template, and more annotations of the sealed file.
  var more = ""
  /// The scope that the environment gives to the Secret.
  var scope = Scope.strict
  var annotations = ""
  /// What the sealed file has; each text stands for a ciphertext.
  var sealed = ["KEY": "k0", "URL": "u0", "FIXED": "f0"]
  var lock = LockFile()
  var certificate: String? = "sha256:c"

  /// The first rotation of all values, at the time 0.
  static let first = "r-20260101T000000Z-a"

  /// Everything sealed, and known to the lock file.
  init() {
    for name in ["key", "db"] {
      lock.credentials[name] = .init(rotation: Self.first, time: Timestamp(seconds: 0))
    }
    for (key, names) in [("KEY", ["key"]), ("URL", ["db"]), ("FIXED", [])] {
      record(key, rotations: names)
    }
  }

  func id(_ key: String) -> LockFile.ItemID {
    LockFile.ItemID(namespace: "ns", secret: "app", key: key)
  }

  /// Stands in for SHA-256: it tells the ciphertexts of these tests apart.
  static let digest: SHA256 = { bytes in String(decoding: bytes, as: UTF8.self) }

  static func value(_ text: String) throws -> SealedValue {
    try #require(SealedValue(base64: Data(text.utf8).base64EncodedString()))
  }

  /// Enters an item into the lock file as it is sealed, or with another ciphertext.
  mutating func record(
    _ key: String, _ ciphertext: String? = nil, rotations: [String], rotation: String = first
  ) {
    if lock.items[id(key)] == nil { lock.order.append(id(key)) }
    lock.items[id(key)] = .init(
      expression: data.first { $0.0 == key }?.1 ?? "", scope: .strict, certificate: "sha256:c",
      ciphertext: "sha256:" + (ciphertext ?? sealed[key] ?? ""),
      rotations: Dictionary(rotations.map { ($0, rotation) }, uniquingKeysWith: { $1 }))
  }

  func state(hasLock: Bool = true, suppliedNamespace: String? = nil) throws -> EnvironmentState {
    func source(_ text: String) throws -> SourceText { try SourceText(Array(text.utf8)) }
    let workspace = try Workspace(
      source(
        """
        apiVersion: moltseal.dev/v1
        kind: Workspace
        credentials:
        \(credentials)
        environments:
          prod: {kustomization: k.yml, output: out, deployed: false, scopes: {app: \(scope.rawValue)}}
        """))
    let items = data.map { "  \($0.0): '\($0.1)'" }.joined(separator: "\n")
    let template = try Template(
      path: "t.yml",
      source(
        """
        apiVersion: v1
        kind: Secret
        metadata: {name: app, namespace: ns}
        \(more)
        stringData:
        \(items)
        """), names: workspace.credentials.map(\.name))
    let values = try sealed.sorted { $0.key < $1.key }.map { key, text in
      "\(key): '\(try Self.value(text).base64)'"
    }
    let file = try SealedSecretFile(
      source(
        """
        apiVersion: bitnami.com/v1alpha1
        kind: SealedSecret
        metadata: {name: app, namespace: ns, annotations: {\(annotations)}}
        spec: {encryptedData: {\(values.joined(separator: ", "))}}
        """))
    return EnvironmentState(
      workspace: workspace, environment: workspace.environments[0],
      files: [
        PlannedFile(
          template: template, outputPath: "out/app.yml", manifest: sealed.isEmpty ? nil : file)
      ], lock: hasLock ? lock : nil, certificate: certificate, sha256: Self.digest)
  }

  func planner(_ request: RunRequest) throws -> Planner {
    Planner(state: try state(), request: request)
  }

  func plan(_ request: RunRequest, available: Set<String> = []) throws -> RunPlan {
    try planner(request).plan(available: available)
  }

  /// A request on a day, with open gates unless some are given.
  static func request(
    _ others: OtherCredentials = .due, renew: Set<String> = [], forget: Set<String> = [],
    restart: Set<String> = [], day: Int = 1, evidence: Evidence? = nil,
    reverted: [String: Timestamp] = [:], waits: Bool = false, gates: Set<Gate> = []
  ) -> RunRequest {
    var request = RunRequest(
      naming: NamedCredentials(
        renew: renew, forget: forget, restart: restart, ifClosed: waits ? .waits : .refusesRun),
      others: others, now: Timestamp(seconds: day * 86_400), rotation: "r-1",
      arrivals: Arrivals(evidence: evidence, reverted: reverted))
    request.gates = gates
    return request
  }
}
