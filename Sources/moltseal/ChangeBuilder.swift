/// From plan and ciphertexts to the files of a run, the kustomization last.

internal import Credentials
internal import Manifests
internal import Planning
internal import Preflight
internal import Sealing
internal import Transactions
internal import YAML

struct ChangeBuilder {
  let loader: EnvironmentLoader
  let reader: KustomizationReader
  let context: KustomizationContext

  func changes(
    _ plan: RunPlan, sealed: [LockFile.ItemID: SealedValue], request: RunRequest,
    fingerprint: String, lock: LockFile?
  ) throws -> ChangeSet {
    var changes = ChangeSet()
    for (file, planned) in zip(try render(plan, sealed, request), plan.files) {
      changes.add(
        FileChange(path: file.path, old: planned.file.manifest?.originalBytes, new: file.bytes))
    }
    let newLock = plan.lockFile(
      sealed: sealed, rotation: request.rotation, now: request.now, certificate: fingerprint,
      old: lock)
    if newLock != lock {
      changes.add(
        FileChange(
          path: loader.environment.lockPath,
          old: try loader.read(loader.environment.lockPath, limit: 64 << 20),
          new: newLock.render(environment: loader.environment.name)))
    }
    changes.add(try kustomization(plan))
    return changes
  }

  private func render(
    _ plan: RunPlan, _ sealed: [LockFile.ItemID: SealedValue], _ request: RunRequest
  ) throws -> [RenderedFile] {
    do throws(RenderRefusal) {
      return try plan.render(sealed: sealed, rotation: request.rotation)
    } catch {
      throw CommandError(
        error.refusal, file: error.path,
        by: "write this part of the file as a plain block, then run the command again")
    }
  }

  /// The generator out, the sealed files in, and the rotation ids into the pod templates.
  private func kustomization(_ plan: RunPlan) throws -> FileChange {
    var kustomization = context.kustomization
    let old = kustomization.bytes
    do {
      try kustomization.checkGeneratorIsList()
      try kustomization.removeGenerators(named: Set(context.entriesToRemove.map(\.name)))
      try kustomization.addResources(try resources(plan))
      for secret in plan.files.flatMap(\.secrets) {
        let replacement = Rollout.missingReplacement(
          secret: secret.secret.name, namespace: secret.namespace,
          workloads: context.workloads.map(\.workload), in: kustomization)
        if let replacement { try kustomization.addReplacement(replacement) }
      }
    } catch let error as EditRefusal {
      throw CommandError(
        error, file: context.path,
        by:
          "take the entries of \(context.entriesToRemove.map(\.name).joined(separator: ", ")) out by hand, add the sealed files to resources, and run the command again"
      )
    }
    return FileChange(path: context.path, old: old, new: kustomization.bytes)
  }

  private func resources(_ plan: RunPlan) throws -> [String] {
    try plan.files.map(\.file.outputPath).filter { !context.included.contains($0) }
      .map { try reader.resourcePath(of: $0) }
  }
}
