/// `moltseal re-encrypt`: lets the controller seal the same values for its newest key.

internal import ArgumentParser
internal import ClusterAccess
internal import Kubernetes
internal import Manifests
internal import Operations
internal import Reporting
internal import Repository
internal import Files
internal import Workspace

struct ReEncryptCommand: ParsableCommand, ChangesFiles {
  static let configuration = CommandConfiguration(
    commandName: "re-encrypt",
    abstract: "Let the controller seal an environment again for its newest key.",
    discussion: """
      Sends each SealedSecret of the environment that is not sealed for the controller's newest \
      key to its /v1/rotate, takes only the new ciphertexts from the answers, and updates the lock \
      file: all files or none. The values stay the same, and no private key is needed; this \
      rotates nothing. The newest key must be pinned first (cert fetch, cert pin).
      """)

  @Option(
    name: .customLong("env"),
    help: ArgumentHelp("The environment, as named in moltseal.yml.", valueName: "name"))
  var environment: String

  @OptionGroup var controller: ControllerOptions

  @Option(
    name: .customLong("controller-version"),
    help: ArgumentHelp(
      "The controller's version, if its Deployment does not name it; required for a version before 0.40.",
      valueName: "version"))
  var version: String?

  @Flag(name: .customLong("dry-run"), help: "Show what would be done; write nothing.")
  var isDryRun = false

  @Flag(help: AllowDirty.help)
  var allowDirty = false

  @OptionGroup var global: GlobalOptions

  private var given: ControllerVersion? { version.flatMap { ControllerVersion($0) } }

  func validate() throws {
    guard version == nil || given != nil else {
      throw ValidationError("--controller-version must be a version, such as 0.40.0")
    }
  }

  func run() throws {
    try global.enter()
    let workspace = try LoadedWorkspace.find()
    let environment = try workspace.environment(environment)
    if isDryRun {
      try Interruption.refuse(workspace.place)
      let outcome = try reEncrypt(workspace, environment)
      return Notices.say("would re-encrypt \(outcome.summary); nothing was written")
    }
    let locks = try workspace.place.lock()
    try Interruption.settle(workspace.place)
    let outcome = try reEncrypt(workspace, environment)
    if !allowDirty, !outcome.changes.isEmpty, workspace.place.git != nil {
      try workspace.checkCommitted(
        outcome.changes, try workspace.askGit(outcome.changes.paths, of: workspace.place))
    }
    try Interruption.commit(outcome.changes, in: workspace.folder, of: workspace.place)
    withExtendedLifetime(locks) {}
    Notices.say("re-encrypted \(outcome.summary)")
    if !outcome.changes.isEmpty {
      Notices.say("next: look at git diff, commit, and let GitOps sync")
    }
    if outcome.needsCertificate {
      Notices.say(
        "then fetch the newest certificate too, so that rotate seals for it: moltseal cert fetch --env \(environment.name)"
      )
    }
  }

  private func reEncrypt(
    _ workspace: LoadedWorkspace, _ environment: WorkspaceEnvironment
  ) throws -> EnvironmentReEncryption.Outcome {
    let controller = try controller.controller(environment: environment.name)
    let service = try controller.service()
    try checkVersion(controller, service)
    let outcome = try EnvironmentReEncryption(
      workspace: workspace, environment: environment, controller: controller, service: service,
      mode: isDryRun ? .counting : .asking
    ).run()
    for item in outcome.unknown {
      Notices.warn("\(item) is left unchanged: it is not in the lock file")
    }
    return outcome
  }

  /// Requires consent for a version before 0.40, whose `/v1/rotate` lets callers learn values from
  /// their ciphertexts.
  private func checkVersion(_ controller: Controller, _ service: Controller.Service) throws {
    let floor = ControllerVersion(0, 40)
    switch controller.version(service) {
    case .failure(let reason):
      guard let given else {
        throw CommandError(
          "the version of the controller \(service.name) is unknown: \(reason.words)",
          hint: "look it up, and pass --controller-version VERSION")
      }
      if given < floor { warn(service, given) }
    case .success(let version) where version < floor:
      guard given != nil else {
        throw CommandError(
          "the controller \(service.name) has version \(version): before \(floor), anybody who can call its /v1/rotate can learn values from their ciphertexts, so nobody should have access to it",
          hint:
            "update it to \(floor) or newer; or, if only you can call it, pass --controller-version \(version)"
        )
      }
      warn(service, version)
    case .success: break
    }
  }

  private func warn(_ service: Controller.Service, _ version: ControllerVersion) {
    Notices.warn(
      "the controller \(service.name) has version \(version): anybody who can call its /v1/rotate can learn values from their ciphertexts; block access to it again, and update it to 0.40 or newer"
    )
  }
}
