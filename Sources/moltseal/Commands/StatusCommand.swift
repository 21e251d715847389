/// `moltseal status`: shows ages, due dates and drift; it changes nothing.

internal import ArgumentParser
internal import Cryptography
internal import Kubernetes
internal import Manifests
internal import Planning
internal import Preflight
internal import Transactions
internal import Workspace
internal import YAML

struct StatusCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "status",
    abstract: "Show the age and due date of every credential, and drift.",
    discussion:
      "Exits with 3 if something is due, was never sealed, or is not sealed as its template says, or if every rotation is refused."
  )

  @Option(
    name: .customLong("env"),
    help: ArgumentHelp("Show only this environment.", valueName: "name"))
  var environment: String?

  @Option(help: "Output format: text or json.")
  var format = OutputFormat.text

  @OptionGroup var global: GlobalOptions

  func run() throws {
    try global.enter()
    let workspace = try LoadedWorkspace.find()
    if try Interruption.isInterrupted(workspace.place) {
      Terminal.warning("an interrupted run was left here; finish it: moltseal recover")
    }
    let environments =
      try environment.map { [try workspace.environment($0)] } ?? workspace.file.environments
    let now = Surroundings.now()
    let reports = try environments.map { try StatusReport($0, workspace, now: now) }
    switch format {
    case .json: Terminal.outputJSON(.map([("environments", .sequence(reports.map(\.json)))]))
    case .text:
      for (index, report) in reports.enumerated() {
        if index > 0 { Terminal.output("\n") }
        Terminal.output(report.screen)
      }
    }
    if reports.contains(where: { $0.isDue || $0.isRefused }) { throw ExitCode(3) }
  }
}

/// The state of one environment.
struct StatusReport {
  private let environment: WorkspaceEnvironment
  private let credentials: [(credential: Credential, last: Timestamp?, due: Timestamp?)]
  private let certificate: SealingCertificate?
  /// Why there is no certificate to seal for, or why every rotation would refuse it.
  private let certificateFault: String?
  private let drift: [String]
  /// Whether the lock file says that something runs with what was sealed.
  private let isLive: Bool
  /// Whether a run would seal something although nothing is due.
  private let isBehind: Bool
  /// Why every run would be refused, apart from the certificate; nil if none would be.
  private let refusal: String?
  /// The next step of each credential, and its entry in the lock file.
  private let upcoming: [(step: Upcoming, last: LockFile.Credential?)]
  /// The leaked passwords of roles that are not renewed yet, as `PAIR@ROLE`.
  private let leaked: [String]
  private let now: Timestamp

  init(_ environment: WorkspaceEnvironment, _ workspace: LoadedWorkspace, now: Timestamp) throws {
    let loader = EnvironmentLoader(workspace: workspace, environment: environment)
    let loaded = Result {
      try SealingCertificate.load(
        override: nil, environment: environment, folder: workspace.folder, now: now)
    }
    let state = try loader.state(certificate: try? loaded.get().fingerprint)
    self.environment = environment
    self.now = now
    isLive = state.lock?.isLive ?? false
    certificate = try? loaded.get()
    let trusted = Result { try loaded.get().checkPins(environment) }
    switch trusted {
    case .success: certificateFault = nil
    case .failure(let error): certificateFault = (error as? CommandError)?.diagnostics.first?.text
    }
    let used = Set(state.usedNames.map { Credential.group(of: $0) })
    credentials = workspace.file.groups.filter { used.contains($0.name) }.map {
      ($0, state.lock?.credentials[$0.name]?.time, state.dueTime($0))
    }
    let planner = Planner(
      state: state, request: RunRequest(others: .due, now: now, rotation: ""))
    leaked = (state.lock?.credentials ?? [:]).filter(\.value.isCompromised).keys.sorted()
    upcoming = planner.upcoming().map {
      ($0, state.lock?.credentials[$0.plan.credential.name])
    }
    let isSealed = state.lock != nil || state.files.contains { $0.manifest != nil }
    let plan = Planner(
      state: state, request: RunRequest(others: .missing, now: now, rotation: "")
    ).plan(available: [])
    drift = isSealed ? StatusReport.drift(plan, state) : []
    isBehind = isSealed && state.lock != nil && !plan.sealedItems.isEmpty
    refusal =
      state.files.contains(where: \.isAdopting)
      ? "its adoption is not finished; the next step is moltseal adopt --env \(environment.name) --live"
      : isSealed ? StatusReport.refusal(plan, state, loader, environment) : nil
  }

  /// Returns why a run without new values would be refused, apart from the certificate.
  private static func refusal(
    _ plan: RunPlan, _ state: EnvironmentState, _ loader: EnvironmentLoader,
    _ environment: WorkspaceEnvironment
  ) -> String? {
    do {
      let contexts = try KustomizationReader(loader: loader).contexts(state)
      return Cutover.refusals(
        contexts.flatMap { $0.findings() }, contexts, environment, plan,
        isLive: Cutover.isLive(state)
      ).first?.text
    } catch {
      return (error as? CommandError)?.diagnostics.first?.text ?? "its kustomization cannot be read"
    }
  }

  private var isPinned: Bool {
    certificate.map { environment.fingerprints.contains($0.fingerprint) } ?? false
  }

  /// Whether every rotation would be refused, so that somebody must act.
  var isRefused: Bool { certificateFault != nil || refusal != nil }

  /// Whether a generated credential must be renewed or made, a step is due, or something is not
  /// sealed as its template says.
  var isDue: Bool {
    isBehind || !leaked.isEmpty
      || upcoming.contains { $0.step.due.map { $0 <= now } ?? false }
      || credentials.contains { isDue($0.credential, last: $0.last, due: $0.due) }
  }

  /// Returns what a run without new values would change or refuse.
  private static func drift(_ plan: RunPlan, _ state: EnvironmentState) -> [String] {
    var drift = plan.refusals.map { $0.reason.words.message }
    if state.lock == nil { return drift }
    for secret in plan.files.flatMap(\.secrets) {
      for item in secret.items {
        if case .seal(let reason) = item.action {
          drift.append(
            "\(secret.secret.name)/\(item.item.key) is to be sealed (\(reason.words))")
        }
      }
      drift += secret.removed.map { "\(secret.secret.name)/\($0) is to be removed" }
      drift += secret.foreign.map { "\(secret.secret.name)/\($0) was added by hand" }
    }
    return drift
  }

  // MARK: The screen

  var screen: Screen {
    var screen = Screen()
    screen.line("\(environment.name)   \(summary)", hang: 2)
    screen.blank()
    screen.table([["CREDENTIAL", "AGE", "DUE", "NEXT STEP"]].map { ($0, nil) } + rows)
    if Terminal.isVerbose { addPhases(to: &screen) }
    screen.blank()
    let faults = [certificateFault, refusal].compactMap { $0 }
    for fault in faults {
      screen.line("every rotation is refused: \(fault)", hang: 2, state: .refused)
    }
    for name in leaked { screen.line("compromised: \(name)", state: .refused) }
    for line in drift { screen.line("drift: \(line)", hang: 2, state: .waits) }
    if certificate != nil, certificateFault == nil, !isPinned {
      screen.line(
        "not pinned: compare the certificate's fingerprint, then: moltseal cert pin --env \(environment.name)",
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

  private func step(of credential: Credential) -> (step: Upcoming, last: LockFile.Credential?)? {
    upcoming.first { $0.step.plan.credential.name == credential.name }
  }

  /// When its next step is due, which may be before its next value is.
  private func nextDue(_ credential: Credential, _ due: Timestamp?) -> Timestamp? {
    [due, step(of: credential)?.step.due].compactMap { $0 }.min()
  }

  private func isDue(_ credential: Credential, last: Timestamp?, due: Timestamp?) -> Bool {
    if let due { return due <= now }
    return last == nil && !credential.isOptional
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

  var json: Tree {
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
      : phase.wordsOfRevert(hasNext: step.hasNext, isAgain: last.generation > 1)
  }
}
