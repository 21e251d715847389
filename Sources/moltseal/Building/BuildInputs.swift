/// The files that a build reads: every local file and folder that a kustomization names, at any depth.

internal import Manifests
internal import Text
internal import Transactions
internal import YAML

struct BuildInputs {
  private let folder: WorkspaceFolder
  /// By their path from the workspace.
  private(set) var files: [ByBytes: [UInt8]] = [:]
  /// The folders with a kustomization.
  private var seen: Set<ByBytes> = []

  private static let limit = 64 << 20
  /// How many files a build may read, and how many bytes: a tree is text that people wrote.
  private static let mostFiles = 20_000

  init(_ folder: WorkspaceFolder) { self.folder = folder }

  /// Takes in the kustomization of a folder and what it names.
  mutating func collect(_ path: String) throws {
    guard seen.insert(ByBytes(path)).inserted else { return }
    for name in Kustomization.fileNames {
      let file = Path.join(path, name)
      guard let bytes = try read(file) else { continue }
      try names(in: bytes, below: path)
    }
  }

  /// Takes in what the scalars of a file name: no list of kustomize's fields is complete for long.
  private mutating func names(in bytes: [UInt8], below folder: String) throws {
    guard let source = try? SourceText(bytes), let documents = try? parseYAML(source) else {
      return
    }
    var names: [String] = []
    for document in documents {
      document.root?.visit { node in
        guard let text = node.scalar, !text.isEmpty, text.utf8.count < 4096, !text.holds("\n")
        else { return }
        names.append(text)
        if let (_, value) = text.place(of: "="), !value.isEmpty { names.append(value) }
      }
    }
    for name in names {
      guard let path = Self.path(of: name, below: folder) else { continue }
      if self.folder.isFolder(path) {
        if isKustomization(path) {
          try collect(path)
        } else if name.holds("/") || self.folder.exists(Path.join(path, "Chart.yaml")) {
          try collectAll(below: path, depth: 0)
        }
      } else if self.folder.exists(path) {
        let isNew = files[ByBytes(path)] == nil
        guard let bytes = try read(path), isNew else { continue }
        // Generators and transformers of their own name files too.
        if bytes.count < 1 << 20, path.ends(with: ".yaml") || path.ends(with: ".yml") {
          try builtinNames(in: bytes, below: folder)
        }
      }
    }
  }

  private mutating func builtinNames(in bytes: [UInt8], below folder: String) throws {
    guard let source = try? SourceText(bytes), let documents = try? parseYAML(source),
      documents.contains(where: {
        $0.root?["apiVersion"]?.scalar == "builtin"
          || $0.root?["apiVersion"]?.scalar?.holds("kustomize") == true
      })
    else { return }
    try names(in: bytes, below: folder)
  }

  private func isKustomization(_ path: String) -> Bool {
    Kustomization.fileNames.contains { folder.exists(Path.join(path, $0)) }
  }

  private mutating func collectAll(below path: String, depth: Int) throws {
    guard depth < 20 else { return }
    for name in (try? folder.names(in: path)) ?? [] {
      let inner = Path.join(path, name)
      if folder.isFolder(inner) {
        try collectAll(below: inner, depth: depth + 1)
      } else {
        _ = try read(inner)
      }
    }
  }

  private mutating func read(_ path: String) throws -> [UInt8]? {
    if let known = files[ByBytes(path)] { return known }
    do throws(FileError) {
      guard let bytes = try folder.readIfPresent(path, limit: Self.limit) else { return nil }
      guard files.count < Self.mostFiles else {
        throw FileError.tooMany(path)
      }
      files[ByBytes(path)] = bytes
      return bytes
    } catch {
      // What cannot be read here, kustomize cannot read there: it says so itself.
      if error.isTooMany { throw CommandError(error, what: "cannot build with") }
      return nil
    }
  }

  /// The path from the workspace; nil for what leaves it.
  private static func path(of name: String, below folder: String) -> String? {
    guard !Path.isAbsolute(name), !name.holds("://"), name.utf8.contains(where: { $0 > 32 }) else {
      return nil
    }
    return Path.resolved(name, from: folder)
  }
}
