/// Finds the git repository around a file, and runs git in it so that no program of the repository
/// runs.

internal import Glibc
internal import Text

package struct GitRepository: Hashable {
  /// The absolute path of `.git`, or of the directory that a worktree's or submodule's `.git` file
  /// names.
  package let directory: String
  /// The absolute path of the work tree.
  package let root: String
  /// Whether the git directory does not name `root` as its work tree.
  ///
  /// A `.git` file or link can name the directory of any repository, and so the journal of another
  /// one.
  package private(set) var isForeign = false

  /// The folders from which no program is run: the work tree, the git directory, and, for a linked
  /// work tree or a submodule, the git directory of the repository that it belongs to.
  package var folders: [String] {
    let shared = ["/.git/worktrees/", "/.git/modules/"].lazy.compactMap {
      directory.place(of: $0)?.before
    }.first
    return [root, directory] + [shared].compactMap { $0 }
  }

  /// Looks for `.git` in an absolute folder and in the folders above it.
  ///
  /// A bare repository on the way does not count, although git itself would accept such a folder in
  /// the tree.
  package static func find(from path: String) -> GitRepository? {
    var folder = path
    while true {
      let candidate = Path.join(folder, ".git")
      var status = stat()
      if stat(candidate, &status) == 0 {
        let isFolder = status.st_mode & S_IFMT == S_IFDIR
        let isFile = status.st_mode & S_IFMT == S_IFREG
        if isFile, access(candidate, R_OK) != 0 {
          // The file cannot be read, so its directory is unknown. Opening `candidate` reports that.
          return GitRepository(directory: candidate, root: folder)
        }
        if let directory = isFolder
          ? candidate : isFile ? linkedDirectory(candidate, from: folder) : nil
        {
          let isPlain =
            isFolder && lstat(candidate, &status) == 0
            && status.st_mode & S_IFMT == S_IFDIR
          return GitRepository(
            directory: directory, root: folder, isForeign: !isPlain && !knows(directory, folder))
        }
      }
      guard folder != "/" else { return nil }
      folder = Path.parent(folder)
    }
  }

  private static func linkedDirectory(_ file: String, from folder: String) -> String? {
    guard let bytes = GitRepository.bytes(of: file) else { return nil }
    let line = String(decoding: bytes.prefix { $0 != 10 && $0 != 13 }, as: UTF8.self)
    guard let path = line.without(prefix: "gitdir: ") else { return nil }
    return Path.isAbsolute(path) ? path : Path.join(folder, path)
  }

  /// Whether a git directory names a folder as its work tree: in `gitdir` for a linked one
  /// (git-worktree), in `core.worktree` of its configuration for a submodule.
  ///
  /// A directory made with `--separate-git-dir` names none.
  private static func knows(_ directory: String, _ folder: String) -> Bool {
    func line(_ name: String, _ prefix: String) -> String? {
      guard let bytes = bytes(of: directory + "/" + name) else { return nil }
      let lines = bytes.split(separator: 10).map {
        String(decoding: $0.drop { $0 == 32 || $0 == 9 }, as: UTF8.self)
      }
      return lines.lazy.compactMap { $0.without(prefix: prefix) }.first
    }
    let paths = [
      line("gitdir", "").map { Path.parent($0) }, line("config", "worktree = "),
      line("config.worktree", "worktree = "),
    ]
    return paths.contains { path in
      guard let path else { return false }
      return realPath(Path.isAbsolute(path) ? path : directory + "/" + path) === folder
    }
  }

  /// Returns the bytes of a small file of git's own, or nil if it cannot be read.
  private static func bytes(of path: String) -> [UInt8]? {
    guard let file = fopen(path, "re") else { return nil }
    defer { fclose(file) }
    var bytes = [UInt8](repeating: 0, count: 1 << 20)
    let count = fread(&bytes, 1, bytes.count, file)
    return ferror(file) == 0 ? Array(bytes[..<count]) : nil
  }

  private static func realPath(_ path: String) -> String? {
    guard let real = realpath(path, nil) else { return nil }
    defer { free(real) }
    return String(cString: real)
  }

  /// Settings that override the repository's own configuration, which somebody else may have
  /// written.
  private static let settings = [
    "core.fsmonitor=false", "core.hooksPath=/dev/null", "safe.bareRepository=explicit",
    "protocol.allow=never", "core.attributesFile=/dev/null",
  ]

  /// Variables for git besides PATH and HOME.
  ///
  /// Git takes no lock, fetches nothing (whatever remote the repository names), and replaces no
  /// object by another.
  private static let variables = [
    "GIT_OPTIONAL_LOCKS=0", "GIT_ALLOW_PROTOCOL=none", "GIT_NO_LAZY_FETCH=1",
    "GIT_NO_REPLACE_OBJECTS=1", "GIT_TERMINAL_PROMPT=0", "GIT_ATTR_NOSYSTEM=1",
  ]

  /// Starts git for this repository, which is named explicitly so that git does not search for one.
  ///
  /// Pass only commands that read objects and the index: they run no filter, no hook and no
  /// textconv. Paths are literal.
  ///
  /// - Parameter setup: PATH and HOME only.
  /// - Throws: `Subprocess.Fault`.
  package func start(_ arguments: [String], _ setup: Subprocess.Setup) throws -> RunningChild {
    var setup = setup
    setup.variables += GitRepository.variables.map { Array($0.utf8) }
    return try Subprocess.start(
      "git",
      ["-C", root, "--git-dir=\(directory)", "--work-tree=\(root)", "--literal-pathspecs"]
        + GitRepository.settings.flatMap { ["-c", $0] } + arguments,
      outside: folders, setup)
  }
}
