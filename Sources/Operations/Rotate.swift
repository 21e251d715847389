/// `rotate` and `apply`: makes the files of a run from plan and ciphertexts, the kustomization
/// last.

internal import Cryptography
internal import Kubernetes
internal import Manifests
package import Planning
package import Rules
internal import Text
package import Files
internal import Workspace
internal import YAML

/// What the values of a run are to the pods.
package enum RunValues: Sendable {
  /// They are new, and the pods restart to get them.
  case new
  /// They are in use already, so that no pod restarts.
  case inUse
}

package struct RotateOperation: Sendable {
  let plan: RunPlan
  let state: EnvironmentState
  let request: RunRequest
  /// The kustomization of each target, with what surrounds it.
  let contexts: [KustomizationContext]
  let values: RunValues

  package init(
    plan: RunPlan, state: EnvironmentState, request: RunRequest,
    contexts: [KustomizationContext], values: RunValues = .new
  ) {
    self.values = values
    self.plan = plan
    self.state = state
    self.request = request
    self.contexts = contexts
  }

  /// The changes that the run makes.
  ///
  /// - Parameter fingerprint: the fingerprint of the certificate that `sealed` was sealed for.
  /// - Parameter lock: the bytes of the lock file; nil if there is none.
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
    for context in contexts {
      let own = Set(
        state.configMaps.filter { $0.target === context.target.name }.map {
          Name($0.outputPath)
        })
      let edit = TargetEdit(context: context, plan: plan, state: state, values: values)
      for change in try edit.changes(
        publishing: published.map(\.path).filter { own.contains(Name($0)) })
      {
        changes.add(change)
      }
    }
    return changes
  }

  private func render(
    _ sealed: [LockFile.ItemID: SealedValue]
  ) throws(OperationFault) -> [(path: String, bytes: [UInt8])] {
    do throws(RenderRefusal) {
      return try plan.render(
        sealed: sealed, waiting: state.lock?.waiting ?? [],
        rotation: values == .inUse ? nil : request.rotation,
        surroundings: { [contexts] target in
          let context = contexts.first { $0.target.name === target }
          return BuildSurroundings(
            leavesNamespaceOut: context?.leavesNamespaceOut ?? false,
            labels: { context?.labels(of: $0) ?? [] })
        })
    } catch {
      throw OperationFault(error.refusal, file: error.path)
    }
  }
}
