/// The namespace that the kustomizations around a file give to objects without one.

internal import Manifests
internal import Processes
internal import Repository
internal import SecretIO
internal import Text
internal import Files
internal import YAML

/// The kustomizations of the repository, or of the workspace, that files are in.
///
/// They are searched for once, at the first file without a namespace.
final class NamespaceSupply {
  /// What is built where, for each root that was searched.
  private var known: [Name: BuiltNamespaces] = [:]

  /// The maximum number of folders to search.
  private static let limit = 20_000

  /// The namespace that `file` is built in; nil if none is set, or if builds set different ones.
  func namespace(of file: String) -> String? {
    guard file != "-", let path = Disk.realPath(file) else { return nil }
    let folder = Path.parent(path)
    let root = GitRepository.find(from: folder)?.root ?? LoadedWorkspace.above(folder) ?? folder
    let built = known[Name(root)] ?? NamespaceSupply.read(root)
    known[Name(root)] = built
    return built.namespace(of: path)
  }

  /// Searches the folders of a root for kustomizations.
  private static func read(_ root: String) -> BuiltNamespaces {
    var built = BuiltNamespaces()
    var folders = [root]
    var next = 0
    while next < folders.count, folders.count < limit {
      let folder = folders[next]
      next += 1
      let (names, below) = entries(of: folder)
      folders += below.map { Path.join(folder, $0) }
      guard let name = Kustomization.fileNames.first(where: { names.includes($0) }),
        let bytes = try? PlainFile.read(Path.join(folder, name)),
        let source = try? SourceText(bytes), let kustomization = try? Kustomization(source)
      else { continue }
      for resource in kustomization.resources.compactMap(\.scalar) where !resource.holds("://") {
        built.note(
          absolute(resource, in: folder), in: folder, namespace: kustomization.namespace)
      }
    }
    return built
  }

  private static func absolute(_ resource: String, in folder: String) -> String {
    var steps: [String] = []
    for step in Path.steps(folder + "/" + resource) where step != "." {
      if step == ".." { _ = steps.popLast() } else { steps.append(step) }
    }
    let path = "/" + steps.joined(separator: "/")
    return Disk.realPath(path) ?? path
  }

  /// The files, including links, and the folders in a folder, without `.git`.
  private static func entries(of folder: String) -> (files: [String], folders: [String]) {
    var (files, folders): ([String], [String]) = ([], [])
    for entry in (try? Disk.entries(of: folder)) ?? [] where entry.shown != ".git" {
      switch entry.kind {
      case .folder: folders.append(entry.shown)
      case .file, .link: files.append(entry.shown)
      case .other: continue
      }
    }
    return (files, folders)
  }
}
