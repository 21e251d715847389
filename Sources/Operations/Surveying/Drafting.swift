/// `init`: drafts a workspace from what a repository builds.

package import Building
package import Discovery
internal import Rules
package import Processes
package import Reporting
internal import Repository
internal import Text
package import Files
package import Workspace
internal import YAML

/// Drafts a workspace for one environment.
package struct Drafting {
  private let environment: String
  /// The folders that the user named; none means all.
  private let kustomizations: [String]
  private let overlay: String?
  private let start: WorkspaceDraft.Start
  private let remote: RemoteFiles

  /// - Parameters:
  ///   - environment: the name of the environment to draft.
  ///   - kustomizations: the folders that the user named; none means all.
  ///   - overlay: the folder of an overlay to write, for an environment that shares its base.
  ///   - start: whether it runs already, with the present values.
  ///   - remote: whether the builder may fetch what is remote.
  package init(
    environment: String, kustomizations: [String], overlay: String?,
    start: WorkspaceDraft.Start, remote: RemoteFiles
  ) {
    self.environment = environment
    self.kustomizations = kustomizations
    self.overlay = overlay
    self.start = start
    self.remote = remote
  }

  /// Searches a folder, builds what it has, and drafts a workspace for it; writes nothing.
  ///
  /// - Parameter ask: asks what a value is that its key does not tell; nil if nobody answers.
  /// - Throws: `CommandError` if there is nothing to draft.
  package func run(
    in folder: WorkspaceFolder, git: GitRepository?, ask: (String) -> KeyMeaning?
  ) throws -> DraftedWorkspace {
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
    let targets = try survey.targets(roots, git: git, remote: remote)
    try refuseNothing(survey, targets)
    let draft = WorkspaceDraft(
      targets,
      WorkspaceDraft.Settings(
        environment: environment, templates: try templatesFolder(folder),
        start: start),
      withoutHash: { BuiltName.withoutHash($0) }, ask: ask)
    guard !draft.templates.isEmpty else {
      throw CommandError(
        "no Secret has a value that could be sealed: \(draft.leftOut.joined(separator: "; "))",
        hint: "there is nothing to seal")
    }
    try check(draft)
    return DraftedWorkspace(
      draft: draft, changes: changes(draft, overlayFile), survey: survey, roots: roots,
      kustomizations: targets.map(\.place.path))
  }

  /// The files of a draft, all of them new.
  private func changes(_ draft: WorkspaceDraft, _ overlay: FileChange?) -> ChangeSet {
    var changes = ChangeSet()
    for template in draft.templates {
      changes.add(FileChange(path: template.path, old: nil, new: template.bytes))
    }
    if let overlay { changes.add(overlay) }
    changes.add(FileChange(path: Workspace.fileName, old: nil, new: draft.text))
    return changes
  }

  /// Warns of what could not be included, and refuses a folder that builds no Secret.
  private func refuseNothing(
    _ survey: RepositorySurvey, _ targets: [SurveyedTarget]
  ) throws {
    for (path, reason) in survey.failures {
      Notices.warn(
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
  }

  /// Returns what the first cutover would refuse; the files are already written.
  package func rehearse(in folder: WorkspaceFolder) -> [Diagnostic] {
    do {
      return try Rehearsal(
        workspace: try LoadedWorkspace(folder.path), remote: remote
      ).refusals()
    } catch {
      // A full disk, or a program that does not start, says nothing about the draft.
      let reason = (error as? CommandError)?.diagnostics.first?.text ?? "\(error)"
      Notices.warn("the first cutover could not be tried: \(reason)")
      return []
    }
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
        Notices.say(
          "not included: \(others.map(\.path).joined(separator: ", ")); name them to include them"
        )
      }
      if some.allSatisfy({ $0.purpose == .development }), !isDevelopment {
        Notices.warn(
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
      throw CommandError(error, file: Workspace.fileName)
    }
  }
}

/// A drafted workspace, and what it was drafted from.
package struct DraftedWorkspace {
  /// What is proposed for each value.
  package let draft: WorkspaceDraft
  /// The files to write, all of them new.
  package let changes: ChangeSet
  private let survey: RepositorySurvey
  private let roots: [RepositorySurvey.Root]
  /// The kustomizations that it seals for.
  package let kustomizations: [String]

  init(
    draft: WorkspaceDraft, changes: ChangeSet, survey: RepositorySurvey,
    roots: [RepositorySurvey.Root], kustomizations: [String]
  ) {
    self.draft = draft
    self.changes = changes
    self.survey = survey
    self.roots = roots
    self.kustomizations = kustomizations
  }

  /// The names of the SealedSecrets that exist already.
  package var sealed: [String] { survey.sealed }

  /// Warns of copies of values, and of tools that change names.
  package func warn() {
    for (path, words) in survey.copies { Notices.warn("\(path): \(words)") }
    for root in roots {
      guard let (file, words) = survey.renaming(of: root) else { continue }
      Notices.warn(
        Diagnostic(
          "\(file) changes names (\(words)) when it builds \(root.path), so no controller could decrypt what is sealed here",
          hint: "write it into the kustomization instead", file: root.path))
    }
  }

  /// What to do where other kustomizations build on the drafted one.
  package func overlays(_ environment: String) -> [Diagnostic] {
    let bases = roots.filter { $0.built == nil && survey.isBase($0) }
    return bases.prefix(1).map { root in
      Diagnostic(
        "other kustomizations build on \(root.path), and would lose its Secrets too",
        hint:
          "delete the drafted files, then: moltseal init \(root.folder) \(CLI.overlay) overlays/\(environment), which writes one more file",
        file: root.path)
    }
  }
}
