/// Random lives of a pair of roles with a clock: the real `Observation` looks, and the real planner
/// takes steps.
///
/// Each object syncs separately, the database and its standby lag, clients hang on lost nodes, a
/// merged workload names a role itself, evidence is used up to an hour later, steps are reverted.
/// No client may be refused.

import Kubernetes
import Cluster
import Manifests
import Planning

struct PairSimulation {
  private var random: Random
  private var now = 1_800_000_000
  private var repository: SimulatedRepository
  private var cluster: SimulatedPair
  private var earlier: Evidence?
  /// Evidence from up to an hour ago, which may be used again.
  private var kept: Evidence?
  private let weakness: Simulation.Weakness?
  private var trace: [String] = []
  /// The second workload in git: the role that it names itself, or `switched`.
  private var worker: String?

  init(seed: UInt64, _ weakness: Simulation.Weakness?) throws {
    random = Random(state: seed)
    self.weakness = weakness
    repository = try SimulatedRepository(.roles, at: now)
    cluster = SimulatedPair(repository.head, at: now)
  }

  private mutating func pick(_ count: Int) -> Int { Int(random.next() % UInt64(count)) }

  private var inUse: String { repository.head.lock?.credentials["key"]?.role ?? "a" }
  private var phase: String {
    repository.head.lock?.credentials["key"]?.phase?.rawValue ?? "none"
  }

  /// Runs one life.
  ///
  /// - Returns: why it failed, with its events; nil if it did not.
  mutating func run(events: Int) throws -> (reason: String, trace: [String])? {
    for _ in 0..<events {
      try happen()
      now += 1
      if let refusal = cluster.refusal { return (refusal, trace) }
    }
    return try calm()
  }

  private mutating func happen() throws {
    let role = SimulatedPair.roles[pick(2)]
    switch pick(26) {
    case 0: now += [1, 30, 100, 600][pick(4)]
    case 1: now += 3600 * (1 + pick(24))
    case 2, 20: now += 86_400 * (1 + pick(4))
    case 3, 4:
      cluster.syncSecret(role, repository.head)
      trace.append("\(now) sync \(role)")
    case 5, 6:
      cluster.unseal(role, at: now)
      trace.append("\(now) unseal \(role)")
    case 7, 8:
      cluster.alter(role)
      trace.append("\(now) alter \(role)")
    case 9, 10:
      cluster.replay()
      trace.append("\(now) replay")
    case 11:
      syncDeployments()
      trace.append("\(now) sync deployments")
    case 12, 13:
      let hangs = pick(3) == 0
      if cluster.roll(at: now, hangs: hangs) {
        trace.append("\(now) roll\(hangs ? ", hangs" : "")")
      }
    case 14:
      if pick(2) == 0 { cluster.endLost() }
    case 15:
      if !cluster.clients.isEmpty {
        let index = pick(cluster.clients.count)
        cluster.restart(index, at: now, isStale: pick(2) == 0)
        trace.append("\(now) restart \(index)")
      }
    case 16:
      if pick(8) == 0, repository.revert(at: now) { trace.append("\(now) revert") }
    case 17:
      // One that is merged while a new password of its role is on its way can no longer be helped.
      if worker == nil, pick(2) == 0, cluster.hasArrived(role, repository.head) {
        // Evidence was taken just before, or not.
        if pick(2) == 0 { kept = try look() }
        worker = role
        trace.append("\(now) a worker names \(role)")
        if pick(2) == 0 { syncDeployments() }
      }
    case 18:
      kept = try look()
      trace.append("\(now) look")
    case 19, 21, 22:
      if let kept, now - kept.time.seconds <= Evidence.lifetime {
        try step(kept)
      }
    default: try step(try look())
    }
  }

  private mutating func syncDeployments() {
    cluster.syncDeployment("api", to: inUse)
    guard let worker else { return }
    cluster.syncDeployment("worker", to: worker == "switched" ? inUse : worker)
    if !cluster.clients.contains(where: { $0.workload == "worker" && $0.deleted == nil }) {
      cluster.start("worker", at: now)
    }
  }

  /// The run of one day, which also adds a workload to the switch.
  private mutating func step(_ evidence: Evidence) throws {
    let isUnswitched = worker != nil && worker != "switched"
    let held = evidence.held(against: consumers.places)
    if try repository.step(at: now, evidence: held, isUnswitched: isUnswitched) {
      trace.append("\(now) step \(phase)")
    }
    if isUnswitched { worker = "switched" }
  }

  private var consumers: BuiltConsumers {
    let names = ["api"] + (worker == nil ? [] : ["worker"])
    let workloads = names.map { (kind: "Deployment", name: $0) }
    return BuiltConsumers(
      workloads: ["ns/db-a": workloads, "ns/db-b": workloads],
      places: ["key": names.map { "Deployment/ns/\($0)" }])
  }

  private mutating func look() throws -> Evidence {
    var evidence = Observation(
      state: repository.state, reading: try cluster.reading(at: now), consumers: consumers,
      earlier: earlier, merged: .yes("the simulation"), now: Timestamp(seconds: now),
      sha256: SimulatedRepository.digest
    ).evidence
    earlier = evidence
    if weakness == .forged {
      evidence.credentials["key"]?.answers = [
        .rolled: .yes("forged"), .released: .yes("forged"), .altered: .yes("forged"),
      ]
    }
    return evidence
  }

  /// Eighty days in which everything arrives; somebody restarts whatever says that it waits for a
  /// restart.
  private mutating func calm() throws -> (reason: String, trace: [String])? {
    let before = repository.steps
    cluster.endLost()
    for day in 0..<80 {
      for role in SimulatedPair.roles {
        cluster.syncSecret(role, repository.head)
        cluster.unseal(role, at: now)
        cluster.alter(role)
      }
      cluster.replay()
      now += 60
      syncDeployments()
      while cluster.roll(at: now, hangs: false) { now += 5 }
      now += 600
      if let refusal = cluster.refusal { return (refusal, trace) }
      let steps = repository.steps
      let seen = try look()
      try step(seen)
      if repository.steps > steps {
        trace.append("\(now) calm day \(day): \(phase)")
      } else if seen.credentials["key"]?.answers[.rolled]?.needsRestart == true {
        _ = try repository.step(at: now, evidence: seen, restarts: true)
        cluster.replaceAll(at: now)
        trace.append("\(now) calm day \(day): restart")
      }
      now += 86_400 - 700
    }
    let last = repository.head.lock?.credentials["key"]?.time.seconds ?? 0
    if repository.steps == before || now - last > 8 * 86_400 {
      let seen = try look().credentials["key"]?.answers ?? [:]
      let closed = seen.values.filter { !$0.isYes }.map(\.reason).sorted()
      return (
        "halted: \(phase), last switched \((now - last) / 86_400) days ago: \(closed)", trace
      )
    }
    return nil
  }
}
