/// Random paths of many rotations, as JSON lines that real systems can follow.

import Planning

struct Walks {
  private let exploration: Exploration
  private let rotations: Int
  private var random: Random

  init(_ subject: Subject, rotations: Int, seed: UInt64) throws {
    exploration = try Exploration(subject, steps: 1 << 20)
    self.rotations = rotations
    random = Random(state: seed)
  }

  mutating func print(_ count: Int) throws {
    var printed = 0
    while printed < count {
      guard let line = try walk() else { continue }
      Swift.print(line)
      printed += 1
    }
  }

  /// Tokens are counted in 64 bits.
  private static let maximumSteps = 60

  /// One path: a JSON object for each situation, including the first; nil if it gets too long.
  private mutating func walk() throws -> String? {
    var situation = exploration.start
    var lines = [json(nil, situation)]
    var rotated = 0
    while rotated < rotations {
      guard situation.history.steps < Self.maximumSteps else { return nil }
      let next = try exploration.successors(of: situation)
      // Reverts are rare, otherwise no rotation would be completed.
      let weights = next.map { event, _ -> Int in
        switch event {
        case .revert: 1
        case .step: 12
        case .restart: 4
        case .syncKeys, .syncSecret, .syncDeployment, .syncConfigMap, .alter, .roll, .expire,
          .refresh:
          12
        }
      }
      var pick = Int(random.next() % UInt64(weights.reduce(0, +)))
      let index = weights.firstIndex { weight in
        pick -= weight
        return pick < 0
      }
      guard let index else { break }
      let (event, after) = next[index]
      let (old, new) = (
        exploration.repository.states[situation.history.head].content,
        exploration.repository.states[after.history.head].content
      )
      if case .step = event,
        new.role != old.role || new.current != old.current
          || exploration.repository.subject == .single
      {
        rotated += 1
      }
      situation = after
      if let refusal = situation.cluster.refusal, exploration.repository.subject != .single {
        throw Failure(refusal)
      }
      lines.append(json(event, situation))
    }
    return "[" + lines.joined(separator: ",") + "]"
  }

  private func json(_ event: Event?, _ situation: Situation) -> String {
    let cluster = situation.cluster
    let pods = cluster.pods.map {
      "{\"role\":\"\(name($0.role))\",\"password\":\($0.password),\"keys\":\($0.keys)}"
    }
    return "{\"event\":\"\(event?.words ?? "start")\",\"secrets\":\(cluster.secrets),"
      + "\"database\":\(cluster.database),\"keys\":\(cluster.keys),"
      + "\"published\":\(cluster.published),\"caches\":\(cluster.caches),\"tokens\":\(cluster.tokens),\"pods\":[\(pods.joined(separator: ","))]}"
  }
}

/// SplitMix64, so that a seed gives the same paths everywhere.
struct Random {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var value = state
    value = (value ^ (value >> 30)) &* 0xBF58_476D_1CE4_E5B9
    value = (value ^ (value >> 27)) &* 0x94D0_49BB_1331_11EB
    return value ^ (value >> 31)
  }
}
