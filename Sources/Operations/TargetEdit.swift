/// The changes of a run to the kustomization of one target.

internal import Cryptography
internal import Kubernetes
internal import Manifests
internal import Planning
internal import Rules
internal import Text
internal import Files
internal import Workspace
internal import YAML

struct TargetEdit: Sendable {
  let context: KustomizationContext
  let plan: RunPlan
  let state: EnvironmentState
  private let values: RunValues

  init(
    context: KustomizationContext, plan: RunPlan, state: EnvironmentState,
    values: RunValues = .new
  ) {
    self.values = values
    self.context = context
    self.plan = plan
    self.state = state
  }

  private var files: [FilePlan] { plan.files.filter { $0.file.target === context.target.name } }

  /// The Secrets whose rotation the pods follow: those that have a rotation id.
  private var followed: [Rollout.Followed] {
    files.flatMap { file in
      file.secrets.compactMap { secret in
        guard secret.secret.role == nil else { return restarted(secret) }
        let document = file.file.document(of: secret.secret)
        let isFollowed =
          document.map { $0.rotation != nil } ?? true || secret.changesValues || secret.restarts
        return isFollowed
          ? Rollout.Followed(name: secret.secret.name, namespace: secret.namespace) : nil
      }
    }
  }

  /// The role's Secret that records the restarts of a pair; nil if it records none.
  private func restarted(_ plan: SecretPlan) -> Rollout.Followed? {
    guard plan.restarts, let role = plan.secret.role?.suffix,
      let base = plan.secret.name.without(suffix: "-" + role),
      let pair = state.workspace.groups.first(where: { $0.name == plan.secret.pair })
    else { return nil }
    return Rollout.Followed(
      restartsOf: plan.secret.name, base: base,
      roles: pair.roles.map { "\(base)-\($0.suffix)" }, namespace: plan.namespace)
  }

  /// Removes the generator entries, adds the sealed files, and copies the rotation ids to the pod
  /// templates.
  ///
  /// - Parameter published: the paths of the public files.
  /// - Throws: `OperationFault`.
  func changes(
    publishing published: [String]
  ) throws(OperationFault) -> [FileChange] {
    var kustomization = context.kustomization
    let old = kustomization.bytes
    let references = try nameReferences()
    let resources = try paths(files.map(\.file.outputPath) + published)
    let configurations = try paths(references.map { [$0.path] } ?? [])
    let switchFault: OperationFault?
    do throws(EditRefusal) {
      try kustomization.checkGeneratorIsList()
      try kustomization.removeGenerators(named: context.entriesToRemove.map(\.name))
      try kustomization.apply(context.displacement.changes(in: kustomization))
      try kustomization.addResources(resources)
      try kustomization.addConfigurations(configurations)
      let workloads = context.files.workloads.map(\.workload).filter {
        !context.isDeleted($0.kind, $0.name)
      }
      try kustomization.addReplacements(
        Rollout.missingReplacements(
          // A role's Secret changes while nobody uses it; the switch restarts the pods.
          secrets: values == .inUse ? [] : followed,
          workloads: workloads.map { $0.naming(context.displacement.newNames) },
          in: kustomization, sha256: { Digest.sha256($0) }))
      try kustomization.addReplacements(
        context.displacement.followers(context.files.references))
      switchFault = try switchRoles(of: workloads, in: &kustomization)
    } catch {
      throw OperationFault(error, of: context)
    }
    if let switchFault { throw switchFault }
    return [references, FileChange(path: context.path, old: old, new: kustomization.bytes)]
      .compactMap { $0 }
  }

  /// Lets the workloads name the roles that are in use after the run.
  ///
  /// - Returns: why a switch cannot be made; nil if all can.
  private func switchRoles(
    of workloads: [Workload], in kustomization: inout Kustomization
  ) throws(EditRefusal) -> OperationFault? {
    var unnamed: RoleSwitch?
    var unclear: Workload?
    for (pair, roleSwitch) in plan.roleSwitches(state, target: context.target.name) {
      unclear = unclear ?? roleSwitch.unclear(workloads)
      try kustomization.apply(roleSwitch.changes(workloads, in: kustomization))
      try kustomization.apply(roleSwitch.staleChanges(workloads, in: kustomization))
      let isFlipped = plan.flips.contains { $0.pair.name === pair }
      if isFlipped, roleSwitch.named(in: kustomization) == nil { unnamed = roleSwitch }
    }
    if let unclear {
      return OperationFault(
        .switchUnclear,
        "\(unclear.kind) '\(unclear.name)' has envFrom or projected sources both in its own file and in a patch, and one of them names a role's Secret, so its position is unclear",
        file: context.path)
    }
    return unnamed.map { roleSwitch in
      OperationFault(
        .nothingToSwitch,
        "no workload in it names \(roleSwitch.secrets.joined(separator: " or ")), so there is nothing to switch",
        file: context.path)
    }
  }

  /// The file that makes references follow a prefix or suffix; nil if nothing is renamed.
  private func nameReferences() throws(OperationFault) -> FileChange? {
    let kustomization = context.kustomization
    guard !files.isEmpty, kustomization.namePrefix != nil || kustomization.nameSuffix != nil else {
      return nil
    }
    let folder = context.target.output.path
    let path = folder == "." ? NameReferences.fileName : "\(folder)/\(NameReferences.fileName)"
    return FileChange(
      path: path, old: context.files.nameReferences,
      new: NameReferences.text(more: context.files.secretFields))
  }

  /// Files that the kustomization does not include yet, relative to its folder.
  private func paths(_ files: [String]) throws(OperationFault) -> [String] {
    let folder = Path.split(context.path).folder
    var paths: [String] = []
    for path in files where !context.files.included.contains(Name(path)) {
      guard let folder else {
        paths.append(path)
        continue
      }
      guard let resource = Path.relative(path, to: folder) else {
        throw OperationFault(
          .outputElsewhere,
          "output '\(context.target.output.path)' is not beneath '\(folder)', and kustomize cannot read files from elsewhere",
          at: context.target.output.location)
      }
      paths.append(resource)
    }
    return paths
  }
}
