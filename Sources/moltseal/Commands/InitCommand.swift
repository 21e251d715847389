/// `moltseal init`: drafts a workspace for an existing repository.

internal import ArgumentParser
internal import Discovery
internal import Kubernetes
internal import Operations
internal import Reporting
internal import Reports
internal import Repository
internal import Text
internal import Files
internal import Workspace
internal import YAML

struct InitCommand: ParsableCommand, ChangesFiles {
  static let configuration = CommandConfiguration(
    commandName: "init",
    abstract: "Write moltseal.yml and templates for a repository with kustomizations.",
    discussion: """
      Builds the kustomizations, examines their Secrets, and proposes a credential for each value. \
      It changes no existing file, and puts no current value into a template.
      """)

  @Argument(
    help: ArgumentHelp(
      "The kustomizations of the environment; by default, those that no other one builds on.",
      valueName: "kustomization"))
  var kustomizations: [String] = []

  @Option(
    name: .customLong("env"), help: ArgumentHelp("The environment's name.", valueName: "name"))
  var environment = "prod"

  @Option(
    help: ArgumentHelp(
      "Whether the system already runs with the present values: true (the default without an answer) or false.",
      valueName: "boolean"))
  var deployed: Bool?

  @Option(
    help: ArgumentHelp(
      "Write a one-file overlay on the given kustomization, for this environment only.",
      valueName: "folder"))
  var overlay: String?

  @Option(help: "Output format for the outcome of each value: text or json.")
  var format = OutputFormat.text

  @OptionGroup var remote: RemoteOption

  @OptionGroup var global: GlobalOptions

  func validate() throws {
    if let fault = KubernetesNames.faultOfLabel(environment) {
      throw ValidationError("the environment's name \(fault)")
    }
    if overlay != nil, kustomizations.count != 1 {
      throw ValidationError("--overlay goes with the one kustomization that it builds on")
    }
  }

  func run() throws {
    try global.enter()
    let start: WorkspaceDraft.Start =
      deployed ?? Question.deployed() ?? true ? .deployed : .new
    let folder = try explained { () throws(FileError) in try WorkspaceFolder(".") }
    let place = ChangePlace(workspace: folder.path)
    let locks = try place.lock()
    // The files of an interrupted run are not a workspace yet.
    try Interruption.settle(place)
    if let root = try LoadedWorkspace.root() {
      throw CommandError(
        "a workspace exists already: \(root)/\(Workspace.fileName)",
        hint: "edit it, or move it away first")
    }
    let drafting = Drafting(
      environment: environment, kustomizations: kustomizations, overlay: overlay,
      start: start, remote: remote.files)
    let drafted = try drafting.run(in: folder, git: place.git) { Question.meaning(of: $0) }
    try Interruption.commit(drafted.changes, in: folder, of: place)
    withExtendedLifetime(locks) {}
    drafted.warn()
    let refused = drafting.rehearse(in: folder)
    let screen = InitScreen(
      draft: drafted.draft, changes: drafted.changes, sealed: drafted.sealed,
      start: start, kustomizations: drafted.kustomizations)
    switch format {
    case .json: Terminal.outputJSON(json(drafted.draft, drafted.changes, refused))
    case .text: Terminal.output(screen.screen)
    }
    screen.warn()
    guard refused.isEmpty else {
      throw CommandError(
        refused + drafted.overlays(environment),
        consequence:
          "the files were written, but \(start == .deployed ? "adopt" : "rotate") would refuse them as they are",
        status: 4)
    }
  }

  /// The outcome of each value, and what the first cutover would refuse.
  private func json(
    _ draft: WorkspaceDraft, _ changes: ChangeSet, _ refused: [Diagnostic]
  ) -> Tree {
    func text(_ text: String?) -> Tree { text.map { .string($0) } ?? .null }
    return .map([
      (
        "values",
        .sequence(
          draft.outcomes.map { value in
            .map([
              ("environment", .string(value.environment)), ("target", .string(value.target)),
              ("namespace", text(value.namespace)), ("secret", .string(value.secret)),
              ("key", .string(value.key)), ("outcome", .string(value.outcome)),
              ("credential", text(value.credential)), ("because", .string(value.because)),
            ])
          })
      ),
      ("leftOut", .sequence(draft.leftOut.map { .string($0) })),
      ("refused", .sequence(refused.map { .string($0.text) })),
      ("files", .sequence(changes.paths.map { .string($0) })),
    ])
  }

  private func explained<Value>(_ body: () throws(FileError) -> Value) throws -> Value {
    do throws(FileError) { return try body() } catch {
      throw CommandError(error, what: "cannot read")
    }
  }
}

/// Questions that only the user can answer, asked on a terminal.
enum Question {
  static func deployed() -> Bool? {
    guard let answer = ask("is it already running with the current values? [Y/n]") else {
      return nil
    }
    return !answer.lowercased().begins(with: "n")
  }

  static func meaning(of place: String) -> KeyMeaning? {
    guard let answer = ask("\(place): generate it, or is it issued by a third party? [g/I]") else {
      return nil
    }
    return answer.lowercased().begins(with: "g") ? .applicationKey : .issued
  }

  /// Returns the answer, or nil without a terminal.
  private static func ask(_ question: String) -> String? {
    guard Terminal.isInteractive else { return nil }
    Terminal.complain("moltseal: \(Visible.text(question)) ")
    return readLine() ?? ""
  }
}
