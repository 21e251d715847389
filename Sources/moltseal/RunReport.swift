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
  /// How many generator entries and plain Secrets become SealedSecrets.
  var replaced = 0
  /// What the builds before and after have shown.
  var proof: [String] = []
  /// The warnings of this plan, for after its result.
  var findings: [Finding] = []

  /// The plan on standard output.
  func printDryRun(_ format: OutputFormat) {
    sayWarnings()
    guard format == .text else { return Terminal.outputJSON(json(isDryRun: true)) }
    Terminal.output(RunScreen(self, isDryRun: true).screen)
    if Terminal.isVerbose, !changes.isEmpty {
      Terminal.output("\n")
      Terminal.outputDiffWithoutLiterals(changes.diff())
    }
  }

  /// After everything is written.
  ///
  /// - Parameter toStandardError: whether standard output has something else.
  func printDone(_ format: OutputFormat, toStandardError: Bool) {
    sayWarnings()
    guard format == .text else { return Terminal.outputJSON(json(isDryRun: false)) }
    Terminal.output(RunScreen(self, isDryRun: false).screen, toStandardError: toStandardError)
  }

  private func sayWarnings() {
    for warning in plan.warnings { Terminal.warning(warning.words) }
    for refusal in plan.left { Terminal.warning(refusal.diagnostic.leftAsItIs) }
    if !plan.leftNew.isEmpty {
      Terminal.warning(
        "these are new and wait for a later run: \(plan.leftNew.joined(separator: ", "))")
    }
    Terminal.warning(findings, environment: state.environment.name)
  }

  /// Whether something is due, nothing is done, and something else has to come first.
  var waits: Bool { changes.isEmpty && !plan.waiting.isEmpty }

  /// Whether values or switches move.
  var hasSteps: Bool { plan.changesValues || !plan.steps.isEmpty }

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
