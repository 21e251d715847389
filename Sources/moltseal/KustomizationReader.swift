/// Reads a kustomization for the preflight rules.

internal import Kubernetes
internal import Manifests
internal import Planning
internal import Preflight
internal import Text
internal import Workspace
internal import YAML

struct KustomizationReader {
  let loader: EnvironmentLoader

  /// The context of the preflight rules.
  func context(_ state: EnvironmentState) throws -> KustomizationContext {
    let files = state.files
    let environment = loader.environment
    let path = environment.kustomization.path
    let kustomization = try loader.parse(path) { source throws(YAMLError) in
      try Kustomization(source)
    }
    var tree = KustomizationTree(
      loader: loader, names: files.flatMap(\.template.secrets).map(\.name),
      written: Set((files.map(\.outputPath) + state.configMaps.map(\.outputPath)).map(ByBytes.init))
    )
    try tree.collect(kustomization, at: path)
    let targets = files.flatMap { file in
      file.template.secrets.map { secret in
        SealedTarget(
          name: secret.name, namespace: secret.namespace ?? environment.namespace,
          type: secret.type ?? "Opaque",
          scope: environment.scopes[secret.name].flatMap { Scope(rawValue: $0) } ?? .strict,
          keys: secret.items.map(\.key), template: file.template.path)
      }
    }
    return KustomizationContext(
      path: path, kustomization: kustomization, files: tree.files, targets: targets,
      keepGenerators: environment.keepGenerators, isDeployed: environment.deployed)
  }
}
