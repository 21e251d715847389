/// The repository of a simulation: commits by the real planner, with their times.

import Kubernetes
import Manifests
import Planning
import Text
import Workspace
import YAML

/// A commit: the content of git, and its time.
struct Commit {
  let files: [PlannedFile]
  var configMaps: [PlannedConfigMaps] = []
  let lock: LockFile?
  let time: Int
}

/// The subject of the simulation.
enum World: String, CaseIterable {
  /// A key that is published ahead; pods sign and verify with it.
  case keys
  /// The same, with a copy of its Secret in another namespace, where pods also use it.
  case copies
  /// A key pair: pods sign, and verifiers read the public keys in various ways.
  case published
  /// A pair of roles, whose clients write to a primary and read from its standby.
  case roles

  fileprivate var template: String {
    switch self {
    case .keys, .copies:
      """
      apiVersion: v1
      kind: Secret
      metadata: {name: api, namespace: ns\(self == .copies ? ", annotations: {replicator.v1.mittwald.de/replicate-to: jobs}" : "")}
      stringData:
        KEY: ${key}
        PREVIOUS: ${key.previous}
        NEXT: ${key.next}
      """
    case .published:
      """
      apiVersion: v1
      kind: Secret
      metadata: {name: api, namespace: ns}
      stringData:
        KEY: ${key}
      """
    case .roles:
      """
      apiVersion: v1
      kind: Secret
      metadata: {name: db, namespace: ns}
      stringData:
        username: ${key.role}
        password: ${key}
        reads: ${key.role}@pg-ro
      """
    }
  }

  fileprivate var credential: String {
    switch self {
    case .roles:
      "{generate: {kind: hex, bytes: 32}, roles: {a: app_a, b: app_b}, rotateEvery: 2d}"
    case .published:
      "{generate: {kind: ed25519}, use: jwt, rotateEvery: 30d, tokenLifetime: 7d, cacheTime: 10m}"
    case .keys, .copies:
      "{generate: {kind: base64url, bytes: 64}, use: jwt, rotateEvery: 30d, tokenLifetime: 7d}"
    }
  }
}

struct SimulatedRepository {
  static let digest: SHA256 = { bytes in bytes.map { String($0, radix: 16) }.joined(separator: ".")
  }
  static let lifetime = 7 * 86_400
  static let interval = 30 * 86_400

  let workspace: Workspace
  /// The commits, of which the last is in force; a revert adds one.
  private(set) var commits: [Commit] = []
  /// By credential: when its last step was reverted.
  private(set) var reverted: Int?
  private(set) var steps = 0

  let world: World

  init(_ world: World, at time: Int) throws {
    self.world = world
    let text = """
      apiVersion: moltseal.dev/v1
      kind: Workspace
      credentials:
        key: \(world.credential)
      environments:
        prod: {kustomization: k.yml, output: out, deployed: false}
      """
    workspace = try Workspace(SourceText(Array(text.utf8)))
    commits = [
      Commit(files: try templates(), configMaps: try published(), lock: nil, time: time)
    ]
    guard try step(at: time, evidence: nil) else { throw Failure("nothing was sealed") }
  }

  var head: Commit { commits[commits.count - 1] }

  private func templates() throws -> [PlannedFile] {
    let template = try Template(
      path: "t-template.yml", SourceText(Array((world.template + "\n").utf8)),
      credentials: workspace.groups)
    return [PlannedFile(template: template, outputPath: "out/api.yml", manifest: nil)]
  }

  private func published() throws -> [PlannedConfigMaps] {
    guard world == .published else { return [] }
    let text =
      "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: jwks, namespace: ns}\ndata: {jwks.json: \"${key.jwks}\"}\n"
    let template = try Template(
      path: "j-template.yml", SourceText(Array(text.utf8)), credentials: workspace.groups)
    return [PlannedConfigMaps(template: template, outputPath: "out/jwks.yml", bytes: nil)]
  }

  var state: EnvironmentState {
    EnvironmentState(
      workspace: workspace, environment: workspace.environments[0], files: head.files,
      configMaps: head.configMaps, lock: head.lock, certificate: "sha256:c", sha256: Self.digest)
  }

  /// Takes the open step, as a daily job would.
  ///
  /// - Parameter restarts: whether the consumers restart instead.
  /// - Parameter isUnswitched: whether a workload of the pair is not in the switch yet.
  /// - Returns: whether anything was committed.
  mutating func step(
    at now: Int, evidence: Evidence?, restarts: Bool = false, isUnswitched: Bool = false
  ) throws -> Bool {
    let state = state
    let time = Timestamp(seconds: now)
    let request = RunRequest(
      naming: NamedCredentials(restart: restarts ? ["key"] : []),
      others: restarts ? .none : .due, now: time,
      rotation: "r-\(time.compact)-0000000000000001",
      arrivals: Arrivals(
        evidence: evidence, reverted: reverted.map { ["key": Timestamp(seconds: $0)] } ?? [:],
        unswitched: isUnswitched ? ["key"] : []))
    let plan = Planner(state: state, request: request).plan(available: [])
    guard plan.refusals.isEmpty else { throw Failure("refused: \(plan.refusals.map(\.reason))") }
    guard !plan.steps.isEmpty || restarts else { return false }
    steps += 1
    var sealed: [LockFile.ItemID: SealedValue] = [:]
    var publicKeys: [String: LockFile.PublicKey] = [:]
    for (index, (_, item)) in plan.sealedItems.enumerated() {
      let value = Self.base64("\(index)x\(steps)")
      sealed[item.id] = SealedValue(sealed: value)
      // A key is identified by its ciphertext, which moves but is never made again.
      let name = item.item.expression.nextOf == nil ? "key" : "key.next"
      publicKeys[name] = LockFile.PublicKey(base64: value, jwk: "{\"kid\":\"\(value)\"}")
    }
    if world != .published { publicKeys = [:] }
    let rendered = try plan.render(
      sealed: sealed, waiting: state.lock?.waiting ?? [], rotation: request.rotation,
      surroundings: { _ in BuildSurroundings(leavesNamespaceOut: false, labels: { _ in [] }) })
    let lock = plan.lockFile(
      sealed: sealed, publicKeys: publicKeys, request: request, certificate: "sha256:c",
      state: state)
    let files = try zip(state.files, rendered).map { file, bytes in
      PlannedFile(
        template: file.template, outputPath: file.outputPath,
        manifest: try SealedSecretFile(SourceText(bytes.bytes)))
    }
    let configMaps = zip(state.configMaps, plan.renderConfigMaps(lock, state)).map { old, new in
      PlannedConfigMaps(template: old.template, outputPath: old.outputPath, bytes: new.bytes)
    }
    commits.append(Commit(files: files, configMaps: configMaps, lock: lock, time: now))
    if !plan.steps.isEmpty { reverted = nil }
    return true
  }

  /// Reverts the last commit; nothing happens if it is the first sealing.
  mutating func revert(at now: Int) -> Bool {
    guard commits.count > 2 else { return false }
    let before = commits[commits.count - 2]
    commits.append(
      Commit(
        files: before.files, configMaps: before.configMaps, lock: before.lock, time: now))
    // The revert of a revert takes the step again, and nothing is then held back.
    func generation(_ commit: Commit) -> Int { commit.lock?.credentials["key"]?.generation ?? 0 }
    reverted = generation(before) < generation(commits[commits.count - 2]) ? now : nil
    return true
  }

  /// The base64 of a short text.
  static func base64(_ text: String) -> String {
    let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/")
    var (result, bytes) = ("", Array(text.utf8)[...])
    while !bytes.isEmpty {
      let part = Array(bytes.prefix(3))
      bytes = bytes.dropFirst(3)
      let word = part.enumerated().reduce(0) { $0 | Int($1.element) << (16 - 8 * $1.offset) }
      let digits = [18, 12, 6, 0].map { alphabet[word >> $0 & 63] }
      result +=
        String(digits.prefix(part.count + 1)) + String(repeating: "=", count: 3 - part.count)
    }
    return result
  }
}
