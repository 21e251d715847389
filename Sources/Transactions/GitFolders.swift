/// What git keeps for itself: no file of it is ever written, however its path is spelled.

internal import Glibc
internal import Text

/// A path that leads into a git directory, or into moltseal's own journal.
package struct InsideGitDirectory: Error, Sendable {
  package let path: String
}

/// Whether a step of a path is git's folder on any file system.
///
/// Beside `.git` that is what Windows and macOS take for it: other case, spaces and dots at the
/// end, a stream of it, its short name, characters that are not seen (git, `is_ntfs_dotgit`,
/// `is_hfs_dotgit`).
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
  /// Refuses a file that stands, or would stand, in a git directory.
  ///
  /// - Parameter path: without symbolic links, as `resolved` gives it.
  /// - Parameter ceiling: the absolute folder below which to look: a work tree's root, else `/`.
  /// - Throws: `InsideGitDirectory`.
  func refuseGitFolders(_ path: String, below ceiling: String) throws {
    var steps = Path.steps(path)
    guard !steps.contains(where: { isGitName($0) || $0 == ".moltseal" }) else {
      throw InsideGitDirectory(path: path)
    }
    // A new file's folder may be reached through a link: the nearest one that is there counts.
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

  /// Whether git would take a folder for one of its own (git, `is_git_directory`).
  private func isGitDirectory(_ folder: String) -> Bool {
    access(folder + "/HEAD", F_OK) == 0 && access(folder + "/objects", F_OK) == 0
      && access(folder + "/refs", F_OK) == 0
  }
}
