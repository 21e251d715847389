/// A runbook for the person who merges a run's change: what happens in which order, how to see it,
/// how to go back, and when that is no longer possible.

internal import Manifests
package import Operations
internal import Planning
internal import Reporting
internal import Files
internal import Words
internal import Workspace

/// The page about the change of one environment.
package struct Runbook {
  let plan: RunPlan
  let request: RunRequest
  let environment: WorkspaceEnvironment
  let paths: [String]

  /// - Parameter result: of a run, whether it is written or not.
  package init(_ result: RotationResult) {
    plan = result.plan
    request = result.request
    environment = result.state.environment
    paths = result.changes.paths
  }

  /// The page, as Markdown.
  package var text: String {
    var lines = ["# Rotation \(request.rotation) of \(Quoted.text(environment.name))", ""]
    guard !paths.isEmpty else {
      let nothing = plan.waiting.isEmpty ? "There is nothing to do." : "Nothing can be done yet."
      return (lines + [nothing] + waiting).joined(separator: "\n") + "\n"
    }
    lines += ["This change, all of it or none:", ""]
    lines += plan.steps.map {
      "- \(Quoted.code($0.credential.name)): \(Quoted.text($0.step.words))"
    }
    if plan.steps.isEmpty {
      lines.append("- no credential takes a step: the files follow their templates")
    }
    lines += ["", "It writes \(paths.map { Quoted.code($0) }.joined(separator: ", ")).", ""]
    lines += ["## What happens, in this order", ""]
    lines += numbered(
      ["Merge it. GitOps applies what changed."] + plan.steps.flatMap(\.events)
        + ["Take no further step until all of this has happened; the next run checks it."])
    lines += ["", "## How to see it", "", "```sh"]
    lines += ["moltseal live \(CLI.env) \(environment.name) \(CLI.watch)", "```", ""]
    lines += plan.steps.flatMap(\.signs).map { "- \($0)" }
    lines += ["", "## How to go back", ""]
    lines += plan.steps.map {
      "- \(Quoted.code($0.credential.name)): \(wordsOfRevert($0))."
    }
    if plan.steps.contains(where: \.hasNoWayBack) {
      lines += [
        "",
        "**There is no way back** once the database no longer accepts an old value, or it was dropped:",
      ]
      lines += ["revert before the merge, or go forward with another rotation."]
    }
    for step in plan.steps where step.reason == .compromised {
      switch step.step {
      case .flip(let from, _):
        lines += sessions(
          of: from.login,
          "When no pod uses \(Quoted.code(from.login)) any more, and another `moltseal rotate` has given it a new password"
        )
      case .renew(let role):
        lines += sessions(
          of: role.login, "When the database has the new password (`altered` is yes)")
      case .seal, .replace, .publish, .rotate, .retire: continue
      }
    }
    return (lines + waiting + refused).joined(separator: "\n") + "\n"
  }

  /// The refusals, which nobody would notice in the log of a scheduled run.
  private var refused: [String] {
    guard !plan.left.isEmpty else { return [] }
    return ["", "## What is refused, and left unchanged", ""]
      + plan.left.flatMap { refusal -> [String] in
        let words = refusal.reason.words
        return ["- \(Quoted.text(words.message)): \(Quoted.text(words.hint))"]
      }
  }

  /// How to end the sessions of a leaked password, and with which privilege (PostgreSQL,
  /// `pg_terminate_backend`).
  ///
  /// - Parameter when: when to do it, as the beginning of a sentence.
  private func sessions(of login: String, _ when: String) -> [String] {
    let statement =
      "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = \(Quoted.sql(login)) AND pid <> pg_backend_pid();"
    return [
      "", "## The sessions of the leaked password", "",
      "Sessions stay open when their password changes. \(when), end the sessions of \(Quoted.code(login)).",
      "Log in as the role itself with its new password; it needs no other privilege. `SET ROLE NONE` is necessary because the role's own setting makes it the owner otherwise:",
      "", "```sql", "SET ROLE NONE;", statement, "```", "",
      "Or log in as a member of `pg_signal_backend`, or as a superuser if `enableSuperuserAccess` is on, and run only the second line.",
    ]
  }

  private func wordsOfRevert(_ step: StepPlan) -> String {
    step.reason == .compromised
      ? LockFile.Phase.leaked
      : step.step.phase.wordsOfRevert(hasNext: hasNext(step), generation: 1)
  }

  private func hasNext(_ step: StepPlan) -> Bool {
    plan.renewals.contains { $0.credential.name == step.credential.next.name }
  }

  private var waiting: [String] {
    guard !plan.waiting.isEmpty else { return [] }
    return ["", "## What waits", ""]
      + plan.waiting.map { "- \(Quoted.code($0.credential.name)): \(Quoted.text($0.waitingWords))" }
  }

  private func numbered(_ lines: [String]) -> [String] {
    lines.enumerated().map { "\($0.offset + 1). \($0.element)" }
  }
}

extension StepPlan {
  /// The events after the merge.
  fileprivate var events: [String] {
    let name = credential.name
    switch step {
    case .seal, .replace:
      return [
        "The controller unseals the new value of \(Quoted.code(name)).",
        "What checks it (a database, another service) takes it over, and the pods are replaced; in between, a pod whose value differs from the checker's is refused.",
      ]
    case .publish:
      return [
        "The controller unseals the next key of \(Quoted.code(name)), and the pods are replaced: they verify with it, but do not sign."
      ]
    case .rotate:
      return [
        "The controller unseals the moved keys of \(Quoted.code(name)), and the pods are replaced. Old pods and new ones accept each other's tokens."
      ]
    case .retire:
      return [
        "The controller removes the previous key of \(Quoted.code(name)) from the Secret, and the pods are replaced."
      ]
    case .flip(let from, let to):
      return [
        "The pods are replaced: new ones log in as \(Quoted.code(to.login)), old ones continue as \(Quoted.code(from.login))."
      ]
    case .renew(let role):
      return [
        "The controller unseals the new password of \(Quoted.code(role.login)), and the operator gives it to the role. Nothing uses the role."
      ]
    }
  }

  fileprivate var signs: [String] {
    switch step {
    case .renew(let role):
      [
        "\(Quoted.code(credential.name)): `altered` is yes when the database has the new password of \(Quoted.code(role.login))."
      ]
    case .flip:
      [
        "\(Quoted.code(credential.name)): `rolled` is yes when every pod names the new Secret, and `released` is yes when nothing names the old one."
      ]
    default:
      ["\(Quoted.code(credential.name)): `unsealed`, then `rolled`."]
    }
  }

  fileprivate var hasNoWayBack: Bool {
    switch step {
    case .seal, .replace: true
    case .publish, .rotate, .retire, .flip, .renew: reason == .compromised
    }
  }
}
