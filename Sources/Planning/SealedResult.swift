/// Turns a plan and its ciphertexts into the new text of every file.

package import Kubernetes
package import Manifests
internal import Text
internal import Workspace
package import YAML

/// The new text of one sealed file.
package struct RenderedFile: Sendable {
  package let path: String
  package let bytes: [UInt8]
}

/// What kustomize does to the objects of a build, as far as a sealed file has to allow for it.
package struct BuildSurroundings: Sendable {
  /// Whether new files leave their namespace to the kustomization.
  package let leavesNamespaceOut: Bool
  /// The labels that kustomize gives to a Secret with this name; the template's Secret needs them
  /// too.
  package let labels: @Sendable (String) -> [(key: String, value: String)]

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
  ) throws(RenderRefusal) -> [RenderedFile] {
    let output = RunOutput(sealed: sealed, waiting: waiting, rotation: rotation)
    var rendered: [RenderedFile] = []
    for plan in files {
      do throws(EditRefusal) {
        rendered.append(
          RenderedFile(
            path: plan.file.outputPath,
            bytes: try plan.render(output, surroundings(plan.file.target))))
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
      let document = file.document(name: secret.secret.name, namespace: secret.namespace)
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
