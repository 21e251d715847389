/// The folders that programs are looked for in, without those that a repository brings along.

internal import Glibc
internal import Text

struct SearchPath {
  /// Absolute, and in none of the repositories, by whatever link.
  let folders: [String]
  private let repositories: [String]

  /// - Parameter path: folders with colons between them.
  init(_ path: String, outside repositories: [String]) {
    // A repository at the root of everything holds every program.
    let repositories = repositories.filter { $0 != "/" }
    self.repositories = repositories
    folders = path.pieces(between: ":").filter { folder in
      Path.isAbsolute(folder) && !SearchPath.isIn(repositories, folder)
    }
  }

  /// The path of a program; nil where no folder has it.
  func find(_ name: String) -> String? {
    folders.lazy.map { "\($0)/\(name)" }.first { path in
      access(path, X_OK) == 0 && !SearchPath.isIn(repositories, path)
    }
  }

  /// Variables with these folders as PATH, where they have one.
  func applied(to variables: [[UInt8]]) -> [[UInt8]] {
    let name = Array("PATH=".utf8)
    let path = folders.isEmpty ? "/usr/bin:/bin" : folders.joined(separator: ":")
    return variables.map { $0.starts(with: name) ? name + Array(path.utf8) : $0 }
  }

  /// Whether a path, as it is written or without links, is a repository or beneath one.
  private static func isIn(_ repositories: [String], _ path: String) -> Bool {
    let places = [Path.resolved(path, from: "").map { "/" + $0 }, realPath(path)].compactMap { $0 }
    return repositories.contains { repository in
      let roots = [repository, realPath(repository)].compactMap { $0 }
      return places.contains { place in roots.contains { Path.isIn(place, folder: $0) } }
    }
  }

  private static func realPath(_ path: String) -> String? {
    guard let real = realpath(path, nil) else { return nil }
    defer { free(real) }
    return String(cString: real)
  }
}
