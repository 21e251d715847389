/// The first and the last step of an adoption.
///
/// The first adds annotations to a live Secret before it is taken over; the last removes them from
/// its SealedSecret.

internal import Kubernetes
internal import Manifests
package import Planning
package import Rules
internal import Text
package import Files
internal import Workspace
internal import YAML

package enum Adoption {
  /// The kustomization in which every Secret that will be removed has the annotations of the
  /// preparation.
  ///
  /// - Throws: `OperationFault`.
  package static func prepare(
    _ context: KustomizationContext
  ) throws(OperationFault) -> FileChange {
    var kustomization = context.kustomization
    let old = kustomization.bytes
    let removed = Set(context.entriesToRemove.map { Name($0.name) })
    let key = PathStep.key(kustomization.key("secretGenerator") ?? "secretGenerator")
    var changes: [TreeChange] = []
    for (place, entry) in kustomization.generators.enumerated()
    where removed.contains(Name(entry.name)) {
      for (name, value) in SecretOwnership.preparation where entry.annotations[name] != value {
        changes.append(
          .set([key, .index(place), "options", "annotations", .key(name)], .string(value)))
      }
    }
    do throws(EditRefusal) {
      try kustomization.checkGeneratorIsList()
      try kustomization.apply(changes)
      try kustomization.apply(
        context.displacement.preparation(SecretOwnership.preparation, in: kustomization))
    } catch {
      throw OperationFault(error, of: context)
    }
    return FileChange(path: context.path, old: old, new: kustomization.bytes)
  }

  /// The sealed files without the annotations of the adoption.
  ///
  /// - Throws: `OperationFault`.
  package static func own(_ state: EnvironmentState) throws(OperationFault) -> ChangeSet {
    var changes = ChangeSet()
    for file in state.files where file.isAdopting {
      guard let manifest = file.manifest else { continue }
      do throws(EditRefusal) {
        changes.add(
          FileChange(
            path: file.outputPath, old: manifest.originalBytes, new: try owned(file, manifest)))
      } catch {
        throw OperationFault(error, file: file.outputPath)
      }
    }
    return changes
  }

  private static func owned(
    _ file: PlannedFile, _ manifest: SealedSecretFile
  ) throws(EditRefusal) -> [UInt8] {
    var editor: YAMLEditor
    do throws(YAMLError) {
      editor = try YAMLEditor(try SourceText(manifest.originalBytes))
    } catch { throw EditRefusal(message: error.message, location: error.location) }
    var batches: [DocumentChanges] = []
    for secret in file.template.secrets {
      guard let document = file.document(of: secret) else {
        continue
      }
      let path: [PathStep] = ["spec", "template", "metadata", "annotations"]
      let present = editor.root(document.index)?.at(path)?.entries ?? []
      let going = present.compactMap(\.key.scalar).filter { key in
        SecretOwnership.adoption.contains { $0.key === key }
          && !secret.annotations.contains { $0.key === key }
      }
      guard !going.isEmpty else { continue }
      batches.append(
        DocumentChanges(
          document: document.index,
          changes: going.count == present.count
            ? [.remove(path)] : going.map { .remove(path + [.key($0)]) }))
    }
    try editor.apply(batches)
    return editor.bytes
  }
}
