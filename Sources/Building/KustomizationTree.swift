/// The local files that make up a kustomization, at any depth.

internal import Kustomize
internal import Manifests
internal import Rules
internal import Reporting
internal import Repository
internal import Text
internal import Files
internal import YAML

struct KustomizationTree {
  let loader: EnvironmentLoader
  var files = KustomizationFiles()
  private static let mostWorkloads = 20_000
  /// The workloads that each resource has added, as they are built there.
  private var collected: [Name: [(path: String, workload: Workload)]] = [:]
  /// The words of which a resource contains one if it matters.
  ///
  /// These are the names of the templates' Secrets, and the kinds that are read under any name.
  private let words: Set<[UInt8]>
  /// The files that the run writes, which may not exist yet.
  let written: Set<Name>

  private static let limit = 64 << 20

  /// - Parameter names: Secrets; a resource whose text contains none of these names uses none.
  init(loader: EnvironmentLoader, names: [String], written: Set<Name>) {
    self.loader = loader
    self.written = written
    words = Set(
      (names + ["Secret", "RoleBinding", "ClusterRoleBinding"]).map { Array($0.utf8) })
  }

  /// A kustomization on the way, and how it is reached.
  struct Visit {
    let kustomization: Kustomization
    /// The file, relative to the workspace.
    let path: String
    let reach: Reach
    let names: Names

    /// The nodes of a list; none if the kustomization does not have the field.
    func list(_ field: String) -> [Node] { kustomization.value(field)?.items ?? [] }
  }

  /// What a kustomization does to the sealed files of the outermost one.
  enum Reach {
    /// The outermost one itself.
    case root
    /// It acts on what includes it.
    case component
    /// It acts only on what it includes.
    case base

    /// Whether its patches and transformers reach the sealed files.
    var acts: Bool { self != .base }
  }

  /// What the kustomizations on the way add to objects.
  struct Names {
    var prefix = ""
    var suffix = ""
    /// The namespace that one of them sets; that of the outermost counts.
    var namespace: String?
    /// The labels that they add to every object.
    var labels: [(key: String, value: String)] = []
    /// The number of kustomizations on the way.
    var depth = 0

    func inside(_ kustomization: Kustomization) -> Names {
      Names(
        prefix: prefix + (kustomization.namePrefix ?? ""),
        suffix: (kustomization.nameSuffix ?? "") + suffix,
        namespace: namespace ?? kustomization.namespace,
        labels: kustomization.labels + labels, depth: depth + 1)
    }
  }

  /// Reads the files that `kustomization` includes.
  ///
  /// That includes what acts on sealed files: its own patches and those of components.
  mutating func collect(_ kustomization: Kustomization, at path: String) throws {
    try collect(
      Visit(kustomization: kustomization, path: path, reach: .root, names: Names()))
  }

  private mutating func collect(_ visit: Visit) throws {
    try collectPatches(visit)
    try collectActions(visit)
    try collectKeys(visit)
    if visit.reach == .root { try collectConfigurations(visit) }
    checkFiles(visit)
    for resource in visit.kustomization.resources {
      guard let target = local(resource, in: visit.path) else { continue }
      guard files.included.insert(Name(target)).inserted else {
        collectAgain(target)
        continue
      }
      let first = files.workloads.count
      defer { collected[Name(target)] = Array(files.workloads[first...]) }
      if loader.workspace.folder.isFolder(target) {
        try collectFolder(target, named: resource, by: visit)
      } else {
        try collectFile(target, named: resource, by: visit)
      }
    }
  }

  /// Adds what a resource has added before: it is built again, perhaps in another namespace.
  private mutating func collectAgain(_ target: String) {
    // A tree that doubles is not followed to its end.
    guard files.workloads.count < Self.mostWorkloads else { return }
    files.workloads += collected[Name(target)] ?? []
  }

  /// Follows a resource that is a folder with a kustomization.
  private mutating func collectFolder(
    _ folder: String, named resource: Node, by visit: Visit
  ) throws {
    guard let (base, inner) = try kustomization(in: folder) else {
      files.missing.append((visit.path, resource))
      return
    }
    let names = visit.names.inside(inner)
    // Each level is a recursive call, and the stack is limited.
    guard names.depth <= KustomizationGraph.mostDepth else {
      throw CommandError(
        "is part of a chain of more than \(KustomizationGraph.mostDepth) kustomizations that include each other",
        hint: "include it through fewer kustomizations", file: base)
    }
    files.bases.append(
      .init(
        path: base, kustomization: inner, prefix: names.prefix, suffix: names.suffix,
        namespace: names.namespace))
    files.labels[Name(base)] = names.labels
    let first = files.workloads.count
    try collect(
      Visit(
        kustomization: inner, path: base, reach: inner.isComponent ? .component : .base,
        names: names))
    // What a base includes is built in the base's namespace, whatever its files say.
    if let namespace = inner.namespace, !inner.isComponent {
      for index in files.workloads.indices[first...] {
        files.workloads[index].workload.move(to: namespace)
      }
    }
  }

  /// Reads a resource that is a file, if it matters.
  private mutating func collectFile(
    _ path: String, named resource: Node, by visit: Visit
  ) throws {
    guard let bytes = try loader.read(path, limit: Self.limit) else {
      if !written.contains(Name(path)) { files.missing.append((visit.path, resource)) }
      return
    }
    if visit.reach == .root { files.ownResources[Name(path)] = resource.scalar }
    // With a prefix or suffix, the names in files differ from the built ones.
    let isRenamed = !visit.names.prefix.isEmpty || !visit.names.suffix.isEmpty
    if isRenamed || bytes.holdsWord(of: words) { try collectObjects(path, bytes, visit.names) }
  }
}

extension [UInt8] {
  /// Whether one of `words` occurs as a whole word of letters, digits, `-` and `.`.
  fileprivate func holdsWord(of words: Set<[UInt8]>) -> Bool {
    split { byte in
      switch byte {
      case 48...57, 65...90, 97...122, UInt8(ascii: "-"), UInt8(ascii: "."): false
      default: true
      }
    }.contains { words.contains(Array($0)) }
  }
}
