/// The environments that `init` proposes.

internal import Text
internal import Workspace

extension WorkspaceDraft {
  /// The environment of a target; two targets that make the same Secret are two environments.
  func environment(of target: SurveyedTarget) -> String {
    environments.first { $0.targets.includes(target.name) }?.name ?? settings.environment
  }

  /// The environments, each with the folder of its first sealed files.
  package var places: [(name: String, folder: String)] {
    environments.map { name, names in
      (name, targets.first { names.first === $0.name }?.place.output ?? ".")
    }
  }

  /// The environments with their targets; no two targets of one make the same Secret.
  var environments: [(name: String, targets: [String])] {
    var groups: [(secrets: Set<[String]>, targets: [String])] = []
    // A target without any value has nothing to seal.
    for target in targets where filled.contains(target.name) {
      let secrets = identities(of: target)
      if let index = groups.firstIndex(where: { $0.secrets.isDisjoint(with: secrets) }) {
        groups[index].secrets.formUnion(secrets)
        groups[index].targets.append(target.name)
      } else {
        groups.append((secrets, [target.name]))
      }
    }
    guard groups.count > 1 else { return [(settings.environment, groups.first?.targets ?? [])] }
    return named(groups.map(\.targets))
  }

  /// The namespaces and names of a target's Secrets, without hashes.
  private func identities(of target: SurveyedTarget) -> Set<[String]> {
    Set(
      target.secrets.map {
        [$0.namespace ?? target.namespace.stated ?? "", hash($0.name) ?? $0.name]
      })
  }

  /// Names each group of targets: after its only target, or as the person says.
  private func named(_ groups: [[String]]) -> [(name: String, targets: [String])] {
    var names: Set<String> = []
    return groups.map { targets in
      let own = targets.count == 1 ? targets[0] : settings.environment
      let name =
        ([own] + (2...999).map { "\(own)-\($0)" }).first { names.insert($0).inserted } ?? own
      return (name, targets)
    }
  }
}
