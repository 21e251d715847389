/// How `rotate` and `apply` look on a terminal: what became of each credential, then what to do
/// next.

internal import Kubernetes
internal import Manifests
internal import Operations
internal import Planning
internal import Reporting
internal import Text
internal import Files
internal import Words
internal import Workspace

struct RunScreen {
  private let report: RunReport
  private let moment: RunReport.Moment

  init(_ report: RunReport, _ moment: RunReport.Moment) {
    self.report = report
    self.moment = moment
  }

  private var isDryRun: Bool { moment == .dryRun }

  private var plan: RunPlan { report.plan }
  private var changes: ChangeSet { report.changes }
  private var environment: String { report.state.environment.name }

  var screen: Screen {
    var screen = Screen()
    screen.line("\(environment): \(headline)", hang: 2)
    let rows = rows
    if !rows.isEmpty {
      screen.blank()
      screen.table(rows)
    }
    if isDryRun { addFiles(to: &screen) }
    if Notices.isVerbose { addDetails(to: &screen) }
    addEnd(to: &screen)
    return screen
  }

  // MARK: The first line

  private var headline: String {
    guard !changes.isEmpty else {
      return plan.waiting.isEmpty
        ? idle : counted(plan.waiting.count, "step waits", "steps wait")
    }
    if report.replaced > 0 {
      let secrets = counted(
        report.replaced, "Secret becomes a SealedSecret", "Secrets become SealedSecrets")
      return isDryRun ? "would cut over, \(secrets)" : "cutover, \(secrets)"
    }
    var parts: [String] = []
    if isDryRun {
      parts.append(intent)
    } else {
      if !plan.steps.isEmpty { parts.append(counted(plan.steps.count, "step") + " taken") }
      if !plan.restarts.isEmpty { parts.append(counted(plan.restarts.count, "restart")) }
      if parts.isEmpty { parts.append(edits.isEmpty ? "files brought up to date" : edited) }
    }
    if !plan.waiting.isEmpty { parts.append(waits) }
    if !plan.left.isEmpty { parts.append("\(plan.left.count) refused") }
    return parts.joined(separator: ", ")
  }

  private var waits: String { "\(plan.waiting.count) wait\(plan.waiting.count == 1 ? "s" : "")" }

  private var edited: String { counted(edits.count, "item") + " changed, no new values" }

  /// What a dry run would do.
  private var intent: String {
    if plan.steps.count == 1 {
      return "would \(plan.steps[0].step.verb) \(plan.steps[0].credential.name)"
    }
    if !plan.steps.isEmpty { return "would take \(counted(plan.steps.count, "step"))" }
    if !plan.restarts.isEmpty {
      return "would restart the pods of \(plan.restarts.joined(separator: ", "))"
    }
    return edits.isEmpty
      ? "would bring files up to date" : "would change \(counted(edits.count, "item"))"
  }

  /// Nothing is due; when something will be.
  private var idle: String {
    let next = report.state.workspace.groups.compactMap { credential in
      report.state.dueTime(credential).map { (credential.name, $0) }
    }.min { $0.1 < $1.1 }
    guard let next else { return "nothing to do" }
    return next.1 <= report.request.now
      ? "nothing to do; \(next.0) is due since \(next.1.day)"
      : "nothing to do; next due is \(next.0) on \(next.1.day)"
  }

  // MARK: The rows

  private typealias Row = (cells: [String], state: Screen.State?)

  private var rows: [Row] {
    var rows: [Row] = plan.steps.map { step in
      ([word(step.step), step.credential.name, detail(step)], .done)
    }
    rows += plan.restarts.map {
      ([isDryRun ? "restart" : "restarts", $0, "its pods start again; no value changes"], .done)
    }
    if report.replaced == 0 {
      let shown = Notices.isVerbose ? edits : Array(edits.prefix(Self.mostEdits))
      rows += shown.map { ([$0.word, $0.place, $0.why], .done) }
      if shown.count < edits.count {
        rows.append((["…", "\(edits.count - shown.count) more items", ""], nil))
      }
    }
    rows += plan.waiting.map { (["waits", $0.credential.name, $0.waitingWords], .waits) }
    let absent = absent
    if !absent.isEmpty {
      rows.append((["absent", "\(absent.joined(separator: ", ")) (optional)", ""], nil))
    }
    return rows
  }

  /// More than these are a number.
  private static let mostEdits = 10

  private func word(_ step: Step) -> String { isDryRun ? step.name : step.doneWord }

  private func detail(_ step: StepPlan) -> String {
    let what = step.step.detail(
      of: step.credential, hasNext: hasNext(step.credential))
    switch step.reason {
    case .neverSealed: return what
    default:
      let reason = step.reason.words(asked: report.asked)
      return what.isEmpty || what == reason ? reason : "\(what) (\(reason))"
    }
  }

  private func hasNext(_ credential: Credential) -> Bool {
    report.state.files.lazy.flatMap(\.template.secrets).flatMap(\.items).contains {
      $0.expression.nextOf === credential.name
    }
  }

  /// The optional credentials of which there is no value, where this is the first that is heard of
  /// them.
  private var absent: [String] {
    guard report.replaced > 0 else { return [] }
    var names: [String] = []
    for secret in plan.files.flatMap(\.secrets) {
      for item in secret.items {
        if case .omit(.optionalAbsent(let name)) = item.action, !names.includes(name) {
          names.append(name)
        }
      }
    }
    return names
  }

  /// The items that change without a step of their credential.
  private var edits: [(word: String, place: String, why: String)] {
    plan.files.flatMap(\.secrets).flatMap { secret in
      secret.items.compactMap { item -> (String, String, String)? in
        let place = "\(secret.secret.name)/\(item.item.key)"
        return switch item.action {
        case .seal(.changed): (isDryRun ? "seal" : "sealed", place, "its template has changed")
        case .seal(.new): (isDryRun ? "seal" : "sealed", place, "new")
        default: nil
        }
      }
        + gone(secret).map {
          (isDryRun ? "remove" : "removed", "\(secret.secret.name)/\($0)", "no template has it")
        }
    }
  }

  /// The keys that go, and that no template has.
  private func gone(_ secret: SecretPlan) -> [String] {
    secret.removed.filter { key in !secret.items.contains { $0.item.key === key } }
  }

  // MARK: A dry run

  /// Which files would change, and what of each.
  private func addFiles(to screen: inout Screen) {
    guard !changes.isEmpty else { return }
    screen.blank()
    screen.table(changes.changes.map { [$0.path, what(of: $0)] })
    let carried = plan.files.flatMap(\.secrets).flatMap(\.items).count {
      $0.action == .carry || $0.action == .takeOver
    }
    screen.blank()
    if carried > 0 {
      screen.line("\(counted(carried, "item stays as it is", "items stay as they are")).")
    }
    if !Notices.isVerbose {
      screen.line("Nothing was written. The diff: \(CLI.dryRun) \(CLI.verbose).")
    }
  }

  private func what(of change: FileChange) -> String {
    guard let file = plan.files.first(where: { $0.file.outputPath === change.path }) else {
      return change.old == nil ? "new" : ""
    }
    let items = file.secrets.flatMap(\.items)
    let sealed = items.filter { if case .seal = $0.action { true } else { false } }.map(\.item.key)
    let moved = items.filter {
      switch $0.action {
      case .move, .moveIn: true
      default: false
      }
    }.map(\.item.key)
    let parts = [(sealed, "sealed"), (moved, "moved")].filter { !$0.0.isEmpty }
      .map { keys, word in
        keys.count > 3 ? "\(keys.count) items \(word)" : "\(keys.joined(separator: ", ")) \(word)"
      }
    let words = parts.joined(separator: "; ")
    guard change.old == nil else { return words }
    return words.isEmpty ? "new" : "new: \(words)"
  }

  // MARK: Everything

  private func addDetails(to screen: inout Screen) {
    let upcoming = upcoming
    if !upcoming.isEmpty {
      screen.blank()
      screen.line("To come:")
      for step in upcoming {
        screen.line(
          "  \(step.plan.credential.name): \(step.words(at: report.request.now))", hang: 4)
        for condition in step.conditions { screen.line("    once \(condition)", hang: 6) }
      }
    }
    screen.blank()
    screen.line("Items:")
    for secret in plan.files.flatMap(\.secrets) {
      for item in secret.items {
        screen.line("  \(secret.secret.name)/\(item.item.key): \(item.action.words)", hang: 4)
      }
      for key in gone(secret) {
        screen.line("  \(secret.secret.name)/\(key): removed (no template has it)", hang: 4)
      }
    }
    guard !changes.isEmpty else { return }
    screen.blank()
    screen.line("Files:")
    for change in changes.changes {
      screen.line("  \(change.path): \(change.old == nil ? "new" : "changed")")
    }
    if report.hasSteps { screen.line("Rotation \(report.request.rotation)") }
  }

  /// The next step of the credentials that this run leaves alone.
  private var upcoming: [Upcoming] {
    let busy = Set((plan.steps + plan.waiting).map(\.credential.name))
    return Planner(state: report.state, request: report.request).upcoming().filter {
      !busy.contains($0.plan.credential.name)
    }
  }

  // MARK: The end

  private func addEnd(to screen: inout Screen) {
    if changes.isEmpty {
      guard report.waits else { return }
      screen.blank()
      screen.line("Nothing can be done yet.")
      return
    }
    guard !isDryRun else { return }
    screen.blank()
    for line in report.proof { screen.line(line) }
    let watch =
      report.state.lock?.isLive ?? false
      ? "; then moltseal live \(CLI.env) \(environment) \(CLI.watch)" : ""
    screen.line("Wrote \(changes.counted). Next: git diff, commit, push\(watch).")
  }
}

extension ChangeSet {
  /// How many files, and the folder that has all of them.
  var counted: String {
    let folders = paths.map { Path.split($0).folder ?? "." }
    let number = Reports.counted(paths.count, "file")
    guard let first = folders.first, first != ".", folders.allSatisfy({ $0 === first }) else {
      return number
    }
    return "\(number) in \(first)/"
  }
}
