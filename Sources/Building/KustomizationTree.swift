/// The local files that make up a kustomization, at any depth.

internal import Kustomize
internal import Manifests
internal import Preflight
internal import Reporting
internal import Repository
internal import Text
internal import Transactions
internal import YAML

struct KustomizationTree {
  let loader: EnvironmentLoader
  private(set) var files = KustomizationFiles()
  private static let mostWorkloads = 20_000
  /// The workloads that each resource has added, as they are built there.
  private var collected: [ByBytes: [(path: String, workload: Workload)]] = [:]
  /// The words of which a resource contains one if it matters.
  ///
  /// These are the names of the templates' Secrets, and the kinds that are read under any name.
  private let words: Set<[UInt8]>
  /// The files that the run writes, which may not exist yet.
  private let written: Set<ByBytes>

  private static let limit = 64 << 20

  /// - Parameter names: Secrets; a resource whose text contains none of these names uses none.
  init(loader: EnvironmentLoader, names: [String], written: Set<ByBytes>) {
    self.loader = loader
    self.written = written
    words = Set(
      (names + ["Secret", "RoleBinding", "ClusterRoleBinding"]).map { Array($0.utf8) })
  }

  /// Reads the files that `kustomization` includes.
  ///
  /// That includes what acts on sealed files: its own patches and those of components.
  mutating func collect(_ kustomization: Kustomization, at path: String) throws {
    try collect(kustomization, at: path, acts: true, isRoot: true, Names())
  }

  /// What the kustomizations on the way add to objects.
  private struct Names {
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

  private mutating func collect(
    _ kustomization: Kustomization, at path: String, acts: Bool, isRoot: Bool, _ names: Names
  ) throws {
    try collectPatches(kustomization, at: path, acts: acts, isRoot: isRoot)
    try collectActions(kustomization, at: path, acts: acts)
    try collectKeys(kustomization, at: path)
    if isRoot { try collectConfigurations(kustomization, at: path) }
    try checkFiles(kustomization, at: path)
    for resource in kustomization.resources {
      guard let target = local(resource, in: path) else { continue }
      guard files.included.insert(ByBytes(target)).inserted else {
        // It is built again, perhaps in another namespace. A tree that doubles is not followed
        // to its end.
        if files.workloads.count < Self.mostWorkloads {
          files.workloads += collected[ByBytes(target)] ?? []
        }
        continue
      }
      let first = files.workloads.count
      defer { collected[ByBytes(target)] = Array(files.workloads[first...]) }
      if loader.workspace.folder.isFolder(target) {
        guard let (base, inner) = try self.kustomization(in: target) else {
          files.missing.append((path, resource))
          continue
        }
        let names = names.inside(inner)
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
        files.labels[ByBytes(base)] = names.labels
        try collect(inner, at: base, acts: inner.isComponent, isRoot: false, names)
        // What a base includes is built in the base's namespace, whatever its files say.
        if let namespace = inner.namespace, !inner.isComponent {
          for index in files.workloads.indices[first...] {
            files.workloads[index].workload.move(to: namespace)
          }
        }
      } else if let bytes = try loader.read(target, limit: Self.limit) {
        if isRoot { files.ownResources[ByBytes(target)] = resource.scalar }
        // With a prefix or suffix, the names in files differ from the built ones.
        let isRenamed = !names.prefix.isEmpty || !names.suffix.isEmpty
        if isRenamed || bytes.holdsWord(of: words) { try collectObjects(target, bytes, names) }
      } else if !written.contains(ByBytes(target)) {
        files.missing.append((path, resource))
      }
    }
  }

  private mutating func collectObjects(
    _ path: String, _ bytes: [UInt8], _ names: Names
  ) throws {
    let isWritten = written.contains(ByBytes(path))
    let roots = try loader.parse(path, bytes) { source throws(YAMLError) in
      try ResourceObject.roots(of: source)
    }
    files.labels[ByBytes(path)] = names.labels
    files.objectCounts[ByBytes(path)] = roots.count { !$0.isNull }
    for root in roots {
      if let workload = Workload(root) { files.workloads.append((path, workload)) }
      if !isWritten, let object = ResourceObject(root) {
        let built = object.built(
          prefix: names.prefix, suffix: names.suffix, namespace: names.namespace)
        files.objects.append((path, built))
      }
      collectReferences(root)
      guard root["kind"]?.scalar?.ends(with: "RoleBinding") == true else { continue }
      for subject in root["subjects"]?.items ?? [] {
        guard let namespace = subject["namespace"]?.scalar,
          subject["kind"]?.scalar == "ServiceAccount"
        else { continue }
        files.subjects.append(
          (path, subject["name"]?.scalar ?? "", namespace, subject.location))
      }
    }
  }

  /// Collects the places of an object in which kustomize would follow a renamed Secret.
  private mutating func collectReferences(_ root: Node) {
    guard let kind = root["kind"]?.scalar, let name = root.at("metadata", "name")?.scalar else {
      return
    }
    for field in NameReferences.fields where field.kind == kind {
      for (path, secret) in Self.values(root, field.path.pieces(between: "/")[...], []) {
        files.references.append(
          .init(
            kind: kind, name: name, namespace: root.at("metadata", "namespace")?.scalar,
            path: path.joined(separator: "."), secret: secret))
      }
    }
  }

  /// The scalars at the end of a path, each with its own path, across lists on the way.
  private static func values(
    _ node: Node, _ steps: ArraySlice<String>, _ path: [String]
  ) -> [(path: [String], text: String)] {
    if let items = node.items {
      return items.enumerated().flatMap { values($1, steps, path + [String($0)]) }
    }
    guard let step = steps.first else { return node.scalar.map { [(path, $0)] } ?? [] }
    return node[step].map { values($0, steps.dropFirst(), path + [step]) } ?? []
  }

  /// Collects the fields that the kustomization's own configurations declare as naming a Secret.
  private mutating func collectConfigurations(
    _ kustomization: Kustomization, at path: String
  ) throws {
    for value in list("configurations", kustomization)
    where value.scalar?.ends(with: NameReferences.fileName) == false {
      for (_, source) in try texts(value, path) {
        guard let root = (try? parseYAML(source))?.first?.root else { continue }
        for entry in root["nameReference"]?.items ?? []
        where entry["kind"]?.scalar == "Secret" && entry["group"] == nil {
          files.secretFields += (entry["fieldSpecs"]?.items ?? []).map { Tree($0) }
        }
      }
    }
  }

  /// Collects strategic-merge patches: what they name, what they delete, and the Secrets that they
  /// give to pods.
  private mutating func collectPatches(
    _ kustomization: Kustomization, at path: String, acts: Bool, isRoot: Bool
  ) throws {
    let patches =
      list("patches", kustomization).enumerated().map {
        (
          place: "patches:\($0)", text: $1["patch"] ?? $1["path"], isInline: $1["patch"] != nil,
          target: $1["target"]
        )
      }
      + list("patchesStrategicMerge", kustomization).enumerated().map {
        (place: "patchesStrategicMerge:\($0)", text: $1, isInline: false, target: nil)
      }
      + list("patchesJson6902", kustomization).enumerated().map {
        (place: "patchesJson6902:\($0)", text: nil, isInline: false, target: $1["target"])
      }
    for (place, text, isInline, target) in patches {
      if isRoot, let object = target.flatMap({ ResourceObject(target: $0) }) {
        files.ownPatches[place] = [object]
      }
      guard let text else { continue }
      // The text under `patch` is one patch, on however many lines.
      let sources =
        isInline
        ? (try? SourceText(Array((text.scalar ?? "").utf8))).map { [(path: path, source: $0)] }
          ?? []
        : try texts(text, path)
      for (file, source) in sources {
        // A JSON 6902 patch is a list and names no object; neither does a text that is not YAML.
        for root in (try? ResourceObject.roots(of: source)) ?? [] {
          if root["$patch"]?.scalar == "delete" {
            let object = target.flatMap { ResourceObject(target: $0) } ?? ResourceObject(root)
            if acts, let object { files.deleted.append((file, object)) }
            continue
          }
          if let workload = Workload(root) { files.workloads.append((file, workload)) }
          guard acts, let object = ResourceObject(root) else { continue }
          files.patched.append((file, object))
          if isRoot, target == nil { files.ownPatches[place, default: []].append(object) }
        }
      }
    }
  }

  /// Collects generators at any depth, and the transformers and replacements that act here, in
  /// files or inline.
  private mutating func collectActions(
    _ kustomization: Kustomization, at path: String, acts: Bool
  ) throws {
    for field in acts ? ["generators", "transformers"] : ["generators"] {
      for value in list(field, kustomization) {
        for (file, source) in try texts(value, path) {
          let roots = (try? ResourceObject.roots(of: source)) ?? []
          files.plugins += roots.compactMap { ResourceObject($0) }.map { (file, $0) }
        }
      }
    }
    for item in list("replacements", kustomization) {
      guard let value = item["path"] else { continue }
      for (file, source) in try texts(value, path) where acts {
        guard let root = try? parseYAML(source).first?.root else { continue }
        files.replacements += (root.items ?? [root]).map { (file, $0) }
      }
    }
  }

  /// Checks that files exist which are not read.
  private mutating func checkFiles(_ kustomization: Kustomization, at path: String) throws {
    var values = list("crds", kustomization)
    for entry in list("configMapGenerator", kustomization) {
      values += ["files", "envs"].flatMap { entry[$0]?.items ?? [] }
    }
    for value in values {
      let text = value.scalar ?? ""
      let name = text.place(of: "=")?.after ?? text
      guard let target = Self.path(of: name, in: path) else { continue }
      if !loader.workspace.folder.exists(target) { files.missing.append((path, value)) }
    }
  }

  private func list(_ field: String, _ kustomization: Kustomization) -> [Node] {
    kustomization.value(field)?.items ?? []
  }

  /// Collects the keys of env files, which a generator turns into keys of its Secret.
  private mutating func collectKeys(_ kustomization: Kustomization, at path: String) throws {
    for name in kustomization.generators.flatMap(\.environmentFiles) {
      guard let target = Self.path(of: name, in: path), let bytes = try loader.read(target) else {
        continue
      }
      files.environmentKeys[ByBytes("\(path):\(name)")] = bytes.split { $0 == 10 || $0 == 13 }
        .map { $0.drop { $0 == 32 || $0 == 9 } }
        // A line without `=` takes its value from the builder's environment, which has none of our
        // variables; it may also be the rest of a value.
        .filter { $0.first != UInt8(ascii: "#") && $0.contains(UInt8(ascii: "=")) }
        .map { String(decoding: $0.prefix { $0 != UInt8(ascii: "=") }, as: UTF8.self) }
    }
  }

  /// The texts behind a value: the value itself if it is YAML, a file, or the files of a folder's
  /// kustomization, each with its path.
  private mutating func texts(
    _ value: Node, _ path: String
  ) throws -> [(path: String, source: SourceText)] {
    var found: [(path: String, source: SourceText)] = []
    var open = [(value: value, path: path)]
    // A path that is named twice, or names itself, adds nothing.
    var seen: Set<ByBytes> = []
    while let (value, path) = open.popLast() {
      guard let text = value.scalar, !text.isEmpty else { continue }
      if text.holds("\n") || text.begins(with: "{") || text.begins(with: "[") {
        if let source = try? SourceText(Array(text.utf8)) { found.append((path, source)) }
        continue
      }
      guard let target = Self.path(of: text, in: path), seen.insert(ByBytes(target)).inserted
      else { continue }
      if loader.workspace.folder.isFolder(target) {
        guard let (base, inner) = try kustomization(in: target) else {
          files.missing.append((path, value))
          continue
        }
        open += inner.resources.reversed().map { ($0, base) }
      } else if let bytes = try loader.read(target) {
        if let source = try? SourceText(bytes) { found.append((target, source)) }
      } else {
        files.missing.append((path, value))
      }
    }
    return found
  }

  private func kustomization(in folder: String) throws -> (String, Kustomization)? {
    for name in Kustomization.fileNames {
      let path = Path.join(folder, name)
      guard let bytes = try loader.read(path) else { continue }
      let kustomization = try loader.parse(path, bytes) { source throws(YAMLError) in
        try Kustomization(source)
      }
      return (path, kustomization)
    }
    return nil
  }

  /// The path of a resource from the workspace; nil, and recorded as not read, if it is remote or
  /// leaves the workspace.
  private mutating func local(_ resource: Node, in path: String) -> String? {
    let text = resource.scalar ?? ""
    if let local = Self.path(of: text, in: path) { return local }
    files.unread.append((path, resource, Self.isRemote(text)))
    return nil
  }

  private static func isRemote(_ resource: String) -> Bool {
    let lower = resource.lowercased()
    if lower.begins(with: "git::") || lower.begins(with: "github.com:") { return true }
    // user@host:path, as ssh and git write it.
    if let (user, rest) = resource.place(of: "@"), let (host, _) = rest.place(of: ":"),
      !user.holds("/"), !host.holds("/")
    {
      return true
    }
    return ["://", "github.com/", "?ref="].contains { lower.holds($0) }
  }

  /// The path from the workspace, without `.` and `..`; nil if it is remote or leaves it.
  private static func path(of resource: String, in path: String) -> String? {
    guard !isRemote(resource), !Path.isAbsolute(resource) else { return nil }
    return Path.resolved(resource, from: Path.split(path).folder ?? "")
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
