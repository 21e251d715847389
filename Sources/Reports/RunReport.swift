/// What a run will do, or has done, for a person and for a program. It holds no secret.

internal import Manifests
package import Operations
package import Planning
internal import Rules
internal import Reporting
internal import Text
package import Files
internal import Words
internal import Workspace
package import YAML

/// What a run will do, or has done.
package struct RunReport {
  /// When the report is made.
  package enum Moment {
    /// Before the run, of which nothing is written.
    case dryRun
    /// After everything is written.
    case written
  }

  let result: RotationResult
  /// How the command line asked for what it names.
  let asked: String

  /// - Parameter asked: how the command line asked for what it names.
  package init(_ result: RotationResult, asked: String) {
    self.result = result
    self.asked = asked
  }

  /// The environment before the run.
  package var state: EnvironmentState { result.state }
  /// The files that the run writes.
  package var changes: ChangeSet { result.changes }
  var plan: RunPlan { result.plan }
  var request: RunRequest { result.request }
  var replaced: Int { result.replaced }
  var proof: [String] { result.proof }

  /// Says the warnings of this plan, for after its result.
  package func sayWarnings() {
    for warning in plan.warnings { Notices.warn(warning.words) }
    for refusal in plan.left { Notices.warn(refusal.diagnostic.leftAsItIs) }
    if !plan.leftNew.isEmpty {
      Notices.warn(
        "these are new and wait for a later run: \(plan.leftNew.joined(separator: ", "))")
    }
    Notices.warn(result.findings, environment: state.environment.name)
  }

  /// Whether something is due, nothing is done, and something else has to come first.
  package var waits: Bool { changes.isEmpty && !plan.waiting.isEmpty }

  /// Whether values or switches move.
  var hasSteps: Bool { plan.changesValues || !plan.steps.isEmpty }

  /// The result for a person.
  package func screen(_ moment: Moment) -> Screen { RunScreen(self, moment).screen }

  /// The result for a program.
  package func json(_ moment: Moment) -> Tree {
    .map([
      ("environment", .string(state.environment.name)),
      ("dryRun", .scalar(moment == .dryRun ? "true" : "false", .boolean)),
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
