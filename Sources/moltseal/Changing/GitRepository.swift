/// The git repository around a file: where its directory is, and git, started so that nothing in it runs.

internal import Glibc
internal import Transactions

struct GitRepository: Hashable {
  /// The absolute path of `.git`, or of what a worktree's or submodule's `.git` file names.
  let directory: String
  /// The absolute path of the work tree.
  let root: String
  /// Whether the directory does not say that this is its work tree: a `.git` file or link can name
  /// the directory of any repository, and so a journal that is another's.
  var isForeign = false

  /// Looks for `.git` in an absolute folder and above it.
  ///
  /// A bare repository on the way is none: only git itself would take a folder of the tree for one.
  static func find(from path: String) -> GitRepository? {
    var folder = path
    while true {
      let candidate = folder == "/" ? "/.git" : folder + "/.git"
      var status = stat()
      if stat(candidate, &status) == 0 {
        let isFolder = status.st_mode & S_IFMT == S_IFDIR
        if let directory = isFolder ? candidate : linkedDirectory(candidate, from: folder) {
          let isPlain =
            isFolder && lstat(candidate, &status) == 0
            && status.st_mode & S_IFMT == S_IFDIR
          return GitRepository(
            directory: directory, root: folder, isForeign: !isPlain && !knows(directory, folder))
        }
      }
      guard folder != "/", let slash = folder.lastIndex(of: "/") else { return nil }
      folder = slash == folder.startIndex ? "/" : String(folder[..<slash])
    }
  }

  private static func linkedDirectory(_ file: String, from folder: String) -> String? {
    guard let bytes = try? PlainFile.read(file) else { return nil }
    let line = String(decoding: bytes.prefix { $0 != 10 && $0 != 13 }, as: UTF8.self)
    guard line.hasPrefix("gitdir: ") else { return nil }
    let path = String(line.dropFirst("gitdir: ".count))
    return path.hasPrefix("/") ? path : folder + "/" + path
  }

  /// Whether a git directory says that a folder is its work tree: in `gitdir` for a linked one
  /// (git-worktree), in `core.worktree` of its configuration for a submodule.
  ///
  /// One made with `--separate-git-dir` says nothing.
  private static func knows(_ directory: String, _ folder: String) -> Bool {
    func line(_ name: String, _ prefix: String) -> String? {
      guard let bytes = try? PlainFile.read(directory + "/" + name) else { return nil }
      let lines = bytes.split(separator: 10).map {
        String(decoding: $0.drop { $0 == 32 || $0 == 9 }, as: UTF8.self)
      }
      return lines.first { $0.hasPrefix(prefix) }.map { String($0.dropFirst(prefix.count)) }
    }
    let paths = [
      line("gitdir", "").map { ChangePlace.parent(of: $0) }, line("config", "worktree = "),
      line("config.worktree", "worktree = "),
    ]
    return paths.contains { path in
      guard let path else { return false }
      return realPath(path.hasPrefix("/") ? path : directory + "/" + path) == folder
    }
  }

  private static func realPath(_ path: String) -> String? {
    guard let real = realpath(path, nil) else { return nil }
    defer { free(real) }
    return String(cString: real)
  }

  /// Where the journal of everything that is changed in this work tree is kept.
  var journal: JournalPlace { JournalPlace(base: directory, names: ["moltseal", "workspace"]) }

  /// What the repository's own configuration may not say: it may be somebody else's.
  private static let settings = [
    "core.fsmonitor=false", "core.hooksPath=/dev/null", "safe.bareRepository=explicit",
    "protocol.allow=never", "core.attributesFile=/dev/null",
  ]

  /// Variables for git besides PATH and HOME: no lock is taken, nothing is fetched, whatever remote
  /// the repository names, and no object stands for another.
  private static let variables = [
    "GIT_OPTIONAL_LOCKS=0", "GIT_ALLOW_PROTOCOL=none", "GIT_NO_LAZY_FETCH=1",
    "GIT_NO_REPLACE_OBJECTS=1", "GIT_TERMINAL_PROMPT=0", "GIT_ATTR_NOSYSTEM=1",
  ]

  /// Starts git for this repository, named outright so that none is looked for.
  ///
  /// Only commands that read objects and the index may be asked for: they run no filter, no hook
  /// and no textconv. Paths are literal.
  func start(_ arguments: [String]) throws -> RunningChild {
    var surroundings = Children.Surroundings.bare
    surroundings.variables += GitRepository.variables.map { Array($0.utf8) }
    return try Children.start(
      "git",
      ["-C", root, "--git-dir=\(directory)", "--work-tree=\(root)", "--literal-pathspecs"]
        + GitRepository.settings.flatMap { ["-c", $0] } + arguments,
      outside: [root], surroundings)
  }
}
