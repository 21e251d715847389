/// What a cutover does to the kustomizations that build on the ones that are cut over.

internal import Kustomize
internal import Manifests
internal import Planning
internal import Rules
internal import Processes
internal import Reporting
internal import Repository
internal import Text
internal import Files

extension BuildProof {
  /// Refuses if a kustomization of the repository, outside the workspace, builds on one that is cut
  /// over: what it does to names is not checked.
  func refuseAboveWorkspace(_ folders: [String]) throws {
    guard let root = workspace.place.git?.root,
      let prefix = Path.relative(workspace.folder.path, to: root), !prefix.isEmpty, prefix != ".",
      let repository = try? WorkspaceFolder(root)
    else { return }
    let places = folders.map { $0 == "." ? prefix : "\(prefix)/\($0)" }
    let above = try Includers(repository).above(places).filter {
      !Path.isIn($0.path, folder: prefix)
    }
    guard let first = above.first else { return }
    throw CommandError(
      "\(first.path) builds on it and is outside the workspace, so it is not known under which names its Secrets are built",
      hint:
        "move moltseal.yml to the repository's root and name that kustomization\(terms.values == .running ? "" : "; or pass \(CLI.noBuildCheck)")",
      file: contexts.first?.path)
  }

  /// Findings for a kustomization that builds on those that are cut over.
  func findings(
    of other: Includers.Includer, _ cut: [KustomizationContext],
    before: Swift.Result<Build, BuildFault>, after: Swift.Result<Build, BuildFault>
  ) -> [Finding] {
    // A build that already fails is not broken by this run.
    guard case .success(let before) = before else { return [] }
    guard case .success(let after) = after else { return [wouldBreak(other, cut)] }
    return changes(of: other, cut, before: before, after: after)
  }

  /// A build that includes one that is cut over, and lacks the Secret that it would merge into.
  private func wouldBreak(
    _ other: Includers.Includer, _ cut: [KustomizationContext]
  ) -> Finding {
    let names = cut.flatMap(\.replaced).map { "'\($0.name)'" }.joined(separator: ", ")
    return Finding(
      code: "other-build-changes", severity: .error,
      message:
        "this kustomization builds on \(cut.map(\.path).joined(separator: ", ")), and could no longer be built, because it changes what becomes a SealedSecret (\(names))",
      hint:
        "name this one, or an overlay for the environment alone, in moltseal.yml; the base then stays as it is",
      file: other.path, location: nil)
  }

  /// Findings for what changes in a build that includes one that is cut over.
  private func changes(
    of other: Includers.Includer, _ cut: [KustomizationContext], before: Build, after: Build
  ) -> [Finding] {
    // A kustomization that only gathers others builds what those build.
    if other.onlyGathers {
      return BuildComparison(
        before: before, after: after,
        run: WrittenByRun(
          targets: cut.flatMap(\.targets), roles: roleNames(plan.files.flatMap(\.secrets)),
          published: cut.flatMap { publishedNames($0) }), path: other.path
      ).findings().filter { $0.code != "keys-lost" }
    }
    let isSame =
      before.objects.count == after.objects.count
      && before.objects.allSatisfy { object in
        after[object.identity].map { $0.digest == object.digest } ?? false
      }
    guard !isSame else { return [] }
    return [
      Finding(
        code: "other-build-changes", severity: .error,
        message:
          "this kustomization builds on \(cut.map(\.path).joined(separator: ", ")) and would lose its Secrets too",
        hint:
          "name an overlay for the environment alone in moltseal.yml; the base then stays as it is for the others",
        file: other.path, location: nil)
    ]
  }
}
