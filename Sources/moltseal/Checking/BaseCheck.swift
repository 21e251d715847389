/// `check --base REV`: what a change allows that the base does not.

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

  /// The files that a forge runs jobs from.
  private static let places = [
    ".github/workflows", ".gitlab", ".gitlab-ci.yml", ".forgejo", ".gitea",
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
      do throws(YAMLError) {
        let before = try Workspace(try SourceText(base))
        report.add(Loosening.findings(from: before, to: workspace.file, file: file))
      } catch {
        report.skip("what \(file) allows more than at \(revision)", "it cannot be read there")
      }
    }
    try checkJobs(commit, git, &report)
  }

  private func checkJobs(
    _ commit: String, _ git: GitRepository, _ report: inout CheckReport
  ) throws {
    let root = try ChangePlace.open(git.root)
    for place in Self.places {
      let files =
        root.isFolder(place)
        ? ((try? root.names(in: place)) ?? []).map { Path.join(place, $0) } : [place]
      for file in files {
        guard let bytes = try? root.readIfPresent(file) else { continue }
        let before = try text(file, commit, git) ?? []
        report.add(
          Loosening.findings(
            from: String(decoding: before, as: UTF8.self),
            to: String(decoding: bytes, as: UTF8.self), words: Self.words, file: file))
      }
    }
  }

  /// The name of the commit that is meant.
  private func commit(_ git: GitRepository) throws -> String {
    let result = try ask(
      ["rev-parse", "--verify", "--quiet", "--end-of-options", "\(revision)^{commit}"], git)
    let name = String(decoding: result.output.prefix { $0 != 10 }, as: UTF8.self)
    guard result.status == 0, !name.isEmpty else {
      throw CommandError(
        "'\(revision)' is no commit here", hint: "fetch it first: git fetch origin \(revision)",
        consequence: nil)
    }
    return name
  }

  /// The bytes of a file at a commit; nil where it has none.
  private func text(_ path: String, _ commit: String, _ git: GitRepository) throws -> [UInt8]? {
    let result = try ask(["cat-file", "blob", "\(commit):\(path)"], git)
    return result.status == 0 ? result.output : nil
  }

  private func ask(_ arguments: [String], _ git: GitRepository) throws -> Subprocess.Result {
    do throws(any Error) {
      return try git.start(arguments, Surroundings.bareSetup).finish()
    } catch let fault as Subprocess.Fault { throw fault.commandError }
  }
}
