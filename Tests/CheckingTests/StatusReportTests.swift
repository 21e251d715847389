/// What is due, refused or not as its template says, in a workspace on disk.

import Kubernetes
import Manifests
import Planning
import Repository
import TestSupport
import Testing
import Text
import Workspace

@testable import Checking

@Suite("The state of an environment")
struct StatusReportTests {
  private let folder: TemporaryFolder
  private static let sealed = Timestamp(seconds: 1_800_000_000)
  private static let period = 30 * 86_400

  init() throws {
    folder = try TemporaryFolder([
      "moltseal.yml": """
      apiVersion: moltseal.dev/v1
      kind: Workspace
      credentials:
        db: {generate: {kind: alphanumeric, length: 32}, rotateEvery: 30d}
        token: {supplied: true}
        extra: {supplied: true, optional: true}
        unused: {generate: {kind: hex, bytes: 32}}
      environments:
        prod: {kustomization: k/kustomization.yml, output: k/out, deployed: false}
      """,
      "k/kustomization.yml": "namespace: ns\n",
      "templates/app-template.yml": """
      apiVersion: v1
      kind: Secret
      metadata: {name: app}
      stringData: {DB: '${db}', TOKEN: '${token}', EXTRA: '${extra}'}
      """,
    ])
  }

  private func status(at seconds: Int = sealed.seconds) throws -> StatusReport {
    let workspace = try LoadedWorkspace(folder.path)
    return try StatusReport(
      workspace.environment(nil), workspace, now: Timestamp(seconds: seconds))
  }

  /// Writes a lock file in which these were sealed.
  private func lock(_ names: String...) throws {
    var lock = LockFile()
    for name in names {
      lock.credentials[name] = .init(
        rotation: "r-\(Self.sealed.compact)-a", time: Self.sealed, phase: .sealed)
    }
    try folder.write(
      "k/out/moltseal.lock", String(decoding: lock.render(environment: "prod"), as: UTF8.self))
  }

  @Test("the credentials that templates use are listed, and no others")
  func credentials() throws {
    let status = try status()
    #expect(status.credentials.map(\.credential.name) == ["db", "token", "extra"])
    #expect(status.credentials.allSatisfy { $0.last == nil && $0.due == nil })
    #expect(status.upcoming.map(\.step.plan.credential.name) == ["db"])
  }

  @Test("before anything is sealed, nothing drifts and nothing is refused but the certificate")
  func fresh() throws {
    let status = try status()
    #expect(status.drift == [] && status.refusal == nil && status.leaked == [])
    #expect(!status.isLive && !status.isPinned && status.certificate == nil)
    #expect(
      status.certificateFault?.ends(with: "environment 'prod' has no 'certificate'") == true)
    #expect(status.isRefused && status.isDue)
  }

  @Test("what was sealed is due a period later, to the second")
  func due() throws {
    try lock("db", "token")
    let due = Timestamp(seconds: Self.sealed.seconds + Self.period)
    let early = try status(at: due.seconds - 1)
    #expect(early.credentials.map(\.last) == [Self.sealed, Self.sealed, nil])
    #expect(early.credentials.map(\.due) == [due, nil, nil])
    let db = early.credentials[0].credential
    #expect(!early.isDue(db, last: Self.sealed, due: due))
    #expect(try status(at: due.seconds).isDue(db, last: Self.sealed, due: due))
  }

  @Test("a credential without a value is due, unless it is optional")
  func values() throws {
    let status = try status()
    func isDue(_ name: String, last: Timestamp? = nil) throws -> Bool {
      let found = try #require(status.credentials.first { $0.credential.name == name })
      return status.isDue(found.credential, last: last, due: nil)
    }
    #expect(try isDue("token") && isDue("db"))
    #expect(try !isDue("extra"))
    #expect(try !isDue("token", last: Self.sealed))
  }

  @Test("the next step may be due before the next value is")
  func nextDue() throws {
    let status = try status(at: 100)
    let db = status.credentials[0].credential
    let token = status.credentials[1].credential
    #expect(status.step(of: db)?.step.due == Timestamp(seconds: 100))
    #expect(status.step(of: token) == nil)
    #expect(status.nextDue(db, Timestamp(seconds: 99)) == Timestamp(seconds: 99))
    #expect(status.nextDue(db, Timestamp(seconds: 101)) == Timestamp(seconds: 100))
    #expect(status.nextDue(token, nil) == nil)
    #expect(status.nextDue(token, Timestamp(seconds: 7)) == Timestamp(seconds: 7))
  }

  @Test("the next step is that after the one in the lock file")
  func next() throws {
    try lock("db", "token")
    let status = try status()
    let next = try #require(status.step(of: status.credentials[0].credential))
    #expect(next.last?.phase == .sealed && next.step.plan.step == .replace)
    #expect(next.step.due == Timestamp(seconds: Self.sealed.seconds + Self.period))
    #expect(!status.isLive)
  }

  @Test("a kustomization that cannot be read refuses every run, once there is something sealed")
  func kustomization() throws {
    try folder.write("k/kustomization.yml", "[")
    #expect(try status().refusal == nil)
    try lock("db", "token")
    #expect(try status().refusal?.begins(with: "k/kustomization.yml:") == true)
  }

  @Test("a certificate that is no certificate is the reason why every run is refused")
  func certificate() throws {
    try folder.write("prod.pem", "garbage")
    let text = """
      apiVersion: moltseal.dev/v1
      kind: Workspace
      credentials: {db: {supplied: true}, token: {supplied: true}, extra: {supplied: true}}
      environments:
        prod: {kustomization: k/kustomization.yml, output: k/out, certificate: prod.pem}
      """
    try folder.write("moltseal.yml", text)
    let status = try status()
    #expect(status.certificate == nil && status.isRefused)
    #expect(status.certificateFault == "prod.pem:1:1: contains no certificate")
  }
}
