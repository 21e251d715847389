/// The folders to search for programs, without those inside a repository.

internal import Glibc
internal import Text

struct SearchPath {
  /// Absolute folders that are not in a repository, even through links.
  let folders: [String]
  /// The repositories, as written and with links resolved.
  private let roots: [String]

  /// - Parameter path: folders separated by colons.
  init(_ path: String, outside repositories: [String]) {
    // A repository at `/` would contain every program.
    let roots = repositories.filter { $0 != "/" }.flatMap {
      [$0, SearchPath.realPath($0)].compactMap { $0 }
    }
    self.roots = roots
    folders = path.pieces(between: ":").filter { folder in
      Path.isAbsolute(folder) && !SearchPath.isIn(roots, folder)
    }
  }

  private init(folders: [String], roots: [String]) {
    self.folders = folders
    self.roots = roots
  }

  /// The same without the folders that contain a link into a repository: for a program that starts
  /// other programs, and does not check where a link leads.
  var withoutLinksIntoRepositories: SearchPath {
    SearchPath(folders: folders.filter { !leadsIntoRepository($0) }, roots: roots)
  }

  /// Returns the path of a program, or nil if no folder has it.
  func find(_ name: String) -> String? {
    folders.lazy.map { "\($0)/\(name)" }.first { path in
      access(path, X_OK) == 0 && !SearchPath.isIn(roots, path)
    }
  }

  /// Replaces PATH in `variables`, if present, by these folders.
  func applied(to variables: [[UInt8]]) -> [[UInt8]] {
    let name = Array("PATH=".utf8)
    let path = folders.isEmpty ? "/usr/bin:/bin" : folders.joined(separator: ":")
    return variables.map { $0.starts(with: name) ? name + Array(path.utf8) : $0 }
  }

  private func leadsIntoRepository(_ folder: String) -> Bool {
    guard !roots.isEmpty, let stream = opendir(folder) else { return false }
    defer { closedir(stream) }
    while let entry = readdir(stream) {
      // A file system need not report an entry's type.
      guard [UInt8(DT_LNK), UInt8(DT_UNKNOWN)].contains(entry.pointee.d_type) else { continue }
      let name = withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
        String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
      }
      if name != ".", name != "..", SearchPath.isIn(roots, "\(folder)/\(name)") {
        return true
      }
    }
    return false
  }

  /// Whether a path, as written or with links resolved, is a repository or below one.
  private static func isIn(_ roots: [String], _ path: String) -> Bool {
    let places = [Path.resolved(path, from: "").map { "/" + $0 }, realPath(path)].compactMap { $0 }
    return places.contains { place in roots.contains { Path.isIn(place, folder: $0) } }
  }

  private static func realPath(_ path: String) -> String? {
    guard let real = realpath(path, nil) else { return nil }
    defer { free(real) }
    return String(cString: real)
  }
}
