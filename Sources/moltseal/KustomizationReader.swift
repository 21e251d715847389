/// Reads a kustomization with the local files it is made of.

internal import Credentials
internal import Manifests
internal import Planning
internal import Preflight
internal import Sealing
internal import Transactions
internal import YAML

struct KustomizationReader {
  let loader: EnvironmentLoader

  private static let fileNames = ["kustomization.yaml", "kustomization.yml", "Kustomization"]

  /// The context of the preflight rules.
  ///
  /// Remote resources are not read.
  func context(files: [PlannedFile]) throws -> KustomizationContext {
    let environment = loader.environment
    let path = environment.kustomization.path
    let kustomization = try loader.parse(path) { source throws(YAMLError) in
      try Kustomization(source)
    }
    var tree = KustomizationTree()
    try collect(kustomization, at: path, &tree)
    let written = Set(files.map(\.outputPath))
    let targets = files.flatMap(\.template.secrets).map { secret in
      SealedTarget(
        name: secret.name, namespace: secret.namespace ?? environment.namespace,
        type: secret.type ?? "Opaque",
        scope: environment.scopes[secret.name].flatMap { Scope(rawValue: $0) } ?? .strict)
    }
    return KustomizationContext(
      path: path, kustomization: kustomization, bases: tree.bases, workloads: tree.workloads,
      objects: tree.objects.filter { !written.contains($0.path) },
      patched: try patchedObjects(kustomization, at: path), targets: targets,
      keepGenerators: environment.keepGenerators)
  }

  /// The path of `file` as a resource of the kustomization.
  func resourcePath(of file: String) throws -> String {
    let kustomization = loader.environment.kustomization
    let folder = parent(kustomization.path)
    if folder == "." { return file }
    guard file.hasPrefix(folder + "/") else {
      throw CommandError(
        "output '\(loader.environment.output.path)' is not beneath '\(folder)', and kustomize reads no file from elsewhere",
        hint: "let 'output' be a folder beneath the kustomization",
        file: LoadedWorkspace.fileName, location: loader.environment.output.location)
    }
    return String(file.dropFirst(folder.count + 1))
  }

  private struct KustomizationTree {
    var seen: Set<String> = []
    var bases: [(path: String, kustomization: Kustomization)] = []
    var workloads: [(path: String, workload: Workload)] = []
    var objects: [(path: String, object: ResourceObject)] = []
  }

  /// The objects that strategic-merge patches name, in files or written out in the kustomization.
  private func patchedObjects(
    _ kustomization: Kustomization, at path: String
  ) throws -> [(path: String, object: ResourceObject)] {
    var patched: [(path: String, object: ResourceObject)] = []
    let inline = (kustomization.value("patches")?.items ?? []).compactMap { $0["patch"]?.scalar }
    let files = (kustomization.value("patches")?.items ?? []).compactMap { $0["path"]?.scalar }
    let merges = (kustomization.value("patchesStrategicMerge")?.items ?? []).compactMap(\.scalar)
    for text in inline + merges.filter({ $0.contains("\n") }) {
      // A JSON 6902 patch is a list and names no object.
      let objects = (try? ResourceObject.find(in: SourceText(Array(text.utf8)))) ?? []
      patched += objects.map { (path, $0) }
    }
    for file in files + merges.filter({ !$0.contains("\n") }) {
      guard let target = normalized(parent(path), file), let bytes = try loader.read(target) else {
        continue
      }
      let objects = (try? ResourceObject.find(in: SourceText(bytes))) ?? []
      patched += objects.map { (target, $0) }
    }
    return patched
  }

  private func collect(
    _ kustomization: Kustomization, at path: String, _ tree: inout KustomizationTree
  ) throws {
    let folder = parent(path)
    for resource in kustomization.resources {
      guard let target = normalized(folder, resource), tree.seen.insert(target).inserted else {
        continue
      }
      if loader.workspace.folder.isFolder(target) {
        guard let (base, bytes) = try findKustomization(in: target) else { continue }
        let inner = try loader.parse(base, bytes) { source throws(YAMLError) in
          try Kustomization(source)
        }
        tree.bases.append((base, inner))
        try collect(inner, at: base, &tree)
      } else if let bytes = try loader.read(target, limit: 64 << 20) {
        try collectWorkloads(bytes, target, &tree)
      }
    }
  }

  private func collectWorkloads(
    _ bytes: [UInt8], _ path: String, _ tree: inout KustomizationTree
  ) throws {
    try loader.parse(path, bytes) { source throws(YAMLError) in
      tree.workloads += try Workload.find(in: source).map { (path, $0) }
      tree.objects += try ResourceObject.find(in: source).map { (path, $0) }
    }
  }

  private func findKustomization(in folder: String) throws -> (String, [UInt8])? {
    for name in Self.fileNames {
      let path = join(folder, name)
      if let bytes = try loader.read(path) { return (path, bytes) }
    }
    return nil
  }

  private func parent(_ path: String) -> String {
    guard let slash = path.lastIndex(of: "/") else { return "." }
    return String(path[..<slash])
  }

  /// `folder/resource` without `.` and `..`; nil for what is remote or leaves the workspace.
  private func normalized(_ folder: String, _ resource: String) -> String? {
    if resource.contains("://") || resource.hasPrefix("/") || resource.hasPrefix("git@") {
      return nil
    }
    var steps: [Substring] = []
    for step in "\(folder)/\(resource)".split(separator: "/") where step != "." {
      if step == ".." {
        guard steps.popLast() != nil else { return nil }
      } else {
        steps.append(step)
      }
    }
    return steps.joined(separator: "/")
  }
}
