/// Options shared by several commands.

internal import ArgumentParser
internal import Building
internal import Reporting
internal import Repository
internal import Files
internal import Workspace

extension ColorChoice: ExpressibleByArgument {}

/// A command that writes files; only the errors of such commands say that nothing was written.
protocol ChangesFiles {}

/// What a command does to files.
enum FileEffect {
  case read
  case changed
}

/// The output format of a list.
enum OutputFormat: String, CaseIterable, ExpressibleByArgument {
  case text, json
}

struct GlobalOptions: ParsableArguments {
  @Option(
    name: .customShort("C"),
    help: ArgumentHelp("Run as if started in this folder.", valueName: "dir"))
  var folder: String?

  @Option(help: "When to use colour: auto, always or never.")
  var color = ColorChoice.auto

  @Flag(help: "Show everything, a builder's own messages included, in which values may be.")
  var verbose = false

  /// Applies the options, and changes to the folder.
  ///
  /// Every command calls this first.
  func enter() throws {
    Terminal.color = color
    if verbose { Notices.beVerbose() }
    if let folder { try Self.enter(folder) }
  }

  static func enter(_ folder: String) throws {
    do throws(FileError) { try Disk.enter(folder) } catch {
      throw CommandError("cannot change to '\(folder)': \(error.reason)", hint: "check -C")
    }
  }
}

/// The help of `--allow-dirty`, for commands that change files named on the command line.
enum AllowDirty {
  static let help: ArgumentHelp = "Overwrite uncommitted changes."
}

/// The option that allows a build to use what is outside the repository.
struct RemoteOption: ParsableArguments {
  @Flag(
    name: .customLong("allow-remote"),
    help: "Let the builder fetch what a kustomization refers to elsewhere.")
  var isAllowed = false

  /// What the builder may do about files that are elsewhere.
  var files: RemoteFiles { isAllowed ? .fetched : .refused }
}

struct EnvironmentOption: ParsableArguments {
  @Option(
    name: .customLong("env"),
    help: ArgumentHelp(
      "The environment, as named in moltseal.yml; may be omitted if there is only one.",
      valueName: "name"))
  var name: String?
}

/// The environments and targets of a run.
struct RunPlaces: ParsableArguments {
  @Option(
    name: .customLong("env"),
    help: ArgumentHelp(
      "The environment, as named in moltseal.yml; may be omitted if there is only one.",
      valueName: "name"))
  var name: String?

  @Flag(help: "Every environment, all or nothing.")
  var allEnvironments = false

  @Option(
    name: .customLong("target"),
    help: ArgumentHelp("Only this target of the environment; may be repeated.", valueName: "name"))
  var targets: [String] = []

  func validate() throws {
    if allEnvironments, name != nil {
      throw ValidationError("pass --env or --all-environments, not both")
    }
    if allEnvironments, !targets.isEmpty {
      throw ValidationError("--target requires --env, not --all-environments")
    }
  }

  /// Returns the environments, in the order of the file.
  func environments(of workspace: LoadedWorkspace) throws -> [WorkspaceEnvironment] {
    if allEnvironments { return workspace.file.environments }
    if name == nil, workspace.file.environments.count > 1 {
      throw CommandError(
        "the workspace has several environments: \(workspace.file.environments.map(\.name).joined(separator: ", "))",
        hint: "name one environment with --env, or pass --all-environments",
        file: Workspace.fileName, status: 64)
    }
    return [try workspace.environment(name)]
  }
}

/// The options of `rotate` and `apply` that no other command has.
struct RunFlags: ParsableArguments {
  @Flag(
    name: .customLong("dry-run"), help: "Show the plan, and with --verbose a diff; write nothing.")
  var isDryRun = false

  @Option(
    name: .customLong("supply"),
    help: ArgumentHelp(
      "Read a supplied credential from a file, or from standard input with @-.",
      valueName: "name=@file"))
  var supplies: [String] = []

  @Option(
    name: [.customLong("certificate"), .customLong("cert")],
    help: ArgumentHelp("Seal for this certificate instead of the environment's.", valueName: "file")
  )
  var certificate: String?

  @Flag(help: "Overwrite uncommitted changes, and write outside git.")
  var allowDirty = false

  @Flag(
    name: .customLong("no-build-check"),
    help: "Cut over without building the kustomization before and after.")
  var skipsBuildCheck = false

  @Flag(
    help:
      "Without evidence, assume that a step has arrived once its credential's settle time is over.")
  var assumeLive = false

  @Option(
    help: ArgumentHelp(
      "Write a runbook for this change, as Markdown, to a new file in the workspace; - is standard output.",
      valueName: "file"))
  var runbook: String?

  @Option(help: "Output format: text or json.")
  var format = OutputFormat.text
}

/// A command that plans and writes.
///
/// Its groups of options stand side by side: a group in a group makes a debug build validate all of
/// them three times for each level, at each start.
protocol RunsCommand: ParsableCommand, ChangesFiles, LooksAtCluster {
  var places: RunPlaces { get }
  var flags: RunFlags { get }
  var remote: RemoteOption { get }
  var global: GlobalOptions { get }
}

extension RunsCommand {
  var options: RunOptions {
    RunOptions(places: places, flags: flags, remote: remote, look: look, global: global)
  }
}

/// What `rotate` and `apply` were told.
struct RunOptions {
  let places: RunPlaces
  let flags: RunFlags
  let remote: RemoteOption
  let look: LookOptions
  let global: GlobalOptions
}
