/// What must hold before anything is made: every refusal is said at once.

internal import Manifests
package import Planning
package import Rules
package import Reporting
internal import Text
internal import Words
internal import Workspace
internal import YAML

/// What must hold before a run of one environment.
package enum Cutover {
  /// Refuses to give a credential a new value in some of the targets that use it.
  static func refuseShared(_ plan: RunPlan, _ state: EnvironmentState) throws {
    var users: [Name: String] = [:]
    for file in state.otherFiles {
      for name in file.template.secrets.flatMap(\.items).flatMap(\.expression.mentioned) {
        users[Name(name)] = file.target
      }
    }
    let changed = plan.renewals.map(\.credential.group) + plan.steps.map(\.credential.name)
    let shared = Set(changed.filter { users[Name($0)] != nil }).sorted()
    guard !shared.isEmpty else { return }
    throw CommandError(
      shared.map { name in
        let target = users[Name(name)] ?? ""
        return Diagnostic(
          "'\(name)' is also used by the target '\(target)', with the same value",
          hint: "add \(CLI.target) \(target), or leave \(CLI.target) out", file: Workspace.fileName)
      })
  }

  /// Whether the lock file says that something runs with what was sealed, unless all of it is of
  /// other targets of the environment: these may not be cut over yet.
  private static func isLive(_ state: EnvironmentState) -> Bool {
    guard let lock = state.lock, lock.isLive else { return false }
    let others = state.otherFiles.flatMap(\.template.secrets)
    return lock.order.isEmpty
      || !lock.order.allSatisfy { item in others.contains { item.isOf($0) } }
  }

  /// The pairs for which this run would add a workload to the switch: nobody has looked at it yet,
  /// and it may name the role that is not in use.
  package static func unswitched(
    _ state: EnvironmentState, _ contexts: [KustomizationContext]
  ) -> Set<String> {
    var pairs: Set<String> = []
    for context in contexts {
      let workloads = context.files.workloads.map(\.workload).filter {
        !context.isDeleted($0.kind, $0.name)
      }
      for (pair, roleSwitch) in state.roleSwitches(target: context.target.name)
      where !roleSwitch.changes(workloads, in: context.kustomization).isEmpty {
        pairs.insert(pair)
      }
    }
    return pairs
  }

  /// Refuses what has a refusal, its warnings with it.
  ///
  /// - Returns: the warnings, for after the result.
  /// - Throws: `CommandError` with every refusal.
  static func check(
    _ contexts: [KustomizationContext], _ state: EnvironmentState, _ plan: RunPlan
  ) throws -> [Finding] {
    let environment = state.environment
    let findings = contexts.flatMap { $0.findings() }
    let warnings = findings.filter {
      $0.severity == .warning && $0.acceptance(among: environment.accepted) == nil
    }
    let refused = refusals(findings, contexts, state, plan)
    guard refused.isEmpty else {
      Notices.warn(warnings, environment: environment.name)
      throw CommandError(refused)
    }
    return warnings
  }

  /// What the plan cannot do, every finding of severity error, and a cutover of a running
  /// environment.
  package static func refusals(
    _ findings: [Finding], _ contexts: [KustomizationContext], _ state: EnvironmentState,
    _ plan: RunPlan
  ) -> [Diagnostic] {
    let environment = state.environment
    var refused =
      plan.refusals.map(\.diagnostic)
      + findings.filter { $0.severity == .error }.map(\.diagnostic)
    let first = contexts.lazy.compactMap { context in
      context.replaced.first.map { (context.path, $0) }
    }.first
    if let (path, (name, location)) = first, isLive(state) {
      refused.append(
        Diagnostic(
          "the lock file says that environment '\(environment.name)' is live; new values in place of those of its secretGenerator ('\(name)') would lock its pods out",
          hint:
            "remove the entry from this environment, or list it in keepGenerators; otherwise adopt its live values first",
          file: path, location: location))
    } else if let (_, (name, _)) = first, environment.deployed {
      refused.append(
        Diagnostic(
          "environment '\(environment.name)' is deployed with the values of its secretGenerator ('\(name)'); new values would lock its pods out",
          hint:
            "set 'deployed: false' if nothing runs yet; otherwise adopt its live values: moltseal adopt \(CLI.env) \(environment.name) \(CLI.live)",
          file: Workspace.fileName, location: environment.location))
    }
    return refused
  }
}
