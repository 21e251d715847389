/// `moltseal init`: drafts a workspace for an existing repository.

internal import ArgumentParser
internal import Discovery
internal import Glibc
internal import Kubernetes
internal import Preflight
internal import Text
internal import Transactions
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
    let isDeployed = deployed ?? Question.deployed() ?? true
    let folder = try explained { () throws(FileError) in try WorkspaceFolder(".") }
    let place = ChangePlace(workspace: folder.path)
    let locks = try place.lock()
    // The files of an interrupted run are not a workspace yet.
    try Interruption.settle(place)
    if let root = try LoadedWorkspace.root() {
      throw CommandError(
        "a workspace exists already: \(root)/\(LoadedWorkspace.fileName)",
        hint: "edit it, or move it away first")
    }
    var survey = try RepositorySurvey(folder)
    guard !survey.isEmpty else {
      throw CommandError(
        "found no kustomization in this folder or below it",
        hint: "go to the repository's folder, or pass -C DIR")
    }
    var roots = try chosen(try survey.roots(kustomizations))
    var overlayFile: FileChange?
    if let overlay {
      let made = try survey.overlay(overlay, on: roots[0])
      roots = [made.root]
      overlayFile = FileChange(path: made.root.path, old: nil, new: made.bytes)
    }
    let targets = try survey.targets(
      roots, git: place.git, allowsRemote: remote.isAllowed)
    for (path, reason) in survey.failures {
      Terminal.warning(
        Diagnostic(
          "is not included: \(reason)", hint: "fix that, then run init again and name it",
          file: path))
    }
    if targets.isEmpty, let (path, resource) = survey.reachingOut {
      throw CommandError(
        "'\(resource)' is outside this folder, so init cannot tell what this kustomization builds",
        hint: "run init in a folder that contains both, such as the repository's root",
        file: path)
    }
    guard !targets.isEmpty else {
      throw CommandError(
        "these kustomizations build no Secret, so there is nothing to seal",
        hint: survey.sealed.isEmpty
          ? "name the kustomization that makes them: moltseal init FOLDER"
          : "\(survey.sealed.count) SealedSecrets exist already; moltseal check examines them")
    }
    let draft = WorkspaceDraft(
      targets, environment: environment, templates: try templatesFolder(folder),
      isDeployed: isDeployed, withoutHash: { BuiltName.withoutHash($0) },
      ask: { Question.meaning(of: $0) })
    guard !draft.templates.isEmpty else {
      throw CommandError(
        "no Secret has a value that could be sealed: \(draft.leftOut.joined(separator: "; "))",
        hint: "there is nothing to seal")
    }
    var changes = ChangeSet()
    for template in draft.templates {
      changes.add(FileChange(path: template.path, old: nil, new: template.bytes))
    }
    if let overlayFile { changes.add(overlayFile) }
    changes.add(FileChange(path: LoadedWorkspace.fileName, old: nil, new: draft.text))
    try check(draft)
    try Interruption.commit(changes, in: folder, of: place)
    withExtendedLifetime(locks) {}
    for (path, words) in survey.copies { Terminal.warning("\(path): \(words)") }
    for root in roots {
      guard let (file, words) = survey.renaming(of: root) else { continue }
      Terminal.warning(
        Diagnostic(
          "\(file) changes names (\(words)) when it builds \(root.path), so no controller could decrypt what is sealed here",
          hint: "write it into the kustomization instead", file: root.path))
    }
    let refused = rehearse(folder)
    let screen = InitScreen(
      draft: draft, changes: changes, sealed: survey.sealed, isDeployed: isDeployed,
      kustomizations: targets.map(\.path))
    switch format {
    case .json: Terminal.outputJSON(json(draft, changes, refused))
    case .text: Terminal.output(screen.screen)
    }
    screen.warn()
    guard refused.isEmpty else {
      let bases = roots.filter { $0.built == nil && survey.isBase($0) }
      let overlays = bases.prefix(1).map { root in
        Diagnostic(
          "other kustomizations build on \(root.path), and would lose its Secrets too",
          hint:
            "delete the drafted files, then: moltseal init \(root.folder) --overlay overlays/\(environment), which writes one more file",
          file: root.path)
      }
      throw CommandError(
        refused + overlays,
        consequence:
          "the files were written, but \(isDeployed ? "adopt" : "rotate") would refuse them as they are",
        status: 4)
    }
  }

  /// Returns what the first cutover would refuse; the files are already written.
  private func rehearse(_ folder: WorkspaceFolder) -> [Diagnostic] {
    do {
      return try Rehearsal(
        workspace: try LoadedWorkspace(folder.path), allowsRemote: remote.isAllowed
      ).refusals()
    } catch {
      // A full disk, or a program that does not start, says nothing about the draft.
      let reason = (error as? CommandError)?.diagnostics.first?.text ?? "\(error)"
      Terminal.warning("the first cutover could not be tried: \(reason)")
      return []
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

  /// Returns the roots for this environment, chosen by the names of their folders.
  private func chosen(_ roots: [RepositorySurvey.Root]) throws -> [RepositorySurvey.Root] {
    guard kustomizations.isEmpty else { return roots }
    let isStaging = ["staging", "stage", "qa", "uat"].contains(environment)
    let isDevelopment = ["dev", "development", "test"].contains(environment)
    let order: [[RepositorySurvey.Root.Purpose]] =
      isStaging
      ? [[.staging]]
      : isDevelopment ? [[.development]] : [[.production, .unknown], [.staging], [.development]]
    for purposes in order {
      let some = roots.filter { purposes.contains($0.purpose) }
      guard !some.isEmpty else { continue }
      let others = roots.filter { root in !some.contains { $0.path === root.path } }
      if !others.isEmpty {
        Terminal.message(
          "not included: \(others.map(\.path).joined(separator: ", ")); name them to include them"
        )
      }
      if some.allSatisfy({ $0.purpose == .development }), !isDevelopment {
        Terminal.warning(
          "\(some.map(\.path).joined(separator: ", ")): its name says development, but it is used for '\(environment)', because nothing else builds Secrets"
        )
      }
      return some
    }
    return roots
  }

  private func templatesFolder(_ folder: WorkspaceFolder) throws -> String {
    for name in ["templates", "secret-templates", "moltseal-templates"] where !folder.exists(name) {
      return name
    }
    throw CommandError(
      "the folders 'templates', 'secret-templates' and 'moltseal-templates' exist already",
      hint: "rename one of them")
  }

  /// Checks that the draft can be read again.
  private func check(_ draft: WorkspaceDraft) throws {
    do throws(YAMLError) { _ = try Workspace(try SourceText(draft.text)) } catch {
      throw CommandError(error, file: LoadedWorkspace.fileName)
    }
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
    guard isatty(STDIN_FILENO) == 1, isatty(STDERR_FILENO) == 1 else { return nil }
    Terminal.complain("moltseal: \(Terminal.visible(question)) ")
    return readLine() ?? ""
  }
}
