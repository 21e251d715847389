/// The local files that a kustomization is made of, at any depth.

internal import Manifests
internal import Transactions
internal import YAML

struct KustomizationTree {
  let loader: EnvironmentLoader
  /// The normalized path of every local file and folder that is included.
  private(set) var seen: Set<String> = []
  private(set) var bases: [(path: String, kustomization: Kustomization)] = []
  private(set) var unread: [(path: String, resource: String, isRemote: Bool)] = []
  private(set) var workloads: [(path: String, workload: Workload)] = []
  private(set) var objects: [(path: String, object: ResourceObject)] = []
  /// The objects that patches name.
  private(set) var patched: [(path: String, object: ResourceObject)] = []
  /// The entries of `replacements` in files of their own.
  private(set) var replacements: [(path: String, entry: Node)] = []

  private static let fileNames = ["kustomization.yaml", "kustomization.yml", "Kustomization"]
  private static let limit = 64 << 20

  /// The names of the Secrets that matter.
  private let names: [[UInt8]]

  /// - Parameter names: Secrets; a resource that has none of these names in its text neither uses
  ///   one nor makes one, and is not parsed.
  init(loader: EnvironmentLoader, names: [String]) {
    self.loader = loader
    self.names = Set(names).map { Array($0.utf8) }
  }

  /// Reads what `kustomization` includes.
  ///
  /// What acts on what is sealed, its own patches and those of components, is read as well.
  mutating func collect(_ kustomization: Kustomization, at path: String) throws {
    try collect(kustomization, at: path, acts: true)
  }

  private mutating func collect(
    _ kustomization: Kustomization, at path: String, acts: Bool
  ) throws {
    try collectPatches(kustomization, at: path, acts: acts)
    if acts { try collectActions(kustomization, at: path) }
    for resource in kustomization.resources {
      guard let target = local(resource, in: path), seen.insert(target).inserted else { continue }
      if loader.workspace.folder.isFolder(target) {
        guard let (base, inner) = try self.kustomization(in: target) else { continue }
        bases.append((base, inner))
        try collect(inner, at: base, acts: inner.isComponent)
      } else if let bytes = try loader.read(target, limit: Self.limit),
        names.contains(where: { contains(bytes, $0) })
      {
        try loader.parse(target, bytes) { source throws(YAMLError) in
          for root in try ResourceObject.roots(of: source) {
            if let workload = Workload(root) { workloads.append((target, workload)) }
            if let object = ResourceObject(root) { objects.append((target, object)) }
          }
        }
      }
    }
  }

  /// Strategic-merge patches: what they name, and the Secrets that they give to pods.
  private mutating func collectPatches(
    _ kustomization: Kustomization, at path: String, acts: Bool
  ) throws {
    let patches = (kustomization.value("patches")?.items ?? []).compactMap {
      $0["patch"]?.scalar ?? $0["path"]?.scalar
    }
    let merges = (kustomization.value("patchesStrategicMerge")?.items ?? []).compactMap(\.scalar)
    for (file, source) in try texts(patches + merges, path) {
      // A JSON 6902 patch is a list and names no object; nor does what is no YAML.
      for root in (try? ResourceObject.roots(of: source)) ?? [] {
        if let workload = Workload(root) { workloads.append((file, workload)) }
        if acts, let object = ResourceObject(root) { patched.append((file, object)) }
      }
    }
  }

  /// Replacements, generators and transformers: in files, or written out.
  private mutating func collectActions(_ kustomization: Kustomization, at path: String) throws {
    for field in ["generators", "transformers"] {
      let values = (kustomization.value(field)?.items ?? []).compactMap(\.scalar)
      for (file, source) in try texts(values, path) {
        let roots = (try? ResourceObject.roots(of: source)) ?? []
        objects += roots.compactMap { ResourceObject($0) }.map { (file, $0) }
      }
    }
    for file in (kustomization.value("replacements")?.items ?? []).compactMap({ $0["path"]?.scalar }
    ) {
      guard let target = local(file, in: path), let bytes = try loader.read(target) else {
        continue
      }
      let root = try loader.parse(target, bytes) { source throws(YAMLError) in
        try parseYAML(source).first?.root
      }
      guard let root else { continue }
      replacements += (root.items ?? [root]).map { (target, $0) }
    }
  }

  /// Texts, each of which is YAML itself or the path of a file, with where they stand.
  private mutating func texts(
    _ values: [String], _ path: String
  ) throws -> [(path: String, source: SourceText)] {
    var texts: [(path: String, source: SourceText)] = []
    for value in values {
      if value.contains("\n") || value.hasPrefix("{") {
        if let source = try? SourceText(Array(value.utf8)) { texts.append((path, source)) }
      } else if let target = local(value, in: path), let bytes = try loader.read(target),
        let source = try? SourceText(bytes)
      {
        texts.append((target, source))
      }
    }
    return texts
  }

  private func contains(_ text: [UInt8], _ name: [UInt8]) -> Bool {
    guard let first = name.first, text.count >= name.count else { return false }
    return text.withUnsafeBufferPointer { text in
      (0...text.count - name.count).contains { start in
        text[start] == first && text[start..<start + name.count].elementsEqual(name)
      }
    }
  }

  private func kustomization(in folder: String) throws -> (String, Kustomization)? {
    for name in Self.fileNames {
      let path = join(folder, name)
      guard let bytes = try loader.read(path) else { continue }
      let kustomization = try loader.parse(path, bytes) { source throws(YAMLError) in
        try Kustomization(source)
      }
      return (path, kustomization)
    }
    return nil
  }

  /// The path of `resource` from the workspace, without `.` and `..`; nil, and remembered as not
  /// read, for what is remote or leaves the workspace.
  private mutating func local(_ resource: String, in path: String) -> String? {
    let remote = ["://", "git@", "github.com/", "?ref="].contains { resource.contains($0) }
    let parent = path.lastIndex(of: "/").map { path[..<$0] } ?? ""
    var steps: [Substring] = []
    var leaves = resource.hasPrefix("/")
    for step in "\(parent)/\(resource)".split(separator: "/") where step != "." {
      if step != ".." { steps.append(step) } else if steps.popLast() == nil { leaves = true }
    }
    guard remote || leaves else { return steps.isEmpty ? "." : steps.joined(separator: "/") }
    unread.append((path, resource, remote))
    return nil
  }
}
