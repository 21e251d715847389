/// Every interleaving of all events, up to a number of steps.

import Planning

/// The commits: the states of the repository that led to the present one.
struct History: Hashable {
  var states: [Int]
  /// Whether the last commit was a revert.
  var isReverted = false
  /// How many steps the planner has taken, including reverted ones.
  var steps = 0

  var head: Int { states[states.count - 1] }
}

struct Situation: Hashable {
  var history: History
  var cluster: Cluster
}

struct Exploration {
  let repository: Repository
  let maximumSteps: Int
  let pods: Int
  /// Whether a second revert in a row has to wait as well.
  let gatesReverts: Bool

  init(
    _ subject: Subject, without gate: Gate? = nil, gatesReverts: Bool = true, steps: Int,
    pods: Int = 2
  ) throws {
    self.gatesReverts = gatesReverts
    repository = try Repository(
      subject, gates: Set(Gate.allCases).subtracting([gate].compactMap { $0 }))
    maximumSteps = steps
    self.pods = pods
  }

  var start: Situation {
    Situation(
      history: History(states: [0]),
      cluster: Cluster(repository.states[0].content, pods: pods, repository.subject))
  }

  /// Every event that can happen next.
  func successors(of situation: Situation) throws -> [(Event, Situation)] {
    let (history, cluster) = (situation.history, situation.cluster)
    let content = repository.states[history.head].content
    var next: [(Event, Situation)] = []
    for event in events(cluster) {
      guard let after = cluster.after(event, content, repository.subject) else { continue }
      next.append((event, Situation(history: history, cluster: after)))
    }
    let truth = cluster.truth(content, repository.subject)
    for isDue in [true, false] where history.steps < maximumSteps {
      let state = try repository.step(
        from: history.head, number: history.steps + 1, isDue: isDue, truth)
      guard let state else { continue }
      var after = situation
      after.history.states.append(state)
      after.history.isReverted = false
      after.history.steps += 1
      next.append((.step(state), after))
    }
    // The last step may be reverted at any moment; a second revert in a row needs the same evidence
    // as the step to that state.
    if history.states.count > 1 {
      let before = repository.states[history.states[history.states.count - 2]].content
      if !history.isReverted || isOpen(from: content, to: before, truth) {
        var after = situation
        after.history.states.removeLast()
        after.history.isReverted = true
        next.append((.revert, after))
      }
    }
    return next
  }

  private func isOpen(from: Content, to: Content, _ truth: [Fact: Bool]) -> Bool {
    if !gatesReverts { return true }
    func isTrue(_ fact: Fact) -> Bool { truth[fact] == true }
    if repository.subject == .pairs, from.keys != to.keys, !isTrue(.published) { return false }
    if from.keys != to.keys, !isTrue(.rolled) || !isTrue(.expired) { return false }
    if from.role != to.role, !isTrue(.altered) { return false }
    if from.passwords != to.passwords, !isTrue(.released) { return false }
    return true
  }

  private func events(_ cluster: Cluster) -> [Event] {
    var events: [Event] = [.syncDeployment]
    if repository.subject.hasKeys {
      events.append(.syncKeys)
      for key in UInt8(1)..<63 where cluster.tokens >> UInt64(key) & 1 == 1 {
        events.append(.expire(key))
      }
    }
    if repository.subject == .pairs { events += [.syncConfigMap, .refresh(0), .refresh(1)] }
    if repository.subject.hasRoles {
      for role in UInt8(0)..<(repository.subject == .single ? 1 : 2) {
        events += [.syncSecret(role), .alter(role)]
      }
    }
    for pod in 0..<pods { events += [.roll(pod), .restart(pod)] }
    return events
  }

  /// The shortest path to a refusal, if there is one, and the number of situations that were
  /// examined.
  func explore() throws -> (
    found: (path: [Event], refusal: String)?, situations: Int
  ) {
    var seen: [Situation: Int] = [start: 0]
    var order = [start]
    var parents: [(Int, Event)?] = [nil]
    var position = 0
    while position < order.count {
      let situation = order[position]
      if let refusal = situation.cluster.refusal {
        var path: [Event] = []
        var at = position
        while let (parent, event) = parents[at] {
          path.append(event)
          at = parent
        }
        return ((path.reversed(), refusal), order.count)
      }
      for (event, next) in try successors(of: situation) where seen[next] == nil {
        seen[next] = order.count
        order.append(next)
        parents.append((position, event))
      }
      position += 1
    }
    return (nil, order.count)
  }
}
