/// A commit that the work tree is compared with.

package import Processes
internal import Reporting
internal import Text
internal import Files

/// A commit, and the files of the workspace in it.
package struct BaseRevision {
  /// The repository that has it.
  package let git: GitRepository
  /// The full hash of the commit.
  package let commit: String
  /// The path from the repository's root to the workspace: empty, or with a slash at its end.
  package let prefix: String

  /// - Parameter revision: as the user named it.
  /// - Throws: `CommandError` if there is no such commit.
  package init(_ workspace: LoadedWorkspace, _ revision: String) throws {
    guard let git = workspace.place.git else {
      throw CommandError(
        "the workspace is not in a git repository, so there is no base",
        hint: "run without \(CLI.base)",
        consequence: nil)
    }
    self.git = git
    prefix = Path.relative(workspace.folder.path, to: git.root).map { $0 + "/" } ?? ""
    guard let commit = try Self.commit(revision, git) else {
      throw CommandError(
        "'\(revision)' is not a commit here", hint: Self.hint(revision), consequence: nil)
    }
    self.commit = commit
  }

  /// The bytes of a file of the workspace; nil if the commit has none.
  package func bytes(of path: String) throws -> [UInt8]? { try blob(prefix + path) }

  /// The bytes of a file by its path from the root; nil if the commit has none.
  package func blob(_ path: String) throws -> [UInt8]? {
    let result = try git.ask(["cat-file", "blob", "\(commit):\(path)"])
    return result.status == 0 ? result.output : nil
  }

  /// Names as git prints them, each followed by a zero byte.
  package func names(_ arguments: [String]) throws -> [String] {
    let result = try git.ask(arguments)
    guard result.status == 0 else {
      throw CommandError(
        "git \(arguments[0]) failed: \(result.errors.pieces(between: "\n").first ?? "")",
        hint: "fetch the history: \(GitRepository.fetchHistory)", consequence: nil)
    }
    return result.output.split(separator: 0).map { String(decoding: $0, as: UTF8.self) }
  }

  /// The hash of the commit that is meant; nil if there is none.
  ///
  /// git prefers a tag to a remote branch: a pushed tag named `origin/main` would choose the base.
  package static func commit(_ revision: String, _ git: GitRepository) throws -> String? {
    let isHash =
      revision.utf8.count >= 40
      && revision.utf8.allSatisfy { (48...57).contains($0) || (97...102).contains($0) }
    let isPlace = isHash || revision.begins(with: "HEAD") || revision.begins(with: "refs/")
    let names =
      isPlace
      ? [revision]
      : ["refs/remotes/", "refs/heads/"].map { $0 + revision }
        + (revision.begins(with: "origin/") ? [] : [revision])
    for name in names {
      let result = try git.ask(
        ["rev-parse", "--verify", "--quiet", "--end-of-options", "\(name)^{commit}"])
      let commit = String(decoding: result.output.prefix { $0 != 10 }, as: UTF8.self)
      if result.status == 0, !commit.isEmpty { return commit }
    }
    return nil
  }

  /// How to get the commit; a CI fetches only one.
  private static func hint(_ revision: String) -> String {
    let isPlain = revision.utf8.allSatisfy { byte in
      (97...122).contains(byte | 0x20) || (48...57).contains(byte) || "/._-".utf8.contains(byte)
    }
    if isPlain, let branch = revision.without(prefix: "origin/") {
      return "fetch it first: git fetch origin \(branch):refs/remotes/origin/\(branch)"
    }
    return
      "name a branch that exists here, for instance origin/main, or fetch the history: \(GitRepository.fetchHistory)"
  }
}
