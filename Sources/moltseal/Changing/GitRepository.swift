/// The git repository around a workspace: where its directory is, and what is not committed.

internal import Glibc
internal import Transactions

struct GitRepository {
  /// The absolute path of `.git`, or of what a worktree's `.git` file names.
  let directory: String
  /// The absolute path of the work tree.
  let root: String

  /// Looks for `.git` in `path` and above it.
  static func find(from path: String) -> GitRepository? {
    var folder = path
    while true {
      let candidate = folder == "/" ? "/.git" : folder + "/.git"
      var status = stat()
      if stat(candidate, &status) == 0 {
        if status.st_mode & S_IFMT == S_IFDIR {
          return GitRepository(directory: candidate, root: folder)
        }
        if let linked = linkedDirectory(candidate, from: folder) {
          return GitRepository(directory: linked, root: folder)
        }
      }
      guard folder != "/", let slash = folder.lastIndex(of: "/") else { return nil }
      folder = slash == folder.startIndex ? "/" : String(folder[..<slash])
    }
  }

  /// Where the journal of this workspace is kept: one folder per workspace of the repository.
  func journalFolder(for workspace: String) -> String {
    let inside = workspace == root ? "" : String(workspace.dropFirst(root.count + 1))
    let key =
      inside.isEmpty
      ? "workspace"
      : "workspace-" + inside.map { $0 == "/" ? "%2F" : $0 == "%" ? "%25" : String($0) }.joined()
    return "\(directory)/moltseal/\(key)"
  }

  /// Begins to ask which of `paths`, relative to `workspace`, are changed, untracked or ignored:
  /// git works while values are made and sealed.
  func askForUncommitted(_ paths: [String], workspace: String) throws -> RunningChild {
    try Children.start(
      "git",
      [
        "-C", workspace, "-c", "core.fsmonitor=false", "-c", "core.hooksPath=/dev/null", "status",
        "--porcelain=v1",
        "-z", "--no-renames", "--ignored=matching", "--untracked-files=all", "--",
      ] + paths.map { ":(literal)" + $0 }, workspace: workspace)
  }

  /// Git's answer: those of `paths` that it named.
  func uncommitted(
    _ paths: [String], of child: consuming RunningChild, workspace: String
  ) throws -> [String] {
    let result = child.finish()
    guard result.status == 0 else {
      let reason =
        result.errors.split(separator: "\n").first.map(String.init) ?? "status \(result.status)"
      throw CommandError(
        "git status failed: \(reason)", hint: "make 'git status' work here, or pass --allow-dirty")
    }
    let found = result.output.split(separator: 0).map {
      String(decoding: $0.dropFirst(3), as: UTF8.self)
    }
    // Git names paths from its root, and an ignored folder instead of what is in it.
    let inside = workspace == root ? "" : workspace.dropFirst(root.count + 1) + "/"
    return paths.filter { path in
      found.contains { inside + path == $0 || $0.hasSuffix("/") && (inside + path).hasPrefix($0) }
    }
  }

  private static func linkedDirectory(_ file: String, from folder: String) -> String? {
    guard let bytes = try? PlainFile.read(file) else { return nil }
    let line = String(decoding: bytes.prefix { $0 != 10 && $0 != 13 }, as: UTF8.self)
    guard line.hasPrefix("gitdir: ") else { return nil }
    let path = String(line.dropFirst("gitdir: ".count))
    return path.hasPrefix("/") ? path : folder + "/" + path
  }
}
