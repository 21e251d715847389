/// What a run will do, or has done, for a person and for a program. It holds no secret.

internal import Kubernetes
internal import Manifests
internal import Planning
internal import Preflight
internal import Text
internal import Transactions
internal import Workspace
internal import YAML

struct RunReport {
  let plan: RunPlan
  let changes: ChangeSet
  let state: EnvironmentState
  let request: RunRequest
  /// How the command line asked for what it names.
  let asked: String

  /// The plan and a diff on standard output.
  func printDryRun(_ format: OutputFormat) {
    printWarnings()
    guard format == .text else { return Terminal.outputJSON(json(isDryRun: true)) }
    guard !changes.isEmpty else {
      return Terminal.output(
        lines: plan.waiting.map { "\($0.credential.name): \($0.waitingWords)" }
          + [waits ? "nothing can be done yet; what is due waits for the above" : idle])
    }
    Terminal.output(lines: lines + [""])
    Terminal.outputDiffWithoutLiterals(changes.diff())
  }

  /// Before anything is written: what gets new values, and which windows that opens.
  func printPlan() {
    printWarnings()
    for step in plan.steps {
      Terminal.message("\(step.credential.name): \(words(step))")
    }
    for name in plan.restarts { Terminal.message("\(name): \(Self.restart)") }
    for step in plan.waiting {
      Terminal.message("\(step.credential.name): \(step.waitingWords)")
    }
  }

  private func printWarnings() {
    for warning in plan.warnings { Terminal.warning(warning.words) }
    for refusal in plan.left { Terminal.warning(refusal.diagnostic.leftAsItIs) }
    if !plan.leftNew.isEmpty {
      Terminal.warning("what is new waits for a later run: \(plan.leftNew.joined(separator: ", "))")
    }
  }

  private static let restart = "the pods that use it start again; no value changes"

  /// After everything is written.
  func printDone(_ format: OutputFormat) {
    if format == .json { Terminal.outputJSON(json(isDryRun: false)) }
    guard !changes.isEmpty else {
      return Terminal.message(
        waits ? "nothing can be done yet; what is due waits for the above" : idle)
    }
    for path in changes.paths { Terminal.message("wrote \(path)") }
    if hasSteps { Terminal.message("rotation \(request.rotation)") }
    Terminal.message("next: look at git diff, commit, and let GitOps sync")
  }

  private var lines: [String] {
    var lines = ["credentials:"]
    lines += plan.steps.map { "  \($0.credential.name): \(words($0))" }
    lines += plan.waiting.map { "  \($0.credential.name): \($0.waitingWords)" }
    lines += plan.restarts.map { "  \($0): \(Self.restart)" }
    if plan.steps.isEmpty, plan.restarts.isEmpty { lines.append("  none takes a step") }
    let upcoming = upcoming
    if !upcoming.isEmpty { lines.append("to come:") }
    for step in upcoming {
      lines.append("  \(step.plan.credential.name): \(step.words(at: request.now))")
      lines += step.conditions.map { "    once \($0)" }
    }
    lines.append("items:")
    for file in plan.files {
      for secret in file.secrets {
        lines += secret.items.map { "  \(secret.secret.name)/\($0.item.key): \(words($0.action))" }
        lines += secret.removed.filter { key in !secret.items.contains { $0.item.key === key } }
          .map { "  \(secret.secret.name)/\($0): removed (no template has it)" }
      }
    }
    lines.append("files:")
    return lines + changes.changes.map { "  \($0.path): \($0.old == nil ? "new" : "changed")" }
  }

  /// The next step of the credentials that this run leaves alone.
  private var upcoming: [Upcoming] {
    let busy = Set((plan.steps + plan.waiting).map(\.credential.name))
    return Planner(state: state, request: request).upcoming().filter {
      !busy.contains($0.plan.credential.name)
    }
  }

  /// Whether something is due, nothing is done, and something else has to come first.
  var waits: Bool { changes.isEmpty && !plan.waiting.isEmpty }

  private var hasSteps: Bool { plan.changesValues || !plan.steps.isEmpty }

  private func words(_ step: StepPlan) -> String {
    "\(step.step.words) (\(step.reason.words(asked: asked)))"
  }

  private func words(_ action: ItemAction) -> String {
    switch action {
    case .seal(let reason): "sealed (\(reason.words))"
    case .move(let key): "takes the ciphertext of \(key)"
    case .moveIn: "takes the private key that waited"
    case .carry: "stays as it is"
    case .takeOver: "stays as it is; it was sealed anew by somebody"
    case .omit(let reason): "left out (\(reason.words))"
    }
  }

  /// Nothing is due; when something will be.
  private var idle: String {
    let next = state.workspace.groups.compactMap { credential in
      state.dueTime(credential).map { (credential.name, $0) }
    }.min { $0.1 < $1.1 }
    guard let next else { return "nothing to do" }
    return next.1 <= request.now
      ? "nothing to do here; \(next.0) is due since \(next.1.day)"
      : "nothing to do; next due is \(next.0) on \(next.1.day)"
  }

  private func json(isDryRun: Bool) -> Tree {
    .map([
      ("environment", .string(state.environment.name)),
      ("dryRun", .scalar(isDryRun ? "true" : "false", .boolean)),
      ("rotation", hasSteps || !plan.restarts.isEmpty ? .string(request.rotation) : .null),
      ("credentials", .sequence(plan.steps.map(step))),
      ("waiting", .sequence(plan.waiting.map(step))),
      ("restarts", .sequence(plan.restarts.map { .string($0) })),
      (
        "items",
        .sequence(
          plan.files.flatMap(\.secrets).flatMap { secret in secret.items.map { item($0, secret) } })
      ),
      (
        "files",
        .sequence(
          changes.changes.map {
            .map([
              ("path", .string($0.path)), ("change", .string($0.old == nil ? "new" : "changed")),
            ])
          })
      ),
      ("refused", .sequence(plan.left.map { .string($0.reason.words.message) })),
      ("warnings", .sequence(plan.warnings.map { .string($0.words) })),
    ])
  }

  private func step(_ plan: StepPlan) -> Tree {
    .map([
      ("name", .string(plan.credential.name)),
      ("step", .string(plan.step.name)),
      ("reason", .string(plan.reason.words(asked: asked))),
      ("afterThisRun", .scalar(plan.isAfterThisRun ? "true" : "false", .boolean)),
      (
        "gates",
        .sequence(
          plan.gates.map { state in
            .map([
              ("gate", .string(state.gate.words)), ("fact", .string(state.gate.fact.rawValue)),
              ("answer", .string(state.answer.kind.rawValue)),
              ("because", .string(state.answer.reason)),
            ])
          })
      ),
    ])
  }

  private func item(_ item: ItemPlan, _ secret: SecretPlan) -> Tree {
    let (action, detail): (String, (String, String)?) =
      switch item.action {
      case .seal(let reason): ("seal", ("reason", reason.words))
      case .move(let key): ("move", ("from", key))
      case .moveIn: ("moveIn", nil)
      case .carry: ("carry", nil)
      case .takeOver: ("takeOver", nil)
      case .omit(let reason): ("omit", ("reason", reason.words))
      }
    var pairs: [(String, Tree)] = [
      ("secret", .string(secret.secret.name)),
      ("namespace", secret.namespace.map { .string($0) } ?? .null),
      ("key", .string(item.item.key)),
      ("action", .string(action)),
    ]
    if let detail { pairs.append((detail.0, .string(detail.1))) }
    return .map(pairs)
  }
}
