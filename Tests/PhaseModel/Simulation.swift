/// Random lives of a cluster with a clock, in which the real `Observation` looks and the real
/// planner takes steps.
///
/// Syncs are late, rollouts stop halfway, nodes are lost, containers restart, pods come and go,
/// steps are reverted, looks are missed. A valid token must never be refused, and when all is calm
/// every due key is rotated.

import Kubernetes
import Cluster
import Manifests
import Planning

struct Simulation {
  /// A part of the real code that is removed, to check that the simulation notices.
  enum Weakness: String, CaseIterable {
    /// Every look counts as if it was taken when the Secret was made.
    case forgetful
    /// Gates are open whatever was seen.
    case forged
  }

  private var random: Random
  private var now = 1_800_000_000
  private var repository: SimulatedRepository
  private var cluster: SimulatedCluster
  private var earlier: Evidence?
  private let weakness: Weakness?
  private var trace: [String] = []

  init(seed: UInt64, _ world: World, _ weakness: Weakness?) throws {
    random = Random(state: seed)
    self.weakness = weakness
    repository = try SimulatedRepository(world, at: now)
    // A copy says which version it is, but only the Secret's own metadata tells the current
    // version.
    let kind = world == .keys ? Int(random.next() % 4) : 0
    let traits = Traits(
      world: world, readsSecrets: kind != 1 && kind != 2, isOldController: kind == 2)
    cluster = SimulatedCluster(repository.head, traits, at: now)
  }

  private mutating func pick(_ count: Int) -> Int { Int(random.next() % UInt64(count)) }

  /// Runs one life.
  ///
  /// - Returns: why it failed, with its events; nil if it did not.
  mutating func run(events: Int) throws -> (reason: String, trace: [String])? {
    for _ in 0..<events {
      try happen()
      cluster.sign(at: now)
      if let refusal = cluster.refusal(at: now) { return (refusal, trace) }
    }
    return try calm()
  }

  private mutating func pass(_ seconds: Int) { now += seconds }

  private mutating func happen() throws {
    switch pick(28) {
    case 0: pass([1, 30, 100, 600][pick(4)])
    case 1: pass(3600 * (1 + pick(24)))
    case 2, 20: pass(86_400 * (1 + pick(12)))
    case 3, 4:
      cluster.sync(repository.head)
      trace.append("\(now) sync")
    case 5, 6:
      cluster.unseal(at: now)
      pass(2)
      trace.append("\(now) unseal")
    case 7, 8:
      cluster.syncDeployment(repository.head, at: now)
      trace.append("\(now) sync deployment")
    case 9, 10, 21:
      let hangs = pick(3) == 0
      if cluster.roll(at: now, hangs: hangs) {
        trace.append("\(now) roll\(hangs ? ", hangs" : "")")
      }
    case 11:
      if pick(2) == 0, let index = cluster.pods.firstIndex(where: { $0.deleted != nil }) {
        cluster.pods.remove(at: index)
        trace.append("\(now) the lost pod ends")
      }
    case 12:
      let index = pick(cluster.pods.count)
      cluster.restart(index, at: now, isStale: pick(2) == 0)
      trace.append("\(now) restart \(index)")
    case 13:
      let whole = cluster.pods.indices.filter {
        cluster.pods[$0].deleted == nil && cluster.pods[$0].failure == nil
          && !cluster.pods[$0].isOfCopy
      }
      if whole.count > 2 { cluster.pods.remove(at: whole[pick(whole.count)]) }
      cluster.start(at: now)
      trace.append("\(now) a pod comes, or is replaced")
    case 14:
      guard pick(5) == 0, repository.revert(at: now) else { break }
      trace.append("\(now) revert")
      // Somebody changes their mind within the hour, and nobody has looked in between.
      guard pick(2) == 0 else { break }
      for _ in 0..<2 {
        cluster.sync(repository.head)
        cluster.unseal(at: now)
        pass(300)
        let isWhole = pick(2) == 0
        for index in cluster.pods.indices where isWhole || pick(2) == 0 {
          cluster.restart(index, at: now, isStale: false)
        }
        cluster.sign(at: now)
        if pick(2) == 0, repository.revert(at: now) { trace.append("\(now) revert of that") }
      }
    case 15:
      let lost = cluster.pods.firstIndex { $0.deleted != nil && $0.failure == nil }
      let index = (pick(4) == 0 ? lost : nil) ?? pick(cluster.pods.count)
      if pick(3) == 0, cluster.pods[index].failure == nil {
        cluster.fail(index, at: now)
        trace.append("\(now) pod \(cluster.pods[index].uid) fails")
      }
    case 16:
      cluster.copySecret(at: now)
      trace.append("\(now) copy")
    case 17:
      if cluster.copy != nil {
        cluster.replaceUserOfCopy(at: now)
        trace.append("\(now) the user of the copy starts anew")
      }
    case 18:
      cluster.syncKeys(repository.head, at: now)
      trace.append("\(now) sync keys")
    case 19:
      guard !cluster.verifiers.isEmpty else { break }
      let (index, isNew) = (pick(cluster.verifiers.count), pick(2) == 0)
      cluster.restartVerifier(index, at: now, isNew: isNew, isStale: pick(2) == 0)
      trace.append("\(now) verifier \(index) starts \(isNew ? "anew" : "again")")
    default: try day()
    }
    cluster.refreshVerifiers(at: now)
    pass(1)
  }

  /// A look, and the open step.
  private mutating func day() throws {
    let evidence = try look()
    if try repository.step(at: now, evidence: evidence) { trace.append("\(now) step \(phase)") }
  }

  private var phase: String {
    repository.head.lock?.credentials["key"]?.phase?.rawValue ?? "none"
  }

  private mutating func look() throws -> Evidence {
    let observation = Observation(
      state: repository.state, reading: try cluster.reading(at: now),
      consumers: BuiltConsumers(
        workloads: ["ns/api": [("Deployment", "api")]], places: ["key": ["Deployment/ns/api"]]),
      earlier: earlier, merged: .yes("the simulation"), now: Timestamp(seconds: now),
      sha256: SimulatedRepository.digest)
    var evidence = observation.evidence
    earlier = evidence
    let past = Timestamp(seconds: now - 1000 * 86_400)
    switch weakness {
    case .forgetful:
      if evidence.credentials["key"]?.signersEnded != nil {
        evidence.credentials["key"]?.signersEnded = Timestamp(seconds: cluster.secret.written + 30)
      }
    case .forged:
      evidence.credentials["key"]?.answers = [
        .rolled: .yes("forged"), .expired: .yes("forged"), .published: .yes("forged"),
      ]
      evidence.credentials["key"]?.publishedAt = past
      evidence.credentials["key"]?.signersEnded = past
    case nil: break
    }
    return evidence
  }

  /// Eighty days in which everything arrives; somebody restarts whatever says that it waits for a
  /// restart.
  private mutating func calm() throws -> (reason: String, trace: [String])? {
    let before = repository.steps
    // Lost nodes are gone with their pods; evicted pods stay for inspection.
    cluster.pods.removeAll { $0.deleted != nil }
    for day in 0..<80 {
      cluster.sync(repository.head)
      cluster.syncKeys(repository.head, at: now)
      cluster.unseal(at: now)
      pass(60)
      cluster.syncDeployment(repository.head, at: now)
      while cluster.roll(at: now, hangs: false) { pass(5) }
      while cluster.ownPods.count < cluster.replicas { cluster.start(at: now) }
      while let extra = cluster.ownPods.first, cluster.ownPods.count > cluster.replicas {
        cluster.pods.remove(at: extra)
      }
      cluster.copySecret(at: now)
      pass(5)
      if cluster.copy != nil { cluster.replaceUserOfCopy(at: now) }
      pass(800)
      cluster.refreshVerifiers(at: now)
      // Somebody restarts the readers that read the keys only once.
      for index in cluster.verifiers.indices {
        cluster.restartVerifier(index, at: now, isNew: true, isStale: false)
      }
      cluster.sign(at: now)
      let evidence = try look()
      if try repository.step(at: now, evidence: evidence) {
        trace.append("\(now) calm day \(day): \(phase)")
      } else if evidence.credentials["key"]?.answers[.rolled]?.needsRestart == true {
        _ = try repository.step(at: now, evidence: evidence, restarts: true)
        trace.append("\(now) calm day \(day): restart")
      }
      pass(86_400 - 900)
      cluster.sign(at: now)
      if let refusal = cluster.refusal(at: now) { return (refusal, trace) }
    }
    // Nothing there says when a Secret was made, and its metadata may not be read: that stays
    // unknown forever.
    if cluster.traits.isOldController, !cluster.traits.readsSecrets { return nil }
    let last = repository.head.lock?.credentials["key"]?.time.seconds ?? 0
    let limit = SimulatedRepository.interval + SimulatedRepository.lifetime + 3 * 86_400
    if repository.steps == before || now - last > limit {
      return ("halted: \(phase), last rotated \((now - last) / 86_400) days ago", trace)
    }
    return nil
  }
}
