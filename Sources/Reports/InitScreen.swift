/// How `init` looks on a terminal: what it makes of each value, then the commands that follow.

package import Discovery
internal import Kubernetes
internal import Manifests
internal import Reporting
internal import Text
package import Files
internal import Words
internal import Workspace

/// The result of `init`.
package struct InitScreen {
  let draft: WorkspaceDraft
  let changes: ChangeSet
  /// The SealedSecrets that are there already.
  let sealed: [String]
  let start: WorkspaceDraft.Start
  /// The kustomizations that were built.
  let kustomizations: [String]

  /// - Parameter sealed: the SealedSecrets that exist already.
  /// - Parameter start: whether the system runs already.
  /// - Parameter kustomizations: the kustomizations that were built.
  package init(
    draft: WorkspaceDraft, changes: ChangeSet, sealed: [String], start: WorkspaceDraft.Start,
    kustomizations: [String]
  ) {
    self.draft = draft
    self.changes = changes
    self.sealed = sealed
    self.start = start
    self.kustomizations = kustomizations
  }

  /// More values than these of one kind are a number.
  private static let most = 12

  /// The result for a person.
  package var screen: Screen {
    var screen = Screen()
    screen.line("Found \(counted(secrets.count, "Secret")) in \(places), and \(found).", hang: 2)
    screen.blank()
    screen.table(rows)
    screen.blank()
    for text in draft.leftOut { screen.line("Left out: \(text)", hang: 2) }
    if !draft.burnt.isEmpty {
      let number = draft.burnt.count
      screen.line(
        number == 1
          ? "This value is in the repository's history; treat it as leaked:"
          : "These \(number) values are in the repository's history; treat them as leaked:")
      screen.line("  \(draft.burnt.joined(separator: ", "))", hang: 2)
    }
    let templates = counted(draft.templates.count, "template")
    screen.line("Wrote \(Workspace.fileName) and \(templates). Read them, then:")
    if Notices.isVerbose { for path in changes.paths { screen.line("  \(path)") } }
    screen.blank()
    for command in commands { screen.command(command) }
    return screen
  }

  /// What a person has to look at.
  package func warn() {
    let marked = draft.credentials.filter(\.isMarked).map(\.name)
    if !marked.isEmpty {
      Notices.warn(
        "init does not know what these are, check them in \(Workspace.fileName): \(marked.joined(separator: ", "))"
      )
    }
    if draft.lacksNamespace {
      Notices.warn(
        "nothing says which namespace some of these Secrets are for; the templates say 'default', correct it if that is wrong"
      )
    }
  }

  private var secrets: [String] {
    var names: [String] = []
    for value in draft.outcomes {
      let place = NamespacedName(value.namespace, value.secret).text
      let name = "\(value.environment)/\(value.target)/\(place)"
      if !names.includes(name) { names.append(name) }
    }
    return names
  }

  private var places: String {
    kustomizations.map { Path.split($0).folder ?? "this folder" }.joined(separator: ", ")
  }

  private var found: String {
    switch sealed.count {
    case 0: "no SealedSecret"
    case 1: "1 SealedSecret, which stays as it is"
    default: "\(sealed.count) SealedSecrets, which stay as they are"
    }
  }

  private var rows: [[String]] {
    let words: [(outcome: [String], word: String)] = [
      (["password", "key"], "generate"), (["derived"], "derive"), (["supplied"], "supply"),
    ]
    var rows: [[String]] = []
    for (outcomes, word) in words {
      let values = draft.outcomes.filter { outcomes.includes($0.outcome) }
      let shown = Notices.isVerbose ? values[...] : values.prefix(Self.most)
      for (index, value) in shown.enumerated() {
        rows.append([index == 0 ? word : "", "\(value.secret)/\(value.key)", because(value)])
      }
      if shown.count < values.count {
        rows.append(["", "and \(values.count - shown.count) more (\(CLI.verbose))", ""])
      }
    }
    let literals = draft.outcomes.count { $0.outcome == "literal" }
    if literals > 0 {
      rows.append([
        "keep",
        counted(literals, "setting stays as it is", "settings stay as they are"), "",
      ])
    }
    return rows
  }

  /// Why a value is what it is; of one that is another's, which one.
  private func because(_ value: WorkspaceDraft.Outcome) -> String {
    let own = value.because.without(prefix: "\(value.secret)/\(value.key): ")
    guard let credential = value.credential, own == nil || value.outcome == "derived" else {
      return own ?? value.because
    }
    return value.outcome == "derived" ? "contains \(credential)" : "the same value: \(credential)"
  }

  /// Each as it works: a command that changes a file refuses one that is not committed.
  private var commands: [String] {
    var commands = ["git add -A && git commit -m \"Describe the credentials\""]
    for (name, folder) in draft.places {
      let file = folder == "." ? "\(name)-cert.pem" : "\(folder)/\(name)-cert.pem"
      commands.append("moltseal cert fetch \(CLI.env) \(name) \(CLI.output) \(file)")
      commands.append(
        "moltseal cert pin \(CLI.env) \(name) \(CLI.cert) \(file)   # compare its fingerprint")
    }
    commands.append("git add -A && git commit -m \"Pin the controller's certificate\"")
    for (name, _) in draft.places {
      if start == .deployed {
        commands.append("moltseal adopt \(CLI.env) \(name) \(CLI.live)   # it runs already")
        commands.append(
          "moltseal rotate \(CLI.env) \(name)         # it does not: set deployed: false")
      } else {
        commands.append("moltseal rotate \(CLI.env) \(name)")
      }
    }
    return commands
  }
}
