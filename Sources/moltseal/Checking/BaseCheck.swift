/// `check --base REV`: what a change allows that the base does not.

internal import Manifests
internal import Preflight
internal import Processes
internal import Text
internal import Transactions
internal import Workspace
internal import YAML

struct BaseCheck {
  /// The options and variables with which a job of the CI passes by a rule.
  private static let words = [
    "--allow-remote", "--no-build-check", "--allow-dirty", "--assume-live", "ASSUME_LIVE",
    "--certificate",
  ]

  let workspace: LoadedWorkspace
  /// As the person named it.
  let revision: String

  /// The files and folders that a forge runs jobs from.
  private static let places = [
    ".github", ".gitlab", ".gitlab-ci.yml", ".forgejo", ".gitea", ".woodpecker", ".woodpecker.yml",
    ".circleci", ".drone.yml", "azure-pipelines.yml", "bitbucket-pipelines.yml", "Jenkinsfile",
  ]

  func run(_ report: inout CheckReport) throws {
    guard let git = workspace.place.git else {
      throw CommandError(
        "the workspace is in no git repository, so there is no base", hint: "leave --base out",
        consequence: nil)
    }
    let commit = try commit(git)
    report.look(at: "the changes since \(revision)")
    let prefix = Path.relative(workspace.folder.path, to: git.root).map { $0 + "/" } ?? ""
    let file = LoadedWorkspace.fileName
    if let base = try text(prefix + file, commit, git) {
      if let before = (try? SourceText(base)).flatMap({ try? Workspace($0) }) {
        report.add(Loosening.findings(from: before, to: workspace.file, file: file))
        try checkLocks(before, prefix, commit, git, &report)
      } else {
        report.skip("what \(file) allows more than at \(revision)", "it cannot be read there")
      }
    } else {
      report.add([
        Finding(
          code: "loosened", severity: .warning,
          message: "there is no such file at \(revision), so it is compared with nothing",
          hint: "if it was moved, compare the two: git log --follow -p \(file)",
          file: file, location: nil)
      ])
    }
    try checkJobs(commit, git, &report)
  }

  /// Compares the lock files of the environments that both have.
  private func checkLocks(
    _ before: Workspace, _ prefix: String, _ commit: String, _ git: GitRepository,
    _ report: inout CheckReport
  ) throws {
    for environment in workspace.file.environments {
      guard let old = before.environments.first(where: { $0.name === environment.name }),
        let then = try text(prefix + old.lockPath, commit, git).flatMap(Self.lock),
        let now = (try? workspace.folder.readIfPresent(environment.lockPath)).flatMap({ $0 })
          .flatMap(Self.lock)
      else { continue }
      report.add(
        Loosening.findings(
          from: then, to: now, at: Surroundings.now(), file: environment.lockPath))
    }
  }

  private static func lock(_ bytes: [UInt8]) -> LockFile? {
    (try? SourceText(bytes)).flatMap { try? LockFile($0) }
  }

  private func checkJobs(
    _ commit: String, _ git: GitRepository, _ report: inout CheckReport
  ) throws {
    let root = try ChangePlace.open(git.root)
    let now = try names(["ls-files", "-z", "--cached", "--"] + Self.places, git)
    let before = try names(
      ["ls-tree", "-r", "-z", "--name-only", "--full-tree", commit, "--"] + Self.places, git)
    report.add(
      Loosening.findings(
        from: try before.map { ($0, try text($0, commit, git) ?? []) }.map(Self.job),
        to: now.map { ($0, (try? root.readIfPresent($0)) ?? []) }.map(Self.job),
        words: Self.words))
  }

  private static func job(_ name: String, _ bytes: [UInt8]) -> (file: String, text: String) {
    (name, String(decoding: bytes, as: UTF8.self))
  }

  /// Names as git prints them, with a zero behind each.
  private func names(_ arguments: [String], _ git: GitRepository) throws -> [String] {
    try git.ask(arguments).output.split(separator: 0).map { String(decoding: $0, as: UTF8.self) }
  }

  /// The name of the commit that is meant.
  private func commit(_ git: GitRepository) throws -> String {
    let result = try git.ask(
      ["rev-parse", "--verify", "--quiet", "--end-of-options", "\(revision)^{commit}"])
    let name = String(decoding: result.output.prefix { $0 != 10 }, as: UTF8.self)
    guard result.status == 0, !name.isEmpty else {
      throw CommandError(
        "'\(revision)' is no commit here", hint: hint, consequence: nil)
    }
    return name
  }

  /// How it gets here: a CI fetches one commit alone.
  private var hint: String {
    let isPlain = revision.utf8.allSatisfy { byte in
      (97...122).contains(byte | 0x20) || (48...57).contains(byte) || "/._-".utf8.contains(byte)
    }
    if isPlain, let branch = revision.without(prefix: "origin/") {
      return "fetch it first: git fetch origin \(branch):refs/remotes/origin/\(branch)"
    }
    return
      "name a branch that is here, origin/main for instance, or fetch the history: git fetch --unshallow"
  }

  /// The bytes of a file at a commit; nil where it has none.
  private func text(_ path: String, _ commit: String, _ git: GitRepository) throws -> [UInt8]? {
    let result = try git.ask(["cat-file", "blob", "\(commit):\(path)"])
    return result.status == 0 ? result.output : nil
  }
}
