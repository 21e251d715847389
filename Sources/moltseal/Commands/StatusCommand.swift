/// `moltseal status`: shows ages, due dates and drift; it changes nothing.

internal import ArgumentParser
internal import Checking
internal import Reporting
internal import Reports
internal import Repository
internal import Workspace
internal import YAML

struct StatusCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "status",
    abstract: "Show the age and due date of every credential, and drift.",
    discussion:
      "Exits with 3 if something is due, was never sealed, or is not sealed as its template says, or if every rotation is refused."
  )

  @Option(
    name: .customLong("env"),
    help: ArgumentHelp("Show only this environment.", valueName: "name"))
  var environment: String?

  @Option(help: "Output format: text or json.")
  var format = OutputFormat.text

  @OptionGroup var global: GlobalOptions

  func run() throws {
    try global.enter()
    let workspace = try LoadedWorkspace.find()
    if try Interruption.isInterrupted(workspace.place) {
      Notices.warn("an interrupted run was left here; finish it: moltseal recover")
    }
    let environments =
      try environment.map { [try workspace.environment($0)] } ?? workspace.file.environments
    let now = Surroundings.now()
    let reports = try environments.map { try StatusReport($0, workspace, now: now) }
    switch format {
    case .json: Terminal.outputJSON(.map([("environments", .sequence(reports.map(\.json)))]))
    case .text:
      for (index, report) in reports.enumerated() {
        if index > 0 { Terminal.output("\n") }
        Terminal.output(report.screen)
      }
    }
    if reports.contains(where: { $0.isDue || $0.isRefused }) { throw ExitCode(3) }
  }
}
