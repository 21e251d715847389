/// The lock and the journal of everything that writes in a repository.

internal import Cryptography
package import Processes
internal import Reporting
internal import Text
package import Files
internal import Workspace

/// The work tree of a git repository; outside git, the workspace or the common folder of the files.
///
/// Every command that writes uses it, so that no two of them write at once, and each one finds what
/// a killed run left.
package struct ChangePlace {
  /// The repository; nil outside git.
  package let git: GitRepository?
  /// The absolute folder, without symbolic links, where the journal's paths begin.
  package let root: String
  /// The folders to lock.
  ///
  /// Outside git, these include the folders of the files, because another command on the same file
  /// may have chosen another root.
  private let lockedFolders: [String]
  /// The folders of the files.
  private let folders: [String]

  /// Folders above the files that have their own journal.
  ///
  /// Outside git, a command on more files may have chosen another root.
  private var otherRoots: [String] {
    guard git == nil else { return [] }
    return Set(folders.flatMap { ChangePlace.ancestors(of: $0) }.map { Name($0) }).map(\.text)
      .filter {
        $0 !== root && ChangePlace.journal(in: $0).isOwn
      }.sorted()
  }

  // MARK: Finding it

  /// Returns the place of a workspace.
  ///
  /// - Parameter workspace: an absolute folder without symbolic links.
  package init(workspace: String) {
    let git = GitRepository.find(from: workspace)
    let root = git?.root ?? workspace
    self.git = git
    self.root = root
    lockedFolders = [root]
    folders = [workspace]
  }

  /// Returns the place of files: their repository, else their workspace, else their common folder.
  ///
  /// - Parameter files: absolute paths without symbolic links; the file itself need not exist.
  /// - Throws: `CommandError` if they are in several repositories, which have no common journal.
  init(files: [String]) throws {
    let folders = files.map { Path.parent($0) }
    let shared = ChangePlace.sharedFolder(folders)
    let repositories = Set(folders.map { Name(GitRepository.find(from: $0).map(\.root) ?? "") })
    let git = GitRepository.find(from: shared)
    if git == nil, repositories != [Name("")] {
      throw CommandError(
        "these files are in several repositories, which cannot be changed together",
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

  /// Returns the place where an interrupted run in or above the working folder left its journal.
  package static func here() throws -> ChangePlace {
    guard let folder = Disk.workingFolder else {
      throw CommandError(
        "the working folder no longer exists", hint: "change to the repository's folder")
    }
    if let git = GitRepository.find(from: folder) { return ChangePlace(workspace: git.root) }
    let root = ancestors(of: folder).first { journal(in: $0).isOwn }
    return ChangePlace(workspace: root ?? LoadedWorkspace.above(folder) ?? folder)
  }

  /// Returns the folder itself and all folders above it, nearest first.
  private static func ancestors(of folder: String) -> [String] {
    var found = [folder]
    while let last = found.last, last != "/" { found.append(Path.parent(last)) }
    return found
  }

  /// Refuses a file that a link leads out of its repository or workspace, because the author of the
  /// repository may have made the link.
  ///
  /// - Parameter name: the file as the user named it.
  /// - Parameter real: its path without symbolic links.
  static func refuseLinkOut(_ name: String, real: String) throws {
    guard let current = Disk.workingFolder else { return }
    var steps: [String] = []
    for step in Path.steps(Path.isAbsolute(name) ? name : current + "/" + name) {
      if step == ".." { _ = steps.popLast() } else if step != "." { steps.append(step) }
    }
    while steps.popLast() != nil {
      let folder = "/" + steps.joined(separator: "/")
      let isRoot = [".git", Workspace.fileName].contains {
        Disk.exists(Path.join(folder, $0))
      }
      guard isRoot, let resolved = Disk.realPath(folder),
        !Path.isIn(real, folder: resolved)
      else { continue }
      throw CommandError(
        "is reached through a symbolic link that leads out of '\(folder)'",
        hint: "if you mean that file, name it directly: \(real)", file: name)
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
    // In a folder where everybody may create files, such as /tmp, each user has a journal.
    return JournalPlace(
      base: folder, names: [Disk.isShared(folder) ? ".moltseal-\(Disk.user)" : ".moltseal"])
  }

  // MARK: Using it

  /// Locks the place, or throws if another command has the lock.
  ///
  /// - Parameter seconds: how long to wait for the lock; commands on one file wait, because scripts
  ///   run several of them at once.
  package func lock(waiting seconds: Int = 0) throws -> [FolderLock] {
    Interrupts.watch()
    var attempts = seconds * 20
    while true {
      do throws(FileError) {
        var locks: [FolderLock] = []
        let others = otherRoots
        for folder in Set((lockedFolders + others).map { Name($0) }).map(\.text).sorted() {
          locks.append(try FolderLock(folder))
        }
        // A journal that appeared meanwhile may only be followed once its folder is locked too.
        if otherRoots.allSatisfy({ others.includes($0) }) { return locks }
      } catch {
        guard error.isLocked else { throw CommandError(error, what: "cannot lock") }
        guard attempts > 0 else {
          throw CommandError(
            "another moltseal process is running in '\(error.path)'", hint: "wait until it ends")
        }
        attempts -= 1
        Pause.milliseconds(50)
      }
    }
  }

  /// Returns the committer of a folder in this place.
  ///
  /// - Throws: `CommandError` for a journal in the work tree, where moltseal keeps none.
  func committer(for folder: WorkspaceFolder) throws -> Committer {
    if git != nil {
      for name in [root, folder.path].flatMap({ folder in
        ["journal", "plan", "abort"].map { folder + "/.moltseal/" + $0 }
      }) where Disk.exists(name) {
        throw CommandError(
          "'.moltseal/journal' is in the work tree, where moltseal keeps no journal",
          hint: "inspect '\(name)', which somebody committed or copied here, then remove .moltseal")
      }
    }
    return Committer(
      folder: folder,
      place: CommitPlace(
        journal: git?.journal ?? ChangePlace.journal(in: root), root: root,
        prefix: path(of: folder), ceiling: git == nil ? "/" : root,
        sharing: git?.isForeign ?? false ? .shared : .exclusive),
      digest: { "sha256:" + Digest.sha256($0) }, step: Notices.reached,
      isCancelled: { Interrupts.isPending })
  }

  /// Returns the path of a folder of this place from the root, ending in `/`; empty for the root.
  private func path(of folder: WorkspaceFolder) -> String {
    Path.relative(folder.path, to: root).map { $0 + "/" } ?? ""
  }

  /// Refuses files of another repository, such as a submodule, which has its own lock and journal.
  ///
  /// - Parameter paths: relative to `folder`.
  package func refuseNested(_ paths: [String], in folder: WorkspaceFolder) throws {
    guard let git else { return }
    for path in paths {
      let parent = Path.parent(Path.join(folder.path, path))
      guard let other = GitRepository.find(from: parent), other.root !== git.root else { continue }
      throw CommandError(
        "'\(path)' is in another repository, '\(other.root)', which cannot be changed from here",
        hint: "run the command in that repository, or move the file out of it")
    }
  }

  /// Returns the committers that can finish an interrupted run here: of the root, and of the other
  /// folders that have a journal.
  package func recoverers() throws -> [Committer] {
    try [committer(for: ChangePlace.open(root))]
      + otherRoots.map { try ChangePlace(workspace: $0).committer(for: ChangePlace.open($0)) }
  }

  /// Opens an absolute folder.
  package static func open(_ folder: String) throws -> WorkspaceFolder {
    do throws(FileError) { return try WorkspaceFolder(folder) } catch {
      throw CommandError(error, what: "cannot read")
    }
  }
}

/// The lock of a place, taken once and only when needed.
package final class LateLock {
  private let place: ChangePlace
  private var locks: [FolderLock]?

  /// A lock that is not taken yet.
  package init(_ place: ChangePlace) { self.place = place }

  /// Takes the lock, and settles what an interrupted run left.
  package func take() throws {
    guard locks == nil else { return }
    locks = try place.lock()
    try Interruption.settle(place)
  }
}
