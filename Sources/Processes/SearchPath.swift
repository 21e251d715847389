/// The folders that programs are looked for in, without those that a repository brings along.

internal import Glibc
internal import Text

struct SearchPath {
  /// Absolute, and in none of the repositories, by whatever link.
  let folders: [String]
  /// The repositories, as they are written and without links.
  private let roots: [String]

  /// - Parameter path: folders with colons between them.
  init(_ path: String, outside repositories: [String]) {
    // A repository at the root of everything holds every program.
    let roots = repositories.filter { $0 != "/" }.flatMap {
      [$0, SearchPath.realPath($0)].compactMap { $0 }
    }
    self.roots = roots
    folders = path.pieces(between: ":").filter { folder in
      Path.isAbsolute(folder) && !SearchPath.isIn(roots, folder)
    }
  }

  /// The path of a program; nil where no folder has it.
  func find(_ name: String) -> String? {
    folders.lazy.map { "\($0)/\(name)" }.first { path in
      access(path, X_OK) == 0 && !SearchPath.isIn(roots, path)
    }
  }

  /// Variables with these folders as PATH, where they have one, but for those with a link into a repository: a
  /// program asks nobody where a link leads.
  ///
  /// - Parameter startsOthers: whether what is started starts whatever it finds, as kubectl does.
  func applied(to variables: [[UInt8]], startsOthers: Bool) -> [[UInt8]] {
    let name = Array("PATH=".utf8)
    let folders = startsOthers ? folders.filter { !leadsIntoRepository($0) } : folders
    let path = folders.isEmpty ? "/usr/bin:/bin" : folders.joined(separator: ":")
    return variables.map { $0.starts(with: name) ? name + Array(path.utf8) : $0 }
  }

  private func leadsIntoRepository(_ folder: String) -> Bool {
    guard !roots.isEmpty, let stream = opendir(folder) else { return false }
    defer { closedir(stream) }
    while let entry = readdir(stream) {
      // A file system need not say what an entry is.
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

  /// Whether a path, as it is written or without links, is a repository or beneath one.
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
