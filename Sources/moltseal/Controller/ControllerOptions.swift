/// The flags that say which controller is asked.

internal import ArgumentParser
internal import Kubernetes
internal import Processes
internal import Workspace

/// Which cluster kubectl asks.
struct ClusterOptions: ParsableArguments {
  @Option(help: ArgumentHelp("The context of kubectl.", valueName: "name"))
  var context: String?

  @Option(help: ArgumentHelp("The kubeconfig of kubectl.", valueName: "file"))
  var kubeconfig: String?

  /// Refuses them where no cluster is looked at.
  func validate(isLive: Bool) throws {
    guard isLive || context == nil && kubeconfig == nil else {
      throw ValidationError("--context and --kubeconfig go with --live")
    }
  }

  /// - Parameter cluster: that of the environment, which says what the command line leaves out.
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

  @Option(help: ArgumentHelp("The controller's namespace: kube-system.", valueName: "name"))
  var controllerNamespace: String?

  @Option(
    help: ArgumentHelp("The controller's service: sealed-secrets-controller.", valueName: "name"))
  var controllerName: String?

  /// The controller of the flags, where they leave something out of the environment.
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

/// Which controller is meant, where there is none to ask.
struct ControllerVersionOption: ParsableArguments {
  @Option(
    name: .customLong("controller-version"),
    help: ArgumentHelp(
      "What spec.template.data becomes under this version of the controller.", valueName: "version")
  )
  var version = ControllerVersion.current
}
