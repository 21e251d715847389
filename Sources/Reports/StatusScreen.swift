/// How `status` looks: one line a credential, then what somebody has to do.

package import Checking
internal import ClusterAccess
internal import Kubernetes
internal import Manifests
internal import Planning
internal import Reporting
internal import Words
internal import Workspace
package import YAML

extension StatusReport {
  /// The state for a person.
  package var screen: Screen {
    var screen = Screen()
    screen.line("\(environment.name)   \(summary)", hang: 2)
    screen.blank()
    screen.table([["CREDENTIAL", "AGE", "DUE", "NEXT STEP"]].map { ($0, nil) } + rows)
    if Notices.isVerbose { addPhases(to: &screen) }
    screen.blank()
    let faults = [certificateFault, refusal].compactMap { $0 }
    for fault in faults {
      screen.line("every rotation is refused: \(fault)", hang: 2, state: .refused)
    }
    for name in leaked { screen.line("compromised: \(name)", state: .refused) }
    for line in drift { screen.line("drift: \(line)", hang: 2, state: .waits) }
    if certificate != nil, certificateFault == nil, !isPinned {
      screen.line(
        "not pinned: compare the certificate's fingerprint, then: moltseal cert pin \(CLI.env) \(environment.name)",
        hang: 2, state: .waits)
    }
    let due = credentials.count {
      isDue($0.credential, last: $0.last, due: nextDue($0.credential, $0.due))
    }
    screen.line("\(due) of \(credentials.count) \(due == 1 ? "is" : "are") due.")
    return screen
  }

  /// Whether it runs, and its certificate.
  private var summary: String {
    let state = isLive ? "live" : environment.deployed ? "deployed" : "not deployed yet"
    guard let certificate else { return "\(state), no certificate" }
    let age = certificate.ageInDays(at: now)
    return "\(state), certificate \(isPinned ? "pinned" : "not pinned"), \(counted(age, "day")) old"
  }

  private var rows: [(cells: [String], state: Screen.State?)] {
    credentials.map { credential, last, due in
      let step = step(of: credential)
      let due = nextDue(credential, due)
      let isDue = isDue(credential, last: last, due: due)
      return (
        [
          credential.name, last.map { "\(days(since: $0))d" } ?? "-",
          last == nil && isDue ? "now" : due.map { words(of: $0) } ?? "-",
          next(credential, last, step),
        ], isDue ? .waits : nil
      )
    }
  }

  private func next(
    _ credential: Credential, _ last: Timestamp?,
    _ step: (step: Upcoming, last: LockFile.Credential?)?
  ) -> String {
    if credential.isSupplied {
      if last == nil { return credential.isOptional ? "optional, not supplied" : "supply a value" }
      return "supply a new value"
    }
    guard let step = step?.step else { return "-" }
    let words = step.plan.step.shortWords
    return step.plan.step == .seal ? "first value" : words
  }

  /// `in 78 days`, `today`, `3 days ago`.
  private func words(of due: Timestamp) -> String {
    // A day that has begun counts.
    let days = (due.seconds - now.seconds + 86_399) / 86_400
    if due.seconds <= now.seconds {
      let late = (now.seconds - due.seconds) / 86_400
      return late == 0 ? "today" : "\(counted(late, "day")) ago"
    }
    return "in \(counted(days, "day"))"
  }

  private func days(since time: Timestamp) -> Int { (now.seconds - time.seconds) / 86_400 }

  /// What each last step was, what the next one waits for, and what a revert would do.
  private func addPhases(to screen: inout Screen) {
    screen.blank()
    for (step, last) in upcoming {
      guard let last, let phase = last.phase else { continue }
      screen.line(
        "\(step.plan.credential.name): generation \(last.generation), \(phase.rawValue)\(last.isAssumed ? " (assumed)" : "")"
      )
      screen.line("  next: \(step.words(at: now))", hang: 4)
      for condition in step.conditions { screen.line("  once: \(condition)", hang: 4) }
      screen.line("  revert: \(wordsOfRevert(step, last, phase))", hang: 4)
    }
    if let certificate {
      screen.line("certificate \(certificate.path): \(certificate.fingerprint)")
    }
  }

  /// The state for a program.
  package var json: Tree {
    func time(_ time: Timestamp?) -> Tree { time.map { .string($0.description) } ?? .null }
    return .map([
      ("name", .string(environment.name)),
      ("due", .scalar(isDue ? "true" : "false", .boolean)),
      (
        "credentials",
        .sequence(
          credentials.map { credential, last, due in
            .map([
              ("name", .string(credential.name)), ("sealedAt", time(last)), ("dueAt", time(due)),
              (
                "due",
                .scalar(
                  isDue(credential, last: last, due: due) ? "true" : "false", .boolean)
              ),
              ("phase", phase(credential)),
            ])
          })
      ),
      (
        "certificate",
        certificate.map {
          .map([
            ("file", .string($0.path)), ("fingerprint", .string($0.fingerprint)),
            ("ageDays", .scalar(String($0.ageInDays(at: now)), .integer)),
            ("pinned", .scalar(isPinned ? "true" : "false", .boolean)),
          ])
        } ?? .null
      ),
      ("compromised", .sequence(leaked.map { Tree.string($0) })),
      ("certificateFault", certificateFault.map { .string($0) } ?? .null),
      ("refused", (certificateFault ?? refusal).map { .string($0) } ?? .null),
      ("drift", .sequence(drift.map { .string($0) })),
    ])
  }

  /// Returns the last step of a credential and the next one; null if it was never sealed.
  private func phase(_ credential: Credential) -> Tree {
    guard let (step, known) = step(of: credential), let known, let phase = known.phase
    else { return .null }
    return .map([
      ("generation", .scalar(String(known.generation), .integer)),
      ("last", .string(phase.rawValue)),
      ("role", known.role.map { .string($0) } ?? .null),
      ("assumed", .scalar(known.isAssumed ? "true" : "false", .boolean)),
      ("next", .string(step.plan.step.name)),
      ("nextDueAt", step.due.map { .string($0.description) } ?? .null),
      ("waitsFor", .sequence(step.plan.gates.map { .string($0.gate.words) })),
      (
        "revert", .string(wordsOfRevert(step, known, phase))
      ),
    ])
  }

  /// Returns what a revert does; it brings back a leaked password that is not renewed yet.
  private func wordsOfRevert(
    _ step: Upcoming, _ last: LockFile.Credential, _ phase: LockFile.Phase
  ) -> String {
    let name = step.plan.credential.name
    return leaked.contains { Credential.group(of: $0) == name }
      ? LockFile.Phase.leaked
      : phase.wordsOfRevert(hasNext: step.hasNext, generation: last.generation)
  }
}
