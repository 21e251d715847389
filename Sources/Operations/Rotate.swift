/// `rotate` and `apply`: from plan and ciphertexts to the files of a run, the kustomization last.

internal import Cryptography
package import Kubernetes
package import Manifests
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
    sealed: [LockFile.ItemID: SealedValue], fingerprint: String, lock: [UInt8]?
  ) throws(OperationFault) -> ChangeSet {
    var changes = ChangeSet()
    for (file, planned) in zip(try render(sealed), plan.files) {
      changes.add(
        FileChange(path: file.path, old: planned.file.manifest?.originalBytes, new: file.bytes))
    }
    let newLock = plan.lockFile(
      sealed: sealed, request: request, certificate: fingerprint, state: state)
    if newLock != state.lock {
      changes.add(
        FileChange(
          path: state.environment.lockPath, old: lock,
          new: newLock.render(environment: state.environment.name)))
    }
    changes.add(try kustomization())
    return changes
  }

  private func render(
    _ sealed: [LockFile.ItemID: SealedValue]
  ) throws(OperationFault) -> [RenderedFile] {
    do throws(RenderRefusal) {
      return try plan.render(
        sealed: sealed, rotation: request.rotation,
        surroundings: BuildSurroundings(
          leavesNamespaceOut: context.leavesNamespaceOut,
          labels: { [context] in context.labels(of: $0) }))
    } catch {
      throw OperationFault(error.refusal, file: error.path)
    }
  }

  /// The generator out, the sealed files in, and the rotation ids into the pod templates.
  private func kustomization() throws(OperationFault) -> FileChange {
    var kustomization = context.kustomization
    let old = kustomization.bytes
    let resources = try resources()
    do throws(EditRefusal) {
      try kustomization.checkGeneratorIsList()
      try kustomization.removeGenerators(named: context.entriesToRemove.map(\.name))
      try kustomization.addResources(resources)
      let workloads = context.files.workloads.map(\.workload).filter {
        !context.isDeleted($0.kind, $0.name)
      }
      try kustomization.addReplacements(
        Rollout.missingReplacements(
          secrets: plan.files.flatMap(\.secrets).map { ($0.secret.name, $0.namespace) },
          workloads: workloads, in: kustomization, sha256: { Digest.sha256($0) }))
    } catch {
      throw OperationFault(
        .kustomizationNotEditable, "cannot be edited here: \(error.message)",
        detail: context.entriesToRemove.map(\.name).joined(separator: ", "), file: context.path,
        at: error.location)
    }
    return FileChange(path: context.path, old: old, new: kustomization.bytes)
  }

  /// The sealed files that the kustomization does not include yet, as it would name them.
  private func resources() throws(OperationFault) -> [String] {
    let folder = Path.split(context.path).folder
    var resources: [String] = []
    for path in plan.files.map(\.file.outputPath)
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
