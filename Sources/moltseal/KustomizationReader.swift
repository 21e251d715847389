/// Reads a kustomization for the preflight rules.

internal import Credentials
internal import Manifests
internal import Planning
internal import Preflight
internal import Sealing
internal import YAML

struct KustomizationReader {
  let loader: EnvironmentLoader

  /// The context of the preflight rules.
  func context(files: [PlannedFile]) throws -> KustomizationContext {
    let environment = loader.environment
    let path = environment.kustomization.path
    let kustomization = try loader.parse(path) { source throws(YAMLError) in
      try Kustomization(source)
    }
    var tree = KustomizationTree(
      loader: loader, names: files.flatMap(\.template.secrets).map(\.name))
    try tree.collect(kustomization, at: path)
    let written = Set(files.map(\.outputPath))
    let targets = files.flatMap(\.template.secrets).map { secret in
      SealedTarget(
        name: secret.name, namespace: secret.namespace ?? environment.namespace,
        type: secret.type ?? "Opaque",
        scope: environment.scopes[secret.name].flatMap { Scope(rawValue: $0) } ?? .strict)
    }
    return KustomizationContext(
      path: path, kustomization: kustomization, bases: tree.bases, unread: tree.unread,
      workloads: tree.workloads, objects: tree.objects.filter { !written.contains($0.path) },
      patched: tree.patched, replacements: tree.replacements, targets: targets,
      keepGenerators: environment.keepGenerators, included: tree.seen)
  }

  /// The path of `file` as a resource of the kustomization.
  func resourcePath(of file: String) throws -> String {
    let kustomization = loader.environment.kustomization
    guard let slash = kustomization.path.lastIndex(of: "/") else { return file }
    let folder = kustomization.path[..<slash]
    guard file.hasPrefix(folder + "/") else {
      throw CommandError(
        "output '\(loader.environment.output.path)' is not beneath '\(folder)', and kustomize reads no file from elsewhere",
        hint: "let 'output' be a folder beneath the kustomization",
        file: LoadedWorkspace.fileName, location: loader.environment.output.location)
    }
    return String(file.dropFirst(folder.count + 1))
  }
}
