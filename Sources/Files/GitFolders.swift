/// Refuses to write into git directories, however their path is spelled.

internal import Glibc
internal import Text

/// A path that leads into a git directory, or into moltseal's own journal.
package struct InsideGitDirectory: Error, Sendable {
  package let path: String
}

/// Whether a path component names git's folder on any file system.
///
/// Windows and macOS also take other names for `.git`: with other case, spaces or dots at the end,
/// a stream name, its short name, or invisible characters (git, `is_ntfs_dotgit`, `is_hfs_dotgit`).
package func isGitName(_ name: String) -> Bool {
  let unseen: [ClosedRange<UInt32>] = [
    0x200C...0x200F, 0x202A...0x202E, 0x206A...0x206F, 0xFEFF...0xFEFF,
  ]
  let seen = name.unicodeScalars.filter { scalar in
    !unseen.contains { $0.contains(scalar.value) }
  }
  var text = seen.map { String($0) }.joined().lowercased().prefix { $0 != ":" }
  while text.count > 1, let last = text.last, last == " " || last == "." { text.removeLast() }
  return text == ".git" || text == "git~1"
}

extension WorkspaceFolder {
  /// Refuses a file that is, or would be, in a git directory.
  ///
  /// - Parameter path: without symbolic links, as `resolved` returns it.
  /// - Parameter ceiling: the absolute folder below which to look: the root of a work tree, or `/`.
  /// - Throws: `InsideGitDirectory`.
  func refuseGitFolders(_ path: String, below ceiling: String) throws {
    var steps = Path.steps(path)
    guard !steps.contains(where: { isGitName($0) || $0 == ".moltseal" }) else {
      throw InsideGitDirectory(path: path)
    }
    // A new file's folder may be reached through a link, so resolve the nearest existing one.
    var real: String?
    while real == nil, steps.popLast() != nil {
      real = try? realPath(ofFolder: steps.isEmpty ? "." : steps.joined(separator: "/"))
    }
    var folder = real ?? self.path
    while folder != "/", folder.utf8.count > ceiling.utf8.count {
      if isGitName(Path.name(folder)) || isGitDirectory(folder) {
        throw InsideGitDirectory(path: path)
      }
      folder = Path.parent(folder)
    }
  }

  /// Whether git would take a folder for a git directory (git, `is_git_directory`).
  private func isGitDirectory(_ folder: String) -> Bool {
    access(folder + "/HEAD", F_OK) == 0 && access(folder + "/objects", F_OK) == 0
      && access(folder + "/refs", F_OK) == 0
  }
}
