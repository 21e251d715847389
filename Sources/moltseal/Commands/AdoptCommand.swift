/// `moltseal adopt`: cuts over a running system with its live values.

internal import ArgumentParser
internal import Operations
internal import Reporting
internal import Reports
internal import Repository
internal import Files
internal import Workspace

struct AdoptCommand: ParsableCommand, ChangesFiles {
  static let configuration = CommandConfiguration(
    commandName: "adopt",
    abstract: "Cut over a running system with its live values, step by step.",
    discussion: """
      Each call takes the next step, which is a commit of its own: prepare the live Secrets; seal \
      their values and remove the generator entries; own the Secrets. A plain revert of any step \
      is safe.
      """)

  @OptionGroup var environment: EnvironmentOption

  @Option(
    name: .customLong("target"),
    help: ArgumentHelp("Only this target of the environment; may be repeated.", valueName: "name"))
  var targets: [String] = []

  @Option(
    name: .customLong("from"),
    help: ArgumentHelp(
      "Read the live Secrets from a file, as kubectl get secret -o json or yaml prints them; - is standard input.",
      valueName: "file"))
  var file: String?

  @Flag(help: "Read the live Secrets through kubectl.")
  var live = false

  @OptionGroup var cluster: ClusterOptions

  @Flag(help: "Take the next step without evidence that the last one has arrived.")
  var assumeLive = false

  @Option(
    name: [.customLong("certificate"), .customLong("cert")],
    help: ArgumentHelp("Seal for this certificate instead of the environment's.", valueName: "file")
  )
  var certificate: String?

  @Flag(
    name: .customLong("dry-run"), help: "Show the step, and with --verbose a diff; write nothing.")
  var isDryRun = false

  @Flag(help: "Overwrite uncommitted changes, and write outside git.")
  var allowDirty = false

  @Option(help: "Output format: text or json.")
  var format = OutputFormat.text

  @OptionGroup var remote: RemoteOption

  @OptionGroup var global: GlobalOptions

  func validate() throws {
    if !live { try cluster.refuse() }
    if live, file != nil { throw ValidationError("take one of --live and --from") }
  }

  func run() throws {
    try global.enter()
    let workspace = try LoadedWorkspace.find()
    let environment = try workspace.environment(self.environment.name)
    let place = workspace.place
    let asked = try request(environment)
    if isDryRun {
      try Interruption.refuse(place)
      return show(try AdoptRun(workspace, environment, asked).run())
    }
    let lock = LateLock(place)
    // A build that fetches waits for servers, so take the lock only afterwards.
    let isEarly = try remote.isAllowed && !Interruption.isInterrupted(place)
    if !isEarly { try lock.take() }
    show(try AdoptRun(workspace, environment, asked, lock: lock).run())
    withExtendedLifetime(lock) {}
  }

  private func request(_ environment: WorkspaceEnvironment) throws -> AdoptionRequest {
    AdoptionRequest(
      live: try source(environment),
      terms: RunTerms(
        targets: targets, certificate: certificate,
        uncommitted: allowDirty ? .overwritten : .refused, remote: remote.files,
        arrival: assumeLive ? .assumed : .proven))
  }

  /// Where the live Secrets are read.
  private func source(_ environment: WorkspaceEnvironment) throws -> AdoptionRequest.Source {
    if let file { return .file(file) }
    return live ? .cluster(try cluster.kubectl(environment.cluster)) : .none
  }

  private func show(_ result: AdoptionResult) {
    let report = AdoptionScreen(result)
    guard format == .text else { return Terminal.outputJSON(report.json) }
    Terminal.output(report.screen)
    if isDryRun, Notices.isVerbose {
      Terminal.output("\n")
      Terminal.outputDiffWithoutLiterals(result.changes.diff())
    }
  }
}
