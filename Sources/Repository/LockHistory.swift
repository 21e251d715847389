/// The history of the lock file in git: whether it is on the base branch, and since when a step is.

internal import Cryptography
package import Kubernetes
package import Manifests
package import Planning
internal import Processes
internal import Text
internal import Files
package import Workspace
internal import YAML

/// The history of one environment's lock file.
package struct LockHistory {
  private let repository: GitRepository?
  /// The lock file's path from the repository's root.
  private let path: String

  /// The history in the workspace's repository; without one, nothing is known.
  package init(_ workspace: LoadedWorkspace, _ environment: WorkspaceEnvironment) throws {
    repository = workspace.place.git
    let prefix =
      repository.flatMap { Path.relative(workspace.folder.path, to: $0.root) }.map { $0 + "/" }
      ?? ""
    path = prefix + environment.lockPath
  }

  /// Whether the lock file is the same on the base branch: `origin/HEAD`, or else HEAD.
  package func merged(_ lock: [UInt8]?) throws -> Answer {
    guard let repository else { return .unknown("the workspace is not in a git repository") }
    for (reference, name) in [("refs/remotes/origin/HEAD", "origin/HEAD"), ("HEAD", "HEAD")] {
      let result = try repository.ask(["ls-tree", "-z", "--full-tree", reference, "--", path])
      guard result.status == 0 else { continue }
      let fields = result.output.prefix { $0 != 9 }.split(separator: 32)
      let id = fields.last.map { String(decoding: $0, as: UTF8.self) } ?? ""
      guard let lock, Digest.gitBlob(lock, like: id) == id else {
        return .no("\(path) differs in \(name)")
      }
      return .yes("\(path) in \(name)")
    }
    return .unknown("the git repository has no commit")
  }

  /// Returns when the lock file last changed, on the current branch or up to a commit; nil if git
  /// cannot tell.
  package func lastChange(before commit: String? = nil) throws -> Timestamp? {
    guard let repository else { return nil }
    return try time(of: [commit ?? "HEAD"], repository)
  }

  /// Returns when the last step of each credential came to the base branch (`origin/HEAD`, or else
  /// HEAD).
  ///
  /// This is the committer date of the commit that brought it; if it was merged, of the merge.
  package func arrivals(_ lock: LockFile?) throws -> [String: Timestamp] {
    guard let repository, let lock else { return [:] }
    let remote = "refs/remotes/origin/HEAD"
    let base =
      try repository.ask(["rev-parse", "--verify", "--quiet", remote]).status == 0
      ? remote : "HEAD"
    var times: [String: Timestamp] = [:]
    var arrivals: [String: Timestamp] = [:]
    for (name, entry) in lock.credentials where Credential.group(of: name) === name {
      if times[entry.step] == nil {
        times[entry.step] = try time(of: ["-S\(entry.step)", base], repository)
      }
      arrivals[name] = times[entry.step]
    }
    return arrivals
  }

  /// Returns when the last step of each credential was reverted on the base branch, for the
  /// credentials whose newest change is a revert.
  ///
  /// - Parameter commit: the newest commit to examine.
  /// - Returns: nil if the history ends too early to tell, as in a shallow clone.
  package func reverts(
    _ lock: LockFile?, at commit: String = "HEAD"
  ) throws -> [String: Timestamp]? {
    guard let repository, let lock, try isCommitted(repository) else { return [:] }
    var reverts: [String: Timestamp] = [:]
    var isCut = false
    for (name, entry) in lock.credentials where Credential.group(of: name) === name {
      let pattern = name.pieces(between: ".").joined(separator: "\\.")
      let result = try repository.ask(
        Self.log + [
          "--format=%H %ct", "-20", "-G^  \"?\(pattern)\"?: \\{generation:", commit, "--", path,
        ])
      guard result.status == 0 else { continue }
      // A restart changes the line without a step, so look at the change before it.
      for line in String(decoding: result.output, as: UTF8.self).pieces(between: "\n") {
        let words = line.pieces(between: " ")
        guard words.count == 2, let seconds = Int(words[1]) else { continue }
        let before = try repository.ask(["cat-file", "blob", "\(words[0])^1:\(path)"])
        guard before.status == 0 else {
          isCut = try isCut || isShallow(repository)
          break
        }
        guard let source = try? SourceText(before.output), let older = try? LockFile(source),
          let known = older.credentials[name]
        else { break }
        if known.generation == entry.generation { continue }
        // A lock file that was created again counts from the start, and its step is the newer one:
        // ids begin with their time.
        let length = "r-20260101T000000Z".utf8.count
        if known.generation > entry.generation,
          entry.step.prefix(length) <= known.step.prefix(length)
        {
          reverts[name] = Timestamp(seconds: seconds)
        }
        break
      }
    }
    return isCut && reverts.isEmpty ? nil : reverts
  }

  private func isCommitted(_ repository: GitRepository) throws -> Bool {
    try repository.ask(["rev-parse", "--verify", "--quiet", "HEAD"]).status == 0
  }

  private func isShallow(_ repository: GitRepository) throws -> Bool {
    let result = try repository.ask(["rev-parse", "--is-shallow-repository"])
    return result.output.starts(with: Array("true".utf8))
  }

  private static let log = [
    "log", "--first-parent", "-m", "--no-textconv", "--no-ext-diff", "--no-show-signature",
    "--no-mailmap",
  ]

  /// Returns the committer date of the newest commit in `selection` that changed the lock file, or
  /// nil.
  ///
  /// No program of the repository runs: it cannot influence how its files are compared.
  private func time(
    of selection: [String], _ repository: GitRepository
  ) throws -> Timestamp? {
    let result = try repository.ask(
      Self.log + ["--format=%ct", "-1"] + selection + ["--", path])
    guard result.status == 0 else { return nil }
    return Int(String(decoding: result.output.prefix { $0 != 10 }, as: UTF8.self)).map {
      Timestamp(seconds: $0)
    }
  }

}
