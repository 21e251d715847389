/// `moltseal check`: applies every rule to a workspace, or to a repository of SealedSecrets.

internal import ArgumentParser
internal import Checking
internal import Processes
internal import Reports
internal import Repository
internal import Text
internal import Files
internal import Workspace

/// How the findings are printed.
enum CheckFormat: String, CaseIterable, ExpressibleByArgument { case text, json, sarif }

struct CheckCommand: ParsableCommand, LooksAtCluster {
  static let configuration = CommandConfiguration(
    commandName: "check",
    abstract: "Check for everything that would go wrong, without a cluster; write nothing.",
    discussion: """
      Checks the workspace's environments. Without a workspace, or if paths are given, checks the \
      SealedSecrets and kustomizations below them. Reports what it could not check. Exits with 4 \
      if it finds an error.
      """)

  @Option(
    name: .customLong("env"),
    help: ArgumentHelp("Check only this environment.", valueName: "name"))
  var environment: String?

  @Option(
    help: ArgumentHelp(
      "Report what the change since this commit newly allows.", valueName: "commit"))
  var base: String?

  @Flag(
    help:
      "Check whether the change since --base (or origin/HEAD) is only the end of a rotation, and its gates are open now. Such a change decides nothing new, and may be merged without a person."
  )
  var gate = false

  @OptionGroup var lookFlags: LookFlags

  @OptionGroup var earlier: EarlierOption

  @OptionGroup var cluster: ClusterOptions

  @Option(help: "Output format: text, json or sarif.")
  var format = CheckFormat.text

  @Argument(
    help: ArgumentHelp("Files and folders to check instead of the workspace.", valueName: "path"))
  var paths: [String] = []

  @OptionGroup var remote: RemoteOption

  @OptionGroup var global: GlobalOptions

  func validate() throws {
    try validateLook()
    if environment != nil, !paths.isEmpty {
      throw ValidationError("pass an environment or paths, not both")
    }
    if gate, !paths.isEmpty {
      throw ValidationError("--gate checks the workspace, not paths")
    }
    guard gate || !look.live && look.file == nil else {
      throw ValidationError("--live and --evidence require --gate")
    }
    if base != nil, !paths.isEmpty {
      throw ValidationError("--base checks the workspace, not paths")
    }
  }

  func run() throws {
    try global.enter()
    var report = CheckReport()
    if paths.isEmpty, try LoadedWorkspace.root() != nil {
      try check(try LoadedWorkspace.find(), &report)
    } else if environment != nil || base != nil || gate {
      _ = try LoadedWorkspace.find()
    } else {
      try RepositoryCheck(paths: paths.isEmpty ? ["."] : paths, remote: remote.files).run(&report)
    }
    switch format {
    case .text: Terminal.output(report.screen)
    case .json: Terminal.outputJSON(report.json)
    case .sarif:
      Terminal.outputJSON(
        SARIF(
          report, prefix: try CheckCommand.prefix(), version: Version.number
        ).tree)
    }
    if report.hasErrors { throw ExitCode(4) }
  }

  /// Checks the change that was asked about, then the environments.
  private func check(_ workspace: LoadedWorkspace, _ report: inout CheckReport) throws {
    let environments =
      try environment.map { [try workspace.environment($0)] } ?? workspace.file.environments
    try Interruption.refuse(workspace.place)
    var looks = true
    if gate {
      let look = look
      let check = try GateCheck(workspace, revision: base) { state, contexts, base, now in
        try look.evidence(state, contexts, workspace, base: base, now: now)
      }
      looks = try check.run(environments, &report)
      if !looks { report.skip("the other rules", "the change is more than a step") }
    }
    if let base { try BaseCheck(workspace: workspace, revision: base).run(&report) }
    for environment in looks ? environments : [] {
      let first = report.findings.count
      try EnvironmentCheck(
        workspace: workspace, environment: environment, remote: remote.files
      ).run(&report)
      report.accept(environment, from: first)
    }
  }

  /// Returns the path from the repository's root to the folder of the findings' paths.
  private static func prefix() throws -> String {
    let root = try LoadedWorkspace.root()
    guard let folder = try? WorkspaceFolder(root ?? "."),
      let git = GitRepository.find(from: folder.path)
    else { return "" }
    return Path.relative(folder.path, to: git.root).map { $0.isEmpty ? "" : $0 + "/" } ?? ""
  }
}
