/// Checks a repository of SealedSecrets that has no workspace.

package import Building
internal import Manifests
internal import Operations
internal import Rules
internal import Processes
internal import Reporting
internal import Text
internal import Files

/// The check of files and folders without a workspace.
package struct RepositoryCheck {
  private let paths: [String]
  private let remote: RemoteFiles

  /// - Parameter paths: the files and folders to check, as the user named them.
  /// - Parameter remote: whether the builder may fetch what is remote.
  package init(paths: [String], remote: RemoteFiles) {
    self.paths = paths
    self.remote = remote
  }

  /// Adds what is found in the SealedSecrets, the plain Secrets and the builds.
  ///
  /// - Throws: `CommandError` for a path that cannot be read.
  package func run(_ report: inout CheckReport) throws {
    report.look(at: paths.joined(separator: ", "))
    let files = try SealedFile.find(paths)
    let folder: WorkspaceFolder
    do throws(FileError) { folder = try WorkspaceFolder(".") } catch {
      throw CommandError(error, what: "cannot read")
    }
    let verdicts = try Verification().run(files)
    report.add(
      verdicts.flatMap { verdict in
        verdict.findings.map { $0.beneath(folder.path, verdict.location) }
      })
    for verdict in verdicts {
      if let reason = verdict.notEvaluated { report.skip(verdict.shownFile, reason) }
    }
    var origins = SealedOrigins()
    for verdict in verdicts {
      if let document = verdict.document { origins.note(document, in: verdict.shownFile) }
    }
    report.add(try PlainSecretFiles.findings(files))
    try checkBuilds(folder, origins, &report)
    report.skip(
      "the names and namespaces that ciphertexts were sealed for",
      "no lock file has them; those in the files were used")
    report.skip("the cluster", "check never contacts it; moltseal verify \(CLI.online) does")
    guard verdicts.isEmpty else { return }
    report.skip("SealedSecrets", "there are none in \(paths.joined(separator: ", "))")
  }

  /// Checks the builds of the kustomizations that nothing builds on.
  private func checkBuilds(
    _ folder: WorkspaceFolder, _ origins: SealedOrigins, _ report: inout CheckReport
  ) throws {
    let survey = try RepositorySurvey(folder)
    let roots = try survey.roots([], mentioning: .secretsAndSealed)
    let silent = try survey.silent()
    if !silent.isEmpty {
      report.skip(
        "\(silent.count) \(silent.count == 1 ? "kustomization" : "kustomizations") (\(silent.prefix(3).joined(separator: ", "))\(silent.count > 3 ? ", …" : ""))",
        "\(silent.count == 1 ? "it builds" : "they build") no Secret and no SealedSecret"
      )
    }
    guard !roots.isEmpty else { return }
    let builder = Builder(
      folder, repository: GitRepository.find(from: folder.path), remote: remote)
    let rules = BuildContext.ruleNames.joined(separator: ", ")
    do throws(any Error) {
      let builds = try builder.build(roots.map(\.folder), [[]])
      for (root, builds) in zip(roots, builds) {
        switch builds[0] {
        case .success(let build):
          report.add(BuildContext(build: build, path: root.path, origins: origins).findings())
        case .failure(let fault): report.skip("\(root.path): \(rules)", fault.words)
        }
      }
    } catch BuildFault.noBuilder {
      report.skip(rules, "neither kubectl nor kustomize is installed")
    }
  }
}

extension Verdict {
  /// The file without a leading `./`.
  fileprivate var shownFile: String { file.without(prefix: "./") ?? file }
}
