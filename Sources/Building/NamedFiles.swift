/// The files that a kustomization names: those that are read, and those that must only exist.

internal import Manifests
internal import Rules
internal import Repository
internal import Text
internal import Files
internal import YAML

extension KustomizationTree {
  /// Checks that files exist which are not read.
  mutating func checkFiles(_ visit: Visit) {
    var values = visit.list("crds")
    for entry in visit.list("configMapGenerator") {
      values += ["files", "envs"].flatMap { entry[$0]?.items ?? [] }
    }
    for value in values {
      let text = value.scalar ?? ""
      let name = text.place(of: "=")?.after ?? text
      guard let target = Self.path(of: name, in: visit.path) else { continue }
      if !loader.workspace.folder.exists(target) { files.missing.append((visit.path, value)) }
    }
  }

  /// Collects the keys of env files, which a generator turns into keys of its Secret.
  mutating func collectKeys(_ visit: Visit) throws {
    for name in visit.kustomization.generators.flatMap(\.environmentFiles) {
      guard let target = Self.path(of: name, in: visit.path),
        let bytes = try loader.read(target)
      else { continue }
      files.environmentKeys[Name("\(visit.path):\(name)")] = bytes.split { $0 == 10 || $0 == 13 }
        .map { $0.drop { $0 == 32 || $0 == 9 } }
        // A line without `=` takes its value from the builder's environment, which has none of our
        // variables; it may also be the rest of a value.
        .filter { $0.first != UInt8(ascii: "#") && $0.contains(UInt8(ascii: "=")) }
        .map { String(decoding: $0.prefix { $0 != UInt8(ascii: "=") }, as: UTF8.self) }
    }
  }

  /// The texts behind a value: the value itself if it is YAML, a file, or the files of a folder's
  /// kustomization, each with its path.
  mutating func texts(
    _ value: Node, _ path: String
  ) throws -> [(path: String, source: SourceText)] {
    var found: [(path: String, source: SourceText)] = []
    var open = [(value: value, path: path)]
    // A path that is named twice, or names itself, adds nothing.
    var seen: Set<Name> = []
    while let (value, path) = open.popLast() {
      guard let text = value.scalar, !text.isEmpty else { continue }
      if text.holds("\n") || text.begins(with: "{") || text.begins(with: "[") {
        if let source = try? SourceText(Array(text.utf8)) { found.append((path, source)) }
        continue
      }
      guard let target = Self.path(of: text, in: path), seen.insert(Name(target)).inserted
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

  /// The kustomization of a folder, with its path; nil if there is none.
  func kustomization(in folder: String) throws -> (String, Kustomization)? {
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
  mutating func local(_ resource: Node, in path: String) -> String? {
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
