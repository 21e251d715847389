/// The content of git: real templates, sealed files and lock files, changed by the real planner.

import Kubernetes
import Manifests
import Planning
import Text
import Workspace
import YAML

/// The subject of the rotation.
enum Subject: String, CaseIterable {
  case keys, roles, both
  /// Key pairs: pods sign, and verifiers read the public keys from a ConfigMap through a cache.
  case pairs
  /// One role, whose password is replaced at once: it shows the window that two roles close.
  case single

  var hasKeys: Bool { self == .keys || self == .both || self == .pairs }
  var hasRoles: Bool { self == .roles || self == .both || self == .single }
}

/// One state of the repository, given by its values: 0 means none.
struct Content: Hashable {
  var current: UInt8 = 0
  var previous: UInt8 = 0
  var next: UInt8 = 0
  /// The password of each role; with one role, only the first is used.
  var passwords: [UInt8] = [0, 0]
  /// The role that the consumers name.
  var role: UInt8 = 0

  var keys: [UInt8] { [current, previous, next] }
}

final class Repository {
  struct State {
    let content: Content
    let lock: LockFile
    let files: [PlannedFile]
  }

  let subject: Subject
  let gates: Set<Gate>
  private(set) var states: [State] = []
  private var byContent: [String: Int] = [:]
  private var memo: [String: Int?] = [:]
  private let workspace: Workspace

  private static let digest: SHA256 = { String(decoding: $0, as: UTF8.self) }

  init(_ subject: Subject, gates: Set<Gate>) throws {
    self.subject = subject
    self.gates = gates
    let roles = subject == .single ? "" : ", roles: {a: app_a, b: app_b}"
    let kind = subject == .pairs ? "kind: ed25519" : "kind: base64url, bytes: 64"
    let cache = subject == .pairs ? ", cacheTime: 10m" : ""
    let text = """
      apiVersion: moltseal.dev/v1
      kind: Workspace
      credentials:
        key: {generate: {\(kind)}, use: jwt, rotateEvery: 90d, tokenLifetime: 7d\(cache)}
        db: {generate: {kind: alphanumeric, length: 32}, rotateEvery: 90d\(roles)}
      environments:
        prod: {kustomization: k.yml, output: out, deployed: false}
      """
    workspace = try Workspace(SourceText(Array(text.utf8)))
    // From the time before there were next keys, so that the first step is to publish one.
    try intern(lock: nil, files: templates(hasNext: false), step: 0)
  }

  // MARK: Steps

  /// The state after the next step, given true evidence; nil if the planner takes none.
  ///
  /// - Parameter isDue: whether everything is due according to the clock.
  func step(from index: Int, number: Int, isDue: Bool, _ answers: [Fact: Bool]) throws -> Int? {
    let key =
      "\(index)/\(number)/\(isDue)/"
      + Fact.allCases.map { answers[$0] == true ? "1" : "0" }.joined()
    if let known = memo[key] { return known }
    let state = states[index]
    let now = Timestamp(seconds: isDue ? 1000 * 86_400 : 1)
    let ciphertexts = state.lock.ciphertextsByCredential
    func evidence(_ name: String) -> CredentialEvidence? {
      guard let entry = state.lock.credentials[name] else { return nil }
      return CredentialEvidence(
        generation: entry.generation, step: entry.step,
        ciphertexts: ciphertexts[name] ?? [:],
        answers: answers.mapValues { $0 ? .yes("true") : .no("false") },
        signersEnded: answers[.expired] == true ? Timestamp(seconds: -1000 * 86_400) : nil,
        publishedAt: answers[.published] == true ? Timestamp(seconds: -1000 * 86_400) : nil)
    }
    var credentials: [String: CredentialEvidence] = [:]
    for name in ["key", "db"] { credentials[name] = evidence(name) }
    let files = try templates(hasNext: true).enumerated().map { index, file in
      PlannedFile(
        template: file.template, outputPath: file.outputPath,
        manifest: state.files[index].manifest)
    }
    let result = try run(
      files, state.lock, number, now,
      Evidence(environment: "prod", time: now, credentials: credentials))
    memo[key] = .some(result)
    return result
  }

  private func run(
    _ files: [PlannedFile], _ lock: LockFile?, _ number: Int, _ now: Timestamp,
    _ evidence: Evidence?
  ) throws -> Int? {
    let state = EnvironmentState(
      workspace: workspace, environment: workspace.environments[0], files: files,
      configMaps: lock == nil ? [] : try configMaps(), lock: lock,
      certificate: "sha256:c", sha256: Repository.digest)
    var request = RunRequest(
      others: .due, now: now, rotation: "r-\(number)", arrivals: Arrivals(evidence: evidence))
    request.gates = gates
    let planner = Planner(state: state, request: request)
    let plan = planner.plan(available: [])
    try checkStatus(planner.upcoming(), plan, now)
    guard plan.refusals.isEmpty else {
      throw Failure("the planner refuses: \(plan.refusals.map(\.reason))")
    }
    guard !plan.steps.isEmpty else { return nil }
    var sealed: [LockFile.ItemID: SealedValue] = [:]
    for (_, item) in plan.sealedItems {
      // The value is the number of the step that made it: no step makes two of the same kind.
      sealed[item.id] = SealedValue(sealed: base64("v\(number)"))
    }
    let rendered = try plan.render(
      sealed: sealed, waiting: state.lock?.waiting ?? [], rotation: request.rotation,
      surroundings: { _ in BuildSurroundings(leavesNamespaceOut: false, labels: { _ in [] }) })
    var publicKeys: [String: LockFile.PublicKey] = [:]
    for name in plan.renewals.map(\.credential.name) where name.begins(with: "key") {
      publicKeys[name] = LockFile.PublicKey(base64: "v\(number)", jwk: "v\(number)")
    }
    var newLock = plan.lockFile(
      sealed: sealed, publicKeys: publicKeys, request: request, certificate: "sha256:c",
      state: state)
    // The caller has the clock: it decides what is due, whenever it was done.
    newLock.credentials = newLock.credentials.mapValues { $0.taken(at: Timestamp(seconds: 0)) }
    let after = try zip(files, rendered).map { file, bytes in
      PlannedFile(
        template: file.template, outputPath: file.outputPath,
        manifest: try SealedSecretFile(SourceText(bytes.bytes)))
    }
    return intern(newLock, after)
  }

  /// `status` must say what the run does: the same step, and due if the run has one.
  private func checkStatus(_ upcoming: [Upcoming], _ plan: RunPlan, _ now: Timestamp) throws {
    let steps = plan.steps + plan.waiting
    for next in upcoming {
      let name = next.plan.credential.name
      let step = steps.first { $0.credential.name == name }
      let isDue = next.due.map { $0 <= now } ?? false
      if isDue, step == nil {
        throw Failure("status says that \(name) is due, and no step is planned")
      }
      if let step, step.step != next.plan.step {
        throw Failure("status says \(next.plan.step) of \(name), and the run plans \(step.step)")
      }
      // The model lets tokens expire at any moment, but `status` has only the clock.
      if let step, step.isOpen, !isDue, step.step != .retire {
        throw Failure("\(name) takes a step that status says is not due")
      }
    }
    for step in steps
    where !upcoming.contains(where: { $0.plan.credential.name == step.credential.name }) {
      throw Failure("status has no step of \(step.credential.name), and the run plans one")
    }
  }

  private func intern(lock: LockFile?, files: [PlannedFile], step: Int) throws {
    guard try run(files, lock, step, Timestamp(seconds: 0), nil) == 0 else {
      throw Failure("nothing was sealed")
    }
  }

  private func intern(_ lock: LockFile, _ files: [PlannedFile]) -> Int {
    let key = String(
      decoding: files.flatMap { $0.manifest?.bytes ?? [] } + lock.render(environment: "prod"),
      as: UTF8.self)
    if let known = byContent[key] { return known }
    states.append(State(content: content(lock, files), lock: lock, files: files))
    byContent[key] = states.count - 1
    return states.count - 1
  }

  /// The base64 of two or three letters.
  private func base64(_ text: String) -> String {
    let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/")
    let bytes = Array(text.utf8) + [0, 0]
    let word = Int(bytes[0]) << 16 | Int(bytes[1]) << 8 | Int(bytes[2])
    let digits = [18, 12, 6, 0].map { alphabet[word >> $0 & 63] }
    return String(digits.prefix(text.utf8.count + 1))
      + String(repeating: "=", count: 3 - text.utf8.count)
  }

  // MARK: Files

  private func templates(hasNext: Bool) throws -> [PlannedFile] {
    var texts: [String] = []
    if subject.hasKeys {
      texts.append(
        "apiVersion: v1\nkind: Secret\nmetadata: {name: api, namespace: ns}\nstringData:\n  KEY: ${key}\n"
          + (hasNext && subject != .pairs
            ? "  PREVIOUS: ${key.previous}\n  NEXT: ${key.next}\n" : ""))
    }
    if subject.hasRoles {
      texts.append(
        "apiVersion: v1\nkind: Secret\nmetadata: {name: db, namespace: ns}\nstringData: {password: \"${db}\"}\n"
      )
    }
    return try texts.map { text in
      let template = try Template(
        path: "t-template.yml", SourceText(Array(text.utf8)), credentials: workspace.groups)
      return PlannedFile(
        template: template, outputPath: "out/\(template.secrets[0].name).yml", manifest: nil)
    }
  }

  private func configMaps() throws -> [PlannedConfigMaps] {
    guard subject == .pairs else { return [] }
    let text =
      "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: jwks, namespace: ns}\ndata: {jwks.json: \"${key.jwks}\"}\n"
    let template = try Template(
      path: "j-template.yml", SourceText(Array(text.utf8)), credentials: workspace.groups)
    return [PlannedConfigMaps(template: template, outputPath: "out/j.yml", bytes: nil)]
  }

  private func content(_ lock: LockFile, _ files: [PlannedFile]) -> Content {
    var content = Content()
    for file in files {
      for document in file.manifest?.documents ?? [] {
        func value(_ key: String) -> UInt8 {
          guard let bytes = document.value(key)?.bytes else { return 0 }
          // Values are counted from 0, and 0 means none.
          return (UInt8(String(decoding: bytes.dropFirst(), as: UTF8.self)) ?? 0) + 1
        }
        switch document.name {
        case "api":
          (content.current, content.previous, content.next) = (
            value("KEY"), value("PREVIOUS"), value("NEXT")
          )
        case "db-b": content.passwords[1] = value("password")
        default: content.passwords[0] = value("password")
        }
      }
    }
    if subject == .pairs {
      func value(_ name: String) -> UInt8 {
        let text = lock.credentials[name]?.publicKey?.base64 ?? ""
        return text.isEmpty ? 0 : (UInt8(text.dropFirst()) ?? 0) + 1
      }
      // The published values; the Secret has only the first of them.
      (content.previous, content.next) = (value("key.previous"), value("key.next"))
    }
    content.role = lock.credentials["db"]?.role == "b" ? 1 : 0
    return content
  }
}

extension LockFile.Credential {
  fileprivate func taken(at time: Timestamp) -> LockFile.Credential {
    var taken = LockFile.Credential(
      rotation: rotation, time: time, generation: generation, phase: phase, step: step)
    taken.role = role
    taken.isAssumed = isAssumed
    taken.publicKey = publicKey
    return taken
  }
}

struct Failure: Error, CustomStringConvertible {
  let description: String
  init(_ description: String) { self.description = description }
}
