/// `moltseal rotate` and `moltseal apply`.

internal import ArgumentParser
internal import Operations
internal import Planning

struct RotateCommand: RunsCommand {
  static let configuration = CommandConfiguration(
    commandName: "rotate",
    abstract: "Give credentials new values and seal them.",
    discussion: """
      Renews credentials that were never sealed or are due. The first run also removes the dev \
      secretGenerator from the kustomization. All files change, or none.
      """)

  @Option(
    parsing: .upToNextOption,
    help: ArgumentHelp(
      "Renew only these credentials; with --all, renew these supplied ones too.",
      valueName: "credential"))
  var only: [String] = []

  @Flag(help: "Renew every generated credential.")
  var all = false

  @Option(
    parsing: .upToNextOption,
    help: ArgumentHelp(
      "Renew these credentials, and keep nothing of their old values.", valueName: "credential"))
  var compromised: [String] = []

  @Option(
    parsing: .upToNextOption,
    help: ArgumentHelp(
      "Restart the pods that use these credentials; change no value.",
      valueName: "credential"))
  var restart: [String] = []

  @OptionGroup var places: RunPlaces

  @OptionGroup var flags: RunFlags

  @OptionGroup var remote: RemoteOption

  @OptionGroup var lookFlags: LookFlags

  @OptionGroup var earlier: EarlierOption

  @OptionGroup var cluster: ClusterOptions

  @OptionGroup var global: GlobalOptions

  func validate() throws {
    try validateLook()
    if !restart.isEmpty, all || !only.isEmpty || !compromised.isEmpty {
      throw ValidationError(
        "--restart excludes --all, --only and --compromised: a commit changes values or restarts pods"
      )
    }
  }

  func run() throws {
    // `--compromised` alone names what to renew, as `--only` does.
    let isNamed = !only.isEmpty || !compromised.isEmpty || !restart.isEmpty
    let request = options.request(
      .init(renew: only, forget: compromised, restart: restart),
      others: all ? .renewed : isNamed ? .none : .due)
    try RotationShell(options: options, asked: request, words: all ? "--all" : "named by --only")
      .run()
  }
}

struct ApplyCommand: RunsCommand {
  static let configuration = CommandConfiguration(
    commandName: "apply",
    abstract: "Bring the sealed files in line with the templates, without new values.",
    discussion: "Only credentials that were never sealed get a value.")

  @OptionGroup var places: RunPlaces

  @OptionGroup var flags: RunFlags

  @OptionGroup var remote: RemoteOption

  @OptionGroup var lookFlags: LookFlags

  @OptionGroup var earlier: EarlierOption

  @OptionGroup var cluster: ClusterOptions

  @OptionGroup var global: GlobalOptions

  func validate() throws { try validateLook() }

  func run() throws {
    try RotationShell(options: options, asked: options.request(.init(), others: .missing)).run()
  }
}
