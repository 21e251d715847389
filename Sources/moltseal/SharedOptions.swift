/// Options that several commands have.

internal import ArgumentParser
internal import Glibc
internal import Transactions

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

  /// Goes to the folder.
  ///
  /// Called first by every command.
  func enter() throws {
    Terminal.color = color
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

struct EnvironmentOption: ParsableArguments {
  @Option(
    name: .customLong("env"),
    help: ArgumentHelp("The environment, as moltseal.yml names it.", valueName: "name"))
  var name: String
}

struct RunOptions: ParsableArguments {
  @OptionGroup var environment: EnvironmentOption

  @Flag(name: .customLong("dry-run"), help: "Show the plan and a diff; write nothing.")
  var isDryRun = false

  @Option(
    name: .customLong("supply"),
    help: ArgumentHelp(
      "Read a supplied credential from a file, or from standard input with @-.",
      valueName: "name=@file"))
  var supplies: [String] = []

  @Option(
    help: ArgumentHelp("Seal for this certificate instead of the environment's.", valueName: "file")
  )
  var certificate: String?

  @Flag(help: "Write over changes that are not committed, and outside git.")
  var allowDirty = false

  @OptionGroup var arrival: ArrivalOptions

  @Option(
    help: ArgumentHelp(
      "Write what to do with this change, as Markdown; - is standard output.", valueName: "file"))
  var runbook: String?

  @Option(help: "How to print the plan: text or json.")
  var format = OutputFormat.text

  @OptionGroup var global: GlobalOptions
}
