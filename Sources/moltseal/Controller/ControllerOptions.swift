/// The flags that say which controller is asked.

internal import ArgumentParser
internal import Kubernetes
internal import Workspace

struct ControllerOptions: ParsableArguments {
  @Option(help: ArgumentHelp("The context of kubectl.", valueName: "name"))
  var context: String?

  @Option(help: ArgumentHelp("The controller's namespace: kube-system.", valueName: "name"))
  var controllerNamespace: String?

  @Option(
    help: ArgumentHelp("The controller's service: sealed-secrets-controller.", valueName: "name"))
  var controllerName: String?

  /// The controller of the flags, where they leave something out of the environment.
  func controller(environment: String?) throws -> Controller {
    let cluster = try environment.map { try LoadedWorkspace.find().environment($0).cluster }
    return try Controller(
      context: context ?? cluster?.context,
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
