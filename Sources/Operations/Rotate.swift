/// `rotate` and `apply`: from plan and ciphertexts to the files of a run, the kustomization last.

internal import Cryptography
internal import Kubernetes
internal import Manifests
package import Planning
package import Preflight
internal import Text
package import Transactions
internal import Workspace
internal import YAML

package struct RotateOperation: Sendable {
  package let plan: RunPlan
  package let state: EnvironmentState
  package let request: RunRequest
  package let context: KustomizationContext

  package init(
    plan: RunPlan, state: EnvironmentState, request: RunRequest, context: KustomizationContext
  ) {
    self.plan = plan
    self.state = state
    self.request = request
    self.context = context
  }

  /// What the run changes.
  ///
  /// - Parameter fingerprint: that of the certificate that `sealed` was sealed for.
  /// - Parameter lock: the bytes of the lock file; nil where there is none.
  /// - Throws: `OperationFault`.
  package func changes(
    sealed result: ValueSealing.Result, fingerprint: String, lock: [UInt8]?
  ) throws(OperationFault) -> ChangeSet {
    let sealed = result.values
    var changes = ChangeSet()
    for (file, planned) in zip(try render(sealed), plan.files) {
      changes.add(
        FileChange(path: file.path, old: planned.file.manifest?.originalBytes, new: file.bytes))
    }
    let newLock = plan.lockFile(
      sealed: sealed, publicKeys: result.publicKeys, request: request, certificate: fingerprint,
      state: state)
    let published = plan.renderConfigMaps(newLock, state)
    for file in published {
      let old = state.configMaps.first { $0.outputPath === file.path }?.bytes
      changes.add(FileChange(path: file.path, old: old, new: file.bytes))
    }
    if newLock != state.lock {
      changes.add(
        FileChange(
          path: state.environment.lockPath, old: lock,
          new: newLock.render(environment: state.environment.name)))
    }
    changes.add(try kustomization(publishing: published.map(\.path)))
    return changes
  }

  private func render(
    _ sealed: [LockFile.ItemID: SealedValue]
  ) throws(OperationFault) -> [RenderedFile] {
    do throws(RenderRefusal) {
      return try plan.render(
        sealed: sealed, waiting: state.lock?.waiting ?? [], rotation: request.rotation,
        surroundings: BuildSurroundings(
          leavesNamespaceOut: context.leavesNamespaceOut,
          labels: { [context] in context.labels(of: $0) }))
    } catch {
      throw OperationFault(error.refusal, file: error.path)
    }
  }

  /// The generator out, the sealed files in, and the rotation ids into the pod templates.
  private func kustomization(publishing published: [String]) throws(OperationFault) -> FileChange {
    var kustomization = context.kustomization
    let old = kustomization.bytes
    let resources = try resources(published)
    var unnamed: RoleSwitch?
    var unclear: Workload?
    do throws(EditRefusal) {
      try kustomization.checkGeneratorIsList()
      try kustomization.removeGenerators(named: context.entriesToRemove.map(\.name))
      try kustomization.addResources(resources)
      let workloads = context.files.workloads.map(\.workload).filter {
        !context.isDeleted($0.kind, $0.name)
      }
      try kustomization.addReplacements(
        Rollout.missingReplacements(
          // A role's Secret changes while nobody uses it; the switch moves the pods.
          secrets: plan.files.flatMap(\.secrets).filter { $0.secret.role == nil }.map {
            ($0.secret.name, $0.namespace)
          },
          workloads: workloads, in: kustomization, sha256: { Digest.sha256($0) }))
      for (pair, roleSwitch) in plan.roleSwitches(state) {
        unclear = unclear ?? roleSwitch.unclear(workloads)
        try kustomization.apply(roleSwitch.changes(workloads, in: kustomization))
        try kustomization.apply(roleSwitch.staleChanges(workloads, in: kustomization))
        let isFlipped = plan.flips.contains { $0.pair.name === pair }
        if isFlipped, roleSwitch.named(in: kustomization) == nil { unnamed = roleSwitch }
      }
    } catch {
      throw OperationFault(
        .kustomizationNotEditable, "cannot be edited here: \(error.message)",
        detail: context.entriesToRemove.map(\.name).joined(separator: ", "), file: context.path,
        at: error.location)
    }
    if let unclear {
      throw OperationFault(
        .switchUnclear,
        "\(unclear.kind) '\(unclear.name)' has envFrom or projected sources both in its own file and in a patch, and one of them names a role's Secret: at which place is not known",
        file: context.path)
    }
    if let unnamed {
      throw OperationFault(
        .nothingToSwitch,
        "no workload of it names \(unnamed.secrets.joined(separator: " or ")), so there is nothing to switch",
        file: context.path)
    }
    return FileChange(path: context.path, old: old, new: kustomization.bytes)
  }

  /// The sealed files that the kustomization does not include yet, as it would name them.
  private func resources(_ published: [String]) throws(OperationFault) -> [String] {
    let folder = Path.split(context.path).folder
    var resources: [String] = []
    for path in plan.files.map(\.file.outputPath) + published
    where !context.files.included.contains(ByBytes(path)) {
      guard let folder else {
        resources.append(path)
        continue
      }
      guard let resource = Path.relative(path, to: folder) else {
        throw OperationFault(
          .outputElsewhere,
          "output '\(state.environment.output.path)' is not beneath '\(folder)', and kustomize reads no file from elsewhere",
          at: state.environment.output.location)
      }
      resources.append(resource)
    }
    return resources
  }
}
