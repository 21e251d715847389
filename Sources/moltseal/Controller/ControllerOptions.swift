/// The options that choose the controller.

internal import ArgumentParser
internal import ClusterAccess
internal import Kubernetes
internal import Processes
internal import Reporting
internal import Repository
internal import Workspace

/// The options that choose kubectl's cluster.
struct ClusterOptions: ParsableArguments {
  @Option(help: ArgumentHelp("The kubectl context.", valueName: "name"))
  var context: String?

  @Option(help: ArgumentHelp("The kubeconfig for kubectl.", valueName: "file"))
  var kubeconfig: String?

  /// Refuses the options, because the command does not use the cluster.
  func refuse() throws {
    guard context == nil, kubeconfig == nil else {
      throw ValidationError("--context and --kubeconfig require --live")
    }
  }

  /// - Parameter cluster: the environment's cluster, for what the command line leaves out.
  func kubectl(_ cluster: WorkspaceCluster?) throws -> Kubectl {
    for (text, name) in [(context, "context"), (kubeconfig, "kubeconfig")] where text == "" {
      throw CommandError("--\(name) is empty", hint: "leave it out, or name one", status: 64)
    }
    return try Kubectl(
      flags: context.map { ["--context=\($0)"] } ?? [], usual: cluster?.context,
      kubeconfig: kubeconfig)
  }
}

struct ControllerOptions: ParsableArguments {
  @OptionGroup var cluster: ClusterOptions

  @Option(help: ArgumentHelp("The controller's namespace, such as kube-system.", valueName: "name"))
  var controllerNamespace: String?

  @Option(
    help: ArgumentHelp(
      "The controller's service, such as sealed-secrets-controller.", valueName: "name"))
  var controllerName: String?

  /// Returns the controller of the options; the environment fills in what they leave out.
  func controller(environment: String?) throws -> Controller {
    let cluster = try environment.map { try LoadedWorkspace.find().environment($0).cluster }
    return try Controller(
      self.cluster.kubectl(cluster),
      namespace: controllerNamespace ?? cluster?.controllerNamespace,
      name: controllerName ?? cluster?.controllerName)
  }
}

extension ControllerVersion: ExpressibleByArgument {
  public init?(argument: String) { self.init(argument) }
  public var defaultValueDescription: String { description }
}

/// The version of the controller, if there is none to ask.
struct ControllerVersionOption: ParsableArguments {
  @Option(
    name: .customLong("controller-version"),
    help: ArgumentHelp(
      "Render spec.template.data as this version of the controller does.", valueName: "version")
  )
  var version = ControllerVersion.current
}
