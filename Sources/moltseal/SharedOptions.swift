/// Options that several commands have.

internal import ArgumentParser
internal import Glibc
internal import Text
internal import Transactions
internal import Workspace
internal import YAML

extension ColorChoice: ExpressibleByArgument {}

/// How a list is printed.
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

  @Flag(help: "Say what a builder complains of in its own words, in which values may stand.")
  var verbose = false

  /// Goes to the folder.
  ///
  /// Called first by every command.
  func enter() throws {
    Terminal.color = color
    Terminal.isVerbose = verbose
    if let folder { try Self.enter(folder) }
  }

  static func enter(_ folder: String) throws {
    guard chdir(folder) != 0 else { return }
    throw CommandError(
      "cannot go to '\(folder)': \(String(cString: strerror(errno)))", hint: "check -C")
  }
}

/// `--allow-dirty` of the commands that change files named on the command line.
enum AllowDirty {
  static let help: ArgumentHelp = "Write over what is not committed."
}

/// Whether a build may reach out of the repository.
struct RemoteOption: ParsableArguments {
  @Flag(
    name: .customLong("allow-remote"),
    help: "Let the builder fetch what a kustomization names elsewhere.")
  var isAllowed = false
}

struct EnvironmentOption: ParsableArguments {
  @Option(
    name: .customLong("env"),
    help: ArgumentHelp(
      "The environment, as moltseal.yml names it; the only one need not be named.",
      valueName: "name"))
  var name: String?
}

/// Which environments, and which of their targets, a run is for.
struct RunPlaces: ParsableArguments {
  @Option(
    name: .customLong("env"),
    help: ArgumentHelp(
      "The environment, as moltseal.yml names it; the only one need not be named.",
      valueName: "name"))
  var name: String?

  @Flag(help: "Every environment: all of them, or nothing.")
  var allEnvironments = false

  @Option(
    name: .customLong("target"),
    help: ArgumentHelp("These targets of the environment only.", valueName: "name"))
  var targets: [String] = []

  func validate() throws {
    if allEnvironments, name != nil {
      throw ValidationError("name one environment with --env, or pass --all-environments")
    }
    if allEnvironments, !targets.isEmpty {
      throw ValidationError("--target goes with --env")
    }
  }

  /// The environments in the order of the file.
  func environments(of workspace: LoadedWorkspace) throws -> [WorkspaceEnvironment] {
    if allEnvironments { return workspace.file.environments }
    if name == nil, workspace.file.environments.count > 1 {
      throw CommandError(
        "the workspace has several environments: \(workspace.file.environments.map(\.name).joined(separator: ", "))",
        hint: "name one environment with --env, or pass --all-environments",
        file: LoadedWorkspace.fileName, status: 64)
    }
    return [try workspace.environment(name)]
  }

  /// The targets that are looked at; nil for all of them.
  func selected(of environment: WorkspaceEnvironment) throws -> Set<String>? {
    try RunPlaces.selected(targets, of: environment)
  }

  static func selected(
    _ targets: [String], of environment: WorkspaceEnvironment
  ) throws -> Set<String>? {
    guard !targets.isEmpty else { return nil }
    for target in targets where environment.target(target) == nil || target.isEmpty {
      let known = environment.targets.map(\.name).filter { !$0.isEmpty }
      throw CommandError(
        "no target of '\(environment.name)' is named '\(target)'\(nearest(to: target, among: known))",
        hint: known.isEmpty
          ? "the environment has one kustomization and no 'targets'"
          : "the environment has: \(known.joined(separator: ", "))",
        file: LoadedWorkspace.fileName, location: environment.location)
    }
    return Set(targets)
  }
}

struct RunOptions: ParsableArguments {
  @OptionGroup var places: RunPlaces

  @Flag(name: .customLong("dry-run"), help: "Show the plan and a diff; write nothing.")
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

  @Flag(help: "Write over changes that are not committed, and outside git.")
  var allowDirty = false

  @Flag(
    name: .customLong("no-build-check"),
    help: "Cut over without building the kustomization before and after.")
  var skipsBuildCheck = false

  @OptionGroup var remote: RemoteOption

  @OptionGroup var arrival: ArrivalOptions

  @Option(
    help: ArgumentHelp(
      "Write what to do with this change, as Markdown, into a new file of the workspace; - is standard output.",
      valueName: "file"))
  var runbook: String?

  @Option(help: "How to print the plan: text or json.")
  var format = OutputFormat.text

  @OptionGroup var global: GlobalOptions
}
