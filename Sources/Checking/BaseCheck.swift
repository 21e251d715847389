/// `check --base REV`: what a change allows that the base does not allow.

internal import Manifests
internal import Rules
internal import Processes
internal import Reporting
package import Repository
internal import Text
internal import Files
internal import Workspace
internal import YAML

/// Compares a workspace with what it was at a commit.
package struct BaseCheck {
  /// The options and variables with which a CI job bypasses a rule.
  private static let words = [
    CLI.allowRemote.description, CLI.noBuildCheck.description, CLI.allowDirty.description,
    CLI.assumeLive.description, "ASSUME_LIVE", CLI.certificate.description,
  ]

  let workspace: LoadedWorkspace
  /// The base as the user named it.
  let revision: String

  /// - Parameter revision: the base as the user named it.
  package init(workspace: LoadedWorkspace, revision: String) {
    self.workspace = workspace
    self.revision = revision
  }

  /// The files and folders from which a forge runs jobs.
  private static let places = [
    ".github", ".gitlab", ".gitlab-ci.yml", ".forgejo", ".gitea", ".woodpecker", ".woodpecker.yml",
    ".circleci", ".drone.yml", "azure-pipelines.yml", "bitbucket-pipelines.yml", "Jenkinsfile",
  ]

  /// Adds what the workspace newly allows.
  ///
  /// - Throws: `CommandError` if the base cannot be read.
  package func run(_ report: inout CheckReport) throws {
    let base = try BaseRevision(workspace, revision)
    report.look(at: "the changes since \(revision)")
    let file = Workspace.fileName
    if let bytes = try base.bytes(of: file) {
      if let before = (try? SourceText(bytes)).flatMap({ try? Workspace($0) }) {
        report.add(Loosening.findings(from: before, to: workspace.file, file: file))
        try checkLocks(before, base, &report)
      } else {
        report.skip("what \(file) newly allows since \(revision)", "it cannot be read there")
      }
    } else {
      report.add([
        Finding(
          code: "loosened", severity: .warning,
          message: "the file does not exist at \(revision), so it is compared with nothing",
          hint: "if it was moved, compare both with \(GitRepository.history(of: file))",
          file: file, location: nil)
      ])
    }
    try checkJobs(base, &report)
  }

  /// Compares the lock files of the environments that both have.
  private func checkLocks(
    _ before: Workspace, _ base: BaseRevision, _ report: inout CheckReport
  ) throws {
    for environment in workspace.file.environments {
      guard let old = before.environments.first(where: { $0.name === environment.name }),
        let then = try base.bytes(of: old.lockPath).flatMap(Self.lock),
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

  private func checkJobs(_ base: BaseRevision, _ report: inout CheckReport) throws {
    let root = try ChangePlace.open(base.git.root)
    let now = try base.names(["ls-files", "-z", "--cached", "--"] + Self.places)
    let before = try base.names(
      ["ls-tree", "-r", "-z", "--name-only", "--full-tree", base.commit, "--"] + Self.places)
    report.add(
      Loosening.findings(
        from: try before.map { ($0, try base.blob($0) ?? []) }.map(Self.job),
        to: now.map { ($0, (try? root.readIfPresent($0)) ?? []) }.map(Self.job),
        words: Self.words))
  }

  private static func job(_ name: String, _ bytes: [UInt8]) -> (file: String, text: String) {
    (name, String(decoding: bytes, as: UTF8.self))
  }
}
