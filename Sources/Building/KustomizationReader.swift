/// Reads kustomizations for the preflight rules.

internal import Kubernetes
internal import Manifests
package import Planning
package import Rules
internal import Text
internal import Workspace
internal import YAML

/// Reads the kustomizations of one environment, with all that they include.
package struct KustomizationReader {
  let loader: EnvironmentLoader

  /// - Parameter loader: reads the files of the environment.
  package init(loader: EnvironmentLoader) {
    self.loader = loader
  }

  /// Returns the input of the preflight rules, for each selected target.
  package func contexts(_ state: EnvironmentState) throws -> [KustomizationContext] {
    try loader.targets.map { try context(of: $0, state) }
  }

  private func context(
    of target: WorkspaceTarget, _ state: EnvironmentState
  ) throws -> KustomizationContext {
    let files = state.files.filter { $0.target === target.name }
    let configMaps = state.configMaps.filter { $0.target === target.name }
    let path = target.kustomization.path
    let kustomization = try loader.parse(path) { source throws(YAMLError) in
      try Kustomization(source)
    }
    var tree = KustomizationTree(
      loader: loader, names: files.flatMap(\.template.secrets).map(\.name),
      written: Set((files.map(\.outputPath) + configMaps.map(\.outputPath)).map { Name($0) })
    )
    try tree.collect(kustomization, at: path)
    var included = tree.files
    let folder = target.output.path
    let references =
      folder == "." ? NameReferences.fileName : "\(folder)/\(NameReferences.fileName)"
    included.nameReferences = try loader.read(references)
    let targets = files.flatMap { file in
      file.template.secrets.map { secret in
        SealedTarget(
          secret, of: file.template,
          scope: target.scopes[secret.name].flatMap { Scope(rawValue: $0) } ?? .strict,
          unseenCopies: loader.environment.copies(of: secret).open)
      }
    }
    return KustomizationContext(
      of: target, in: loader.environment, kustomization, included, targets: targets)
  }
}
