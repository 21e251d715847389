/// `moltseal live`: shows which steps have arrived; it changes nothing in the cluster or here.

internal import ArgumentParser
internal import Building
internal import ClusterAccess
internal import Cluster
internal import Planning
internal import Processes
internal import Reporting
internal import Reports
internal import Repository
internal import Workspace

struct LiveCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "live",
    abstract: "Show how far the last step of each credential has got in the cluster.",
    discussion: """
      Reads SealedSecrets, workloads, pods and CloudNativePG Clusters through kubectl, and the \
      metadata of Secrets if allowed. --format json prints evidence for rotate --evidence.
      """)

  @OptionGroup var environment: EnvironmentOption

  @OptionGroup var earlier: EarlierOption

  @OptionGroup var cluster: ClusterOptions

  @Flag(help: "Look again every five seconds until everything has arrived.")
  var watch = false

  @Option(help: "Output format: text or json.")
  var format = OutputFormat.text

  @OptionGroup var global: GlobalOptions

  func validate() throws {
    if watch, format == .json { throw ValidationError("--watch shows text") }
  }

  func run() throws {
    try global.enter()
    let workspace = try LoadedWorkspace.find()
    let environment = try workspace.environment(environment.name)
    let loader = EnvironmentLoader(workspace: workspace, environment: environment)
    // JSON evidence is for programs, which read it every half hour.
    if format == .text { sayController(environment, workspace) }
    while true {
      let now = Surroundings.now()
      let state = try loader.state(certificate: nil)
      let contexts = try KustomizationReader(loader: loader).contexts(state)
      let evidence = try ClusterReader(
        workspace, state, contexts, try cluster.kubectl(environment.cluster)
      ).evidence(
        now: now, earlier: try earlier.evidence(state))
      guard format == .text else { return Terminal.outputJSON(evidence.tree) }
      Terminal.output(LiveScreen(evidence: evidence, state: state).screen)
      Terminal.flushWarnings()
      if !watch || evidence.hasArrived { return }
      Pause.milliseconds(5000)
      Terminal.output("\n")
    }
  }
}

extension LiveCommand {
  /// Reports what the user should know about the controller, if it can be reached.
  private func sayController(_ environment: WorkspaceEnvironment, _ workspace: LoadedWorkspace) {
    guard
      let controller = try? Controller(
        cluster.kubectl(environment.cluster), namespace: environment.cluster.controllerNamespace,
        name: environment.cluster.controllerName)
    else { return }
    let certificate = try? SealingCertificate.load(
      override: nil, environment: environment, folder: workspace.folder, now: Surroundings.now())
    ControllerCare(controller, certificate: certificate, environment: environment.name).say()
  }
}
