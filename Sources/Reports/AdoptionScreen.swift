/// How `adopt` looks: what became of each Secret, and what the next step waits for.

internal import Kubernetes
internal import Manifests
package import Operations
internal import Reporting
internal import Files
package import YAML

/// The result of one step of an adoption.
package struct AdoptionScreen {
  private let result: AdoptionResult

  /// - Parameter result: of a step that was taken, or only shown.
  package init(_ result: AdoptionResult) { self.result = result }

  /// The result for a program.
  package var json: Tree {
    .map([
      ("environment", .string(result.environment)), ("step", .string(result.step)),
      ("dryRun", .scalar(result.isDryRun ? "true" : "false", .boolean)),
      ("files", .sequence(result.changes.paths.map { .string($0) })),
    ])
  }

  /// The result for a person.
  package var screen: Screen {
    var screen = Screen()
    screen.line("\(result.environment): adoption, step \(result.number) of 3: \(result.step)")
    screen.blank()
    addRows(to: &screen)
    guard !result.isDryRun else {
      screen.blank()
      screen.table(result.changes.changes.map { [$0.path, $0.old == nil ? "new" : "changed"] })
      screen.blank()
      screen.line("Nothing was written. The diff: \(CLI.dryRun) \(CLI.verbose).")
      return screen
    }
    if case .sealed = result.outcome {} else { screen.blank() }
    screen.line("Wrote \(result.changes.counted). Next: git diff, commit, push.")
    addNext(to: &screen)
    return screen
  }

  private func addRows(to screen: inout Screen) {
    switch result.outcome {
    case .prepared(let secrets):
      screen.table(
        secrets.map {
          (["prepared", $0, "the controller may write it; ArgoCD does not prune it"], .done)
        })
    case .sealed(let secrets, let proof, _):
      screen.table(secrets.map { (["sealed", $0, "with the values that run already"], .done) })
      screen.blank()
      for sentence in proof { screen.line(sentence) }
    case .owned(let secrets, _, _):
      screen.table(
        secrets.map {
          (["owned", $0, "by its SealedSecret: deleting that deletes the Secret"], .done)
        })
    }
  }

  private func addNext(to screen: inout Screen) {
    switch result.outcome {
    case .prepared:
      screen.line("No pod restarts. In the cluster, each of these Secrets must carry")
      screen.line("\(SecretOwnership.managed) before the next step:")
      screen.blank()
      screen.command("moltseal adopt \(CLI.env) \(result.environment) \(CLI.live)")
    case .sealed(_, _, let hashed): addNext(afterSealing: hashed, to: &screen)
    case .owned(_, let supplied, let generated):
      screen.line("No pod restarts. Undo this step before you remove a SealedSecret.")
      if generated > 0 {
        screen.line("The old values are in the repository's history. To end the generated ones:")
        screen.blank()
        screen.command("moltseal rotate \(CLI.env) \(result.environment) \(CLI.all)")
      }
      guard !supplied.isEmpty else { return }
      screen.blank()
      screen.line("Ask for new supplied values where they are issued, then seal them:")
      screen.blank()
      screen.command(
        "moltseal rotate \(CLI.env) \(result.environment) \(CLI.only) \(supplied.joined(separator: " "))"
      )
    }
  }

  private func addNext(afterSealing hashed: [String], to screen: inout Screen) {
    screen.line(
      hashed.isEmpty
        ? "No pod restarts, and a revert of this commit is safe."
        : "Pods roll once, to the names without a hash; a revert of this commit is safe.")
    screen.line("Before the next step, every Secret in the cluster must come from its")
    screen.line("SealedSecret and carry \(SecretOwnership.skips):")
    screen.blank()
    screen.command("moltseal adopt \(CLI.env) \(result.environment) \(CLI.live)")
    guard !hashed.isEmpty else { return }
    screen.blank()
    screen.line("No sync prunes these; delete them once no old pod is left:")
    for name in hashed { screen.command(name) }
  }
}
