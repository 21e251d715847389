/// Turns a plan and its ciphertexts into the new text of every file.

package import Kubernetes
package import Manifests
internal import Text
internal import Workspace
package import YAML

/// What kustomize does to the objects of a build, as far as a sealed file has to allow for it.
package struct BuildSurroundings: Sendable {
  /// Whether new files leave their namespace to the kustomization.
  let leavesNamespaceOut: Bool
  /// The labels that kustomize gives to a Secret with this name; the template's Secret needs them
  /// too.
  let labels: @Sendable (String) -> [(key: String, value: String)]

  package init(
    leavesNamespaceOut: Bool,
    labels: @escaping @Sendable (String) -> [(key: String, value: String)]
  ) {
    self.leavesNamespaceOut = leavesNamespaceOut
    self.labels = labels
  }
}

/// Why a sealed file could not be edited.
package struct RenderRefusal: Error, Sendable {
  package let path: String
  package let refusal: EditRefusal
}

extension RunPlan {
  /// The items to seal, in the order in which `render` takes their ciphertexts.
  package var sealedItems: [(plan: SecretPlan, item: ItemPlan)] {
    files.flatMap { file in
      file.secrets.flatMap { secret in
        (secret.items + secret.waiting).compactMap { item in
          if case .seal = item.action { (secret, item) } else { nil }
        }
      }
    }
  }

  /// The text of every sealed file after the run.
  ///
  /// - Parameter rotation: nil for values that already run: no pod has to restart, and the Secrets
  ///   stay unowned until they are known to exist.
  /// - Parameter surroundings: returns those of a target, by its name.
  package func render(
    sealed: [LockFile.ItemID: SealedValue], waiting: [LockFile.Waiting] = [], rotation: String?,
    surroundings: (String) -> BuildSurroundings
  ) throws(RenderRefusal) -> [(path: String, bytes: [UInt8])] {
    let output = RunOutput(sealed: sealed, waiting: waiting, rotation: rotation)
    var rendered: [(path: String, bytes: [UInt8])] = []
    for plan in files {
      do throws(EditRefusal) {
        let bytes = try plan.render(output, surroundings(plan.file.target))
        rendered.append((plan.file.outputPath, bytes))
      } catch {
        throw RenderRefusal(path: plan.file.outputPath, refusal: error)
      }
    }
    return rendered
  }
}

extension FilePlan {
  fileprivate func render(
    _ output: RunOutput, _ surroundings: BuildSurroundings
  ) throws(EditRefusal) -> [UInt8] {
    func content(_ secret: SecretPlan, _ document: SealedSecretDocument?) -> SealedSecret {
      SealedContent(
        plan: secret, document: document, output: output, surroundings: surroundings
      ).sealedSecret
    }
    guard var manifest = file.manifest else {
      return SealedSecretFile.render(secrets.map { content($0, nil) })
    }
    var changes: [DocumentChanges] = []
    var added: [SealedSecret] = []
    for secret in secrets {
      let document = file.document(of: secret.secret)
      let content = content(secret, document)
      if let document {
        changes.append(manifest.changes(of: document, to: content, removing: secret.removed))
        if surroundings.leavesNamespaceOut, document.namespace != nil {
          changes.append(
            DocumentChanges(
              document: document.index, changes: [.remove(["metadata", "namespace"])]))
        }
      } else {
        added.append(content)
      }
    }
    try manifest.apply(changes)
    do throws(YAMLError) {
      try manifest.append(added)
    } catch {
      throw EditRefusal(message: error.message, location: error.location)
    }
    return manifest.bytes
  }
}
