/// Sets which role's Secret the consumers name: the source of one `replacements` entry.

internal import Text
package import YAML

/// The Secrets of two roles that log in alternately.
package struct RoleSwitch: Sendable {
  /// The names of both Secrets.
  package let secrets: [String]
  /// The one that the consumers should name.
  package let active: String
  package let namespace: String?

  package init(secrets: [String], active: String, namespace: String?) {
    self.secrets = secrets
    self.active = active
    self.namespace = namespace
  }

  /// The changes that the kustomization still needs, so that the consumers name the active Secret.
  ///
  ///     - source:
  ///         kind: SealedSecret
  ///         name: api-database-a
  ///         namespace: api
  ///         fieldPath: metadata.name
  ///       targets:
  ///         - select:
  ///             kind: Deployment
  ///             name: api
  ///             namespace: api
  ///           fieldPaths:
  ///             - spec.template.spec.containers.[name=api].envFrom.0.secretRef.name
  package func changes(_ workloads: [Workload], in kustomization: Kustomization) -> [TreeChange] {
    let targets = wantedTargets(workloads, kustomization)
    let key = PathStep.key(kustomization.key("replacements") ?? "replacements")
    guard let (index, entry) = entries(in: kustomization).first else {
      guard !targets.isEmpty else { return [] }
      return [.append([key], self.entry(targets.map { target($0.workload, $0.paths) }))]
    }
    let path = [key, .index(index), "targets"]
    return set(key, index, entry)
      + targets.flatMap { workload, paths -> [TreeChange] in
        let known = (entry["targets"]?.items ?? []).enumerated().filter { _, node in
          node.at("select", "kind")?.scalar ?? "" == workload.kind
            && node.at("select", "name")?.scalar ?? "" === workload.name
        }
        guard let first = known.first else { return [.append(path, target(workload, paths))] }
        let present = known.flatMap { $0.element["fieldPaths"]?.items ?? [] }.compactMap(\.scalar)
        return paths.filter { path in !present.contains { $0 === path } }.map {
          .append(path + [.index(first.offset), "fieldPaths"], .string($0))
        }
      }
  }

  /// The workloads that can follow, each with the fields that name one of the two Secrets.
  private func wantedTargets(
    _ workloads: [Workload], _ kustomization: Kustomization
  ) -> [(workload: Workload, paths: [String])] {
    Rollout.distinct(workloads).filter { workload in
      workload.canRoll && Rollout.shares(workload, namespace, kustomization)
    }.compactMap { workload in
      var paths: [String] = []
      for use in workload.uses where secrets.contains(where: { $0 === use.secret }) {
        if !paths.contains(where: { $0 === use.path }) { paths.append(use.path) }
      }
      return paths.isEmpty ? nil : (workload, paths)
    }
  }

  /// Removes the fields of the entry that no longer name one of the two Secrets.
  ///
  /// Setting them would replace another Secret with a role's.
  package func staleChanges(
    _ workloads: [Workload], in kustomization: Kustomization
  ) -> [TreeChange] {
    guard let (index, entry) = entries(in: kustomization).first else { return [] }
    let key = PathStep.key(kustomization.key("replacements") ?? "replacements")
    let known = Rollout.distinct(workloads)
    var (changes, gone) = ([TreeChange](), 0)
    let targets = entry["targets"]?.items ?? []
    for (place, target) in targets.enumerated().reversed() {
      let kind = target.at("select", "kind")?.scalar ?? ""
      let name = target.at("select", "name")?.scalar ?? ""
      guard let workload = known.first(where: { $0.kind == kind && $0.name === name }) else {
        continue
      }
      let paths = (target["fieldPaths"]?.items ?? []).map { $0.scalar ?? "" }
      let stale = paths.indices.filter { position in
        !workload.uses.contains { use in
          use.path === paths[position] && secrets.contains { $0 === use.secret }
        }
      }
      let path = [key, .index(index), "targets", .index(place)]
      if stale.count == paths.count {
        changes.append(.remove(path))
        gone += 1
      } else {
        changes += stale.reversed().map { .remove(path + ["fieldPaths", .index($0)]) }
      }
    }
    guard gone == targets.count, gone > 0 else { return changes }
    // Remove an entry without targets, and a list without entries.
    let isOnly = kustomization.value("replacements")?.items?.count == 1
    return [.remove(isOnly ? [key] : [key, .index(index)])]
  }

  /// A workload in which it is not clear which item of a list names one of the Secrets, because a
  /// patch has that list as well; nil if there is none.
  package func unclear(_ workloads: [Workload]) -> Workload? {
    Rollout.distinct(workloads).first { workload in
      workload.hasPatchedLists
        && workload.uses.contains { use in
          use.isByPlace && secrets.contains { $0 === use.secret }
        }
    }
  }

  /// The Secret that the consumers name; nil if no entry says so.
  package func named(in kustomization: Kustomization) -> String? {
    entries(in: kustomization).first?.1.at("source", "name")?.scalar
  }

  private func set(_ key: PathStep, _ index: Int, _ entry: Node) -> [TreeChange] {
    guard let name = entry.at("source", "name")?.scalar, name !== active else { return [] }
    return [.set([key, .index(index), "source", "name"], .string(active))]
  }

  /// The entries that copy the name of one of the Secrets.
  private func entries(in kustomization: Kustomization) -> [(Int, Node)] {
    (kustomization.value("replacements")?.items ?? []).enumerated().filter { _, entry in
      let source = entry["source"]
      let path = source?["fieldPath"]?.scalar ?? "metadata.name"
      return source?["kind"]?.scalar == "SealedSecret" && path == "metadata.name"
        && secrets.contains { $0 === source?["name"]?.scalar ?? "" }
        && (namespace == nil || source?["namespace"] == nil
          || source?["namespace"]?.scalar === namespace)
    }.map { ($0.offset, $0.element) }
  }

  private func entry(_ targets: [Tree]) -> Tree {
    .map([
      (
        "source",
        .map(
          [("kind", .string("SealedSecret")), ("name", .string(active))]
            + Rollout.identity(namespace) + [("fieldPath", .string("metadata.name"))])
      ),
      ("targets", .sequence(targets)),
    ])
  }

  private func target(_ workload: Workload, _ paths: [String]) -> Tree {
    .map([
      (
        "select",
        .map(
          [("kind", .string(workload.kind)), ("name", .string(workload.name))]
            + Rollout.identity(workload.ownNamespace))
      ),
      ("fieldPaths", .sequence(paths.map { .string($0) })),
    ])
  }
}
