/// Where files are changed: one lock and one journal for everything that writes in a repository.

internal import Cryptography
internal import Glibc
internal import Processes
internal import Text
internal import Transactions

/// The work tree of a git repository; outside git the workspace, or the folder that the files share.
///
/// Every command that writes goes through it, so that no two of them write at once, and each finds
/// what another was killed in.
struct ChangePlace {
  let git: GitRepository?
  /// The absolute folder, without symbolic links, that the journal's paths begin at.
  let root: String
  /// The folders that are locked: outside git those of the files too, for another command on the
  /// same file may have chosen another root.
  private let lockedFolders: [String]
  /// The folders of the files.
  private let folders: [String]

  /// Folders above the files with a journal of their own: outside git a command on more files may
  /// have chosen another root.
  private var otherRoots: [String] {
    guard git == nil else { return [] }
    return Set(folders.flatMap { ChangePlace.ancestors(of: $0) }.map(ByBytes.init)).map(\.text)
      .filter {
        $0 !== root && ChangePlace.journal(in: $0).isOwn
      }.sorted()
  }

  // MARK: Finding it

  /// The place of a workspace.
  ///
  /// - Parameter workspace: an absolute folder without symbolic links.
  init(workspace: String) {
    let git = GitRepository.find(from: workspace)
    let root = git?.root ?? workspace
    self.git = git
    self.root = root
    lockedFolders = [root]
    folders = [workspace]
  }

  /// The place of files: their repository, else their workspace, else the folder that they share.
  ///
  /// - Parameter files: absolute paths without symbolic links; the last step may not be there yet.
  /// - Throws: `CommandError` where they lie in several repositories, which have no common journal.
  init(files: [String]) throws {
    let folders = files.map { Path.parent($0) }
    let shared = ChangePlace.sharedFolder(folders)
    let repositories = Set(folders.map { ByBytes(GitRepository.find(from: $0).map(\.root) ?? "") })
    let git = GitRepository.find(from: shared)
    if git == nil, repositories != [ByBytes("")] {
      throw CommandError(
        "these files are of several repositories, which cannot be changed as one",
        hint:
          "run the command once for each: \(repositories.map(\.text).filter { !$0.isEmpty }.sorted().joined(separator: ", "))"
      )
    }
    self.git = git
    self.folders = folders
    root = git?.root ?? LoadedWorkspace.above(shared) ?? shared
    let workspaces = folders.compactMap { LoadedWorkspace.above($0) }
    lockedFolders = git == nil ? folders + workspaces + [root] : [root]
  }

  /// The place that an interrupted run in or above the working folder has left its journal in.
  static func here() throws -> ChangePlace {
    guard let folder = workingFolder else {
      throw CommandError("the working folder is gone", hint: "go to the repository")
    }
    if let git = GitRepository.find(from: folder) { return ChangePlace(workspace: git.root) }
    let root = ancestors(of: folder).first { journal(in: $0).isOwn }
    return ChangePlace(workspace: root ?? LoadedWorkspace.above(folder) ?? folder)
  }

  private static var workingFolder: String? {
    guard let current = getcwd(nil, 0) else { return nil }
    defer { free(current) }
    return String(cString: current)
  }

  /// The folder itself and all above it, the nearest first.
  private static func ancestors(of folder: String) -> [String] {
    var found = [folder]
    while let last = found.last, last != "/" { found.append(Path.parent(last)) }
    return found
  }

  /// Refuses a file that a link leads out of its repository, or its workspace: whoever wrote that
  /// may have made the link.
  ///
  /// - Parameter name: as a person named the file.
  /// - Parameter real: its path without symbolic links.
  static func refuseLinkOut(_ name: String, real: String) throws {
    guard let current = workingFolder else { return }
    var steps: [String] = []
    for step in Path.steps(Path.isAbsolute(name) ? name : current + "/" + name) {
      if step == ".." { _ = steps.popLast() } else if step != "." { steps.append(step) }
    }
    while steps.popLast() != nil {
      let folder = "/" + steps.joined(separator: "/")
      let isRoot = [".git", "moltseal.yml"].contains {
        access(Path.join(folder, $0), F_OK) == 0
      }
      guard isRoot, let resolved = realpath(folder, nil) else { continue }
      defer { free(resolved) }
      guard !Path.isIn(real, folder: String(cString: resolved)) else { continue }
      throw CommandError(
        "is reached through a link that leads out of '\(folder)'",
        hint: "name the file itself, if it is the one that is meant: \(real)", file: name)
    }
  }

  private static func sharedFolder(_ folders: [String]) -> String {
    guard var shared = folders.first else { return "/" }
    for folder in folders {
      while !Path.isIn(folder, folder: shared) { shared = Path.parent(shared) }
    }
    return shared
  }

  private static func journal(in folder: String) -> JournalPlace {
    // Where everybody may make files, as in /tmp, everybody has a journal.
    var status = stat()
    let isShared = stat(folder, &status) == 0 && status.st_mode & 0o1002 == 0o1002
    return JournalPlace(
      base: folder, names: [isShared ? ".moltseal-\(geteuid())" : ".moltseal"])
  }

  // MARK: Using it

  /// The right to change the files; refused where another command has it.
  ///
  /// - Parameter seconds: how long to wait for it; commands on one file wait, for scripts run
  ///   several of them at once.
  func lock(waiting seconds: Int = 0) throws -> [FolderLock] {
    Interrupts.watch()
    var attempts = seconds * 20
    while true {
      do throws(FileError) {
        var locks: [FolderLock] = []
        let others = otherRoots
        for folder in Set((lockedFolders + others).map(ByBytes.init)).map(\.text).sorted() {
          locks.append(try FolderLock(folder))
        }
        // A journal that came meanwhile is not ours to follow before it is locked as well.
        if otherRoots.allSatisfy({ others.includes($0) }) { return locks }
      } catch {
        guard error.isLocked else { throw CommandError(error, what: "cannot lock") }
        guard attempts > 0 else {
          throw CommandError(
            "another moltseal is at work in '\(error.path)'", hint: "wait for it to end")
        }
        attempts -= 1
        usleep(50_000)
      }
    }
  }

  /// The committer of a folder in this place.
  ///
  /// - Throws: `CommandError` for a journal in the work tree: moltseal keeps none there.
  func committer(for folder: WorkspaceFolder) throws -> Committer {
    if git != nil {
      for name in [root, folder.path].flatMap({ folder in
        ["journal", "plan", "abort"].map { folder + "/.moltseal/" + $0 }
      }) where access(name, F_OK) == 0 {
        throw CommandError(
          "'.moltseal/journal' stands in the work tree, where moltseal keeps none",
          hint: "it was committed or copied here; look at '\(name)', then remove .moltseal")
      }
    }
    return Committer(
      folder: folder, prefix: path(of: folder), ceiling: git == nil ? "/" : root,
      journal: git?.journal ?? ChangePlace.journal(in: root),
      root: root, isShared: git?.isForeign ?? false,
      digest: { "sha256:" + Digest.sha256($0) }, step: TestHooks.reached,
      isCancelled: { Interrupts.isPending })
  }

  /// The path of a folder of this place from its root, with `/` at its end; nothing for the root.
  private func path(of folder: WorkspaceFolder) -> String {
    Path.relative(folder.path, to: root).map { $0 + "/" } ?? ""
  }

  /// Refuses files of another repository, a submodule for instance: that has a lock and a journal
  /// of its own.
  ///
  /// - Parameter paths: relative to `folder`.
  func refuseNested(_ paths: [String], in folder: WorkspaceFolder) throws {
    guard let git else { return }
    for path in paths {
      let parent = Path.parent(Path.join(folder.path, path))
      guard let other = GitRepository.find(from: parent), other.root !== git.root else { continue }
      throw CommandError(
        "'\(path)' is in another repository, '\(other.root)', which cannot be changed from here",
        hint: "go to that repository and run the command there, or move the file out of it")
    }
  }

  /// Those that finish what was interrupted here: beneath the root, and beneath the other folders
  /// that have a journal.
  func recoverers() throws -> [Committer] {
    try [committer(for: ChangePlace.open(root))]
      + otherRoots.map { try ChangePlace(workspace: $0).committer(for: ChangePlace.open($0)) }
  }

  /// Opens an absolute folder.
  static func open(_ folder: String) throws -> WorkspaceFolder {
    do throws(FileError) { return try WorkspaceFolder(folder) } catch {
      throw CommandError(error, what: "cannot read")
    }
  }
}

/// The lock of a place, taken once, when it is needed.
final class LateLock {
  private let place: ChangePlace
  private var locks: [FolderLock]?

  init(_ place: ChangePlace) { self.place = place }

  /// Takes it, and settles what an interrupted run has left.
  func take() throws {
    guard locks == nil else { return }
    locks = try place.lock()
    try Interruption.settle(place)
  }
}
