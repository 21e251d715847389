/// The kustomizations of a folder that build on others.

package import Manifests
internal import Repository
internal import Text
package import Files
internal import YAML

/// All kustomizations below a folder, and which of them include which.
package struct Includers {
  /// A kustomization that includes another one, at any depth.
  struct Includer {
    /// Relative to the workspace.
    let path: String
    let folder: String
    /// Whether it has only resources, so that what it includes stays as it is.
    let onlyGathers: Bool
  }

  private let found: [(path: String, folder: String, kustomization: Kustomization)]
  /// The indices in `found` of those that include a path, and of the first one in a folder.
  private var including: [Name: [Int]] = [:]
  private var places: [Name: Int] = [:]

  private static let mostFolders = 20_000

  /// Searches the folders of the workspace, except hidden ones, `node_modules` and links.
  ///
  /// The target of a link has its own path.
  init(_ workspace: LoadedWorkspace) throws { try self.init(workspace.folder) }

  /// Searches a folder, except hidden folders, `node_modules` and links.
  package init(_ folder: WorkspaceFolder) throws {
    var found: [(path: String, folder: String, kustomization: Kustomization)] = []
    var folders = ["."]
    var next = 0
    while next < folders.count, folders.count < Self.mostFolders {
      let place = folders[next]
      next += 1
      let names = (try? folder.names(in: place)) ?? []
      for name in names where name != "node_modules" {
        let path = Path.join(place, name)
        if Kustomization.fileNames.includes(name) {
          guard let bytes = try? folder.read(path), let source = try? SourceText(bytes),
            let kustomization = try? Kustomization(source)
          else { continue }
          found.append((path, place, kustomization))
        } else if !name.holds("."), folder.isOwnFolder(path) {
          folders.append(path)
        } else if name.holds("."), !Self.isFile(name), folder.isOwnFolder(path) {
          folders.append(path)
        }
      }
    }
    self.found = found
    for (index, place) in found.enumerated() {
      if places[Name(place.folder)] == nil { places[Name(place.folder)] = index }
      for resource in place.kustomization.resources.compactMap(\.scalar) {
        guard let path = Self.path(of: resource, below: place.folder) else { continue }
        including[Name(path), default: []].append(index)
      }
    }
  }

  /// Whether a name is a file in every repository, so that its type need not be checked.
  private static func isFile(_ name: String) -> Bool {
    [".yaml", ".yml", ".json", ".md", ".sh", ".go", ".env", ".txt", ".js", ".ts", ".py"].contains {
      name.ends(with: $0)
    }
  }

  /// Every kustomization, by its path.
  package var all: [(path: String, folder: String, kustomization: Kustomization)] { found }

  /// The kustomizations that include one of `folders`, directly or not, and are none of them.
  func above(_ folders: [String]) -> [Includer] {
    var reached = Set(folders.map { Name($0) })
    var includers: [Includer] = []
    var next = folders.map { Name($0) }
    while let folder = next.popLast() {
      for index in including[folder] ?? []
      where reached.insert(Name(found[index].folder)).inserted {
        let (path, folder, kustomization) = found[index]
        includers.append(
          Includer(path: path, folder: folder, onlyGathers: Self.onlyGathers(kustomization)))
        next.append(Name(folder))
      }
    }
    return includers.sorted { $0.path < $1.path }
  }

  /// Whether some kustomization includes a folder directly.
  package func isIncluded(_ folder: String) -> Bool {
    (including[Name(folder)] ?? []).contains { found[$0].folder !== folder }
  }

  /// The kustomization of a folder; nil if there is none.
  package func kustomization(of folder: String) -> Kustomization? {
    places[Name(folder)].map { found[$0].kustomization }
  }

  private static func onlyGathers(_ kustomization: Kustomization) -> Bool {
    let plain = ["apiversion", "kind", "metadata", "resources", "bases"]
    return (kustomization.root?.entries ?? []).allSatisfy {
      plain.contains($0.key.scalar?.lowercased() ?? "") || $0.value.isNull
    }
  }

  /// The path that a resource names; nil if it is remote, absolute, or outside the workspace.
  package static func path(of resource: String, below folder: String) -> String? {
    guard !Path.isAbsolute(resource), !resource.holds("://") else { return nil }
    return Path.resolved(resource, from: folder)
  }
}
