/// How `live` looks on a terminal: one line a credential, then what is in the way.

internal import Kubernetes
internal import Cluster
internal import Manifests
package import Planning
internal import Reporting
internal import Text
internal import Words
internal import Workspace

/// Evidence about one environment.
package struct LiveScreen {
  let evidence: Evidence
  let state: EnvironmentState

  /// - Parameter state: the environment that the evidence is about.
  package init(evidence: Evidence, state: EnvironmentState) {
    self.evidence = evidence
    self.state = state
  }

  /// The columns: their heads, and the facts that each shows the first of.
  private static let columns: [(head: String, facts: [Fact])] = [
    ("MERGED", [.merged]), ("SYNCED", [.synced]), ("UNSEALED", [.unsealed]),
    ("DATABASE", [.altered]), ("PODS", [.rolled]),
    ("OLD ONE FREE", [.released, .expired]), ("PUBLISHED", [.published]),
  ]

  /// The evidence for a person.
  package var screen: Screen {
    var screen = Screen()
    let name = state.environment.cluster.context ?? evidence.cluster?.server
    let cluster = name.map { "cluster \($0), " } ?? ""
    screen.line("\(evidence.environment)   \(cluster)looked at \(evidence.time)", hang: 2)
    screen.blank()
    guard !evidence.credentials.isEmpty else {
      screen.line("Nothing has been sealed yet.")
      return screen
    }
    let credentials = evidence.credentials.sorted { $0.key < $1.key }
    let columns = Self.columns.filter { column in
      column.facts.contains { fact in credentials.contains { $0.value.answers[fact] != nil } }
    }
    screen.table(
      [(["CREDENTIAL"] + columns.map(\.head), nil)]
        + credentials.map { name, seen in
          (
            [name]
              + columns.map { column in
                column.facts.lazy.compactMap { seen.answers[$0] }.first?.kind.rawValue ?? "-"
              }, isOpen(seen) ? .done : .waits
          )
        })
    if Notices.isVerbose {
      addEverything(credentials, to: &screen)
    } else {
      addReasons(credentials, to: &screen)
    }
    screen.blank()
    screen.line(end)
    return screen
  }

  /// What is in the way of each credential: the first answer that is no yes, and those that say
  /// something else.
  private func addReasons(
    _ credentials: [(key: String, value: CredentialEvidence)], to screen: inout Screen
  ) {
    var rows: [[String]] = []
    for (name, seen) in credentials {
      var known: [String] = []
      for fact in Fact.allCases {
        guard let answer = seen.answers[fact], !answer.isYes, !known.includes(answer.reason) else {
          continue
        }
        rows.append([known.isEmpty ? name : "", fact.rawValue, answer.reason])
        known.append(answer.reason)
      }
      if let restart = restart(name, seen) { rows.append(["", "", restart]) }
    }
    guard !rows.isEmpty else { return }
    screen.blank()
    screen.table(rows)
  }

  private func addEverything(
    _ credentials: [(key: String, value: CredentialEvidence)], to screen: inout Screen
  ) {
    for (name, seen) in credentials {
      let phase = state.lock?.credentials[name]?.phase?.rawValue ?? "sealed"
      screen.blank()
      screen.line("\(name): generation \(seen.generation), \(phase) by \(seen.step)")
      screen.table(
        Fact.allCases.compactMap { fact in
          seen.answers[fact].map { [fact.rawValue, $0.kind.rawValue, $0.reason] }
        })
      if let restart = restart(name, seen) { screen.line("  \(restart)") }
    }
  }

  /// What helps pods that will not start again by themselves; nil if there are none.
  private func restart(_ name: String, _ seen: CredentialEvidence) -> String? {
    guard seen.answers[.rolled]?.needsRestart == true else { return nil }
    return
      "if nothing is rolling: moltseal rotate \(CLI.env) \(evidence.environment) \(CLI.restart) \(name)"
  }

  private func isOpen(_ seen: CredentialEvidence) -> Bool {
    seen.answers.values.allSatisfy(\.isYes)
  }

  private var end: String {
    let steps = Planner(
      state: state,
      request: RunRequest(
        others: .due, now: evidence.time, rotation: "", arrivals: Arrivals(evidence: evidence))
    ).plan(available: []).steps.filter { $0.step != .seal }
    if let step = steps.first {
      let more = steps.count > 1 ? " and \(steps.count - 1) more" : ""
      return
        "Next: moltseal rotate \(CLI.env) \(evidence.environment) \(CLI.live) (\(step.step.shortWords), \(step.credential.name)\(more))"
    }
    return evidence.hasArrived
      ? "Everything has arrived, and nothing is due." : "Nothing can be done yet."
  }
}

extension Evidence {
  /// Whether nothing of what can arrive is still on its way.
  package var hasArrived: Bool {
    credentials.values.allSatisfy { credential in
      [.synced, .unsealed, .rolled].allSatisfy { credential.answers[$0]?.isYes ?? true }
    }
  }
}
