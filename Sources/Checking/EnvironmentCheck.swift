/// Checks one environment of a workspace with every rule.

package import Building
internal import ClusterAccess
internal import Cryptography
internal import Kubernetes
internal import Kustomize
internal import Manifests
internal import Operations
internal import Planning
internal import Rules
internal import Reporting
package import Repository
internal import Text
internal import Files
internal import Words
package import Workspace
internal import YAML

/// The check of one environment.
package struct EnvironmentCheck {
  let workspace: LoadedWorkspace
  let environment: WorkspaceEnvironment
  private let remote: RemoteFiles

  /// - Parameter remote: whether the builder may fetch what is remote.
  package init(
    workspace: LoadedWorkspace, environment: WorkspaceEnvironment, remote: RemoteFiles
  ) {
    self.workspace = workspace
    self.environment = environment
    self.remote = remote
  }

  /// Adds what every rule finds in the environment.
  ///
  /// - Throws: `CommandError` if a program cannot be started; an unreadable file is a finding.
  package func run(_ report: inout CheckReport) throws {
    report.look(at: "environment \(environment.name)")
    do {
      try look(&report)
    } catch let error as CommandError {
      // A file that cannot be read is a finding, and must not hide the rest.
      report.add(
        error.diagnostics.map { diagnostic in
          Finding(
            code: "cannot-be-read", severity: .error, message: diagnostic.message,
            hint: diagnostic.hint ?? "fix the file",
            file: diagnostic.file ?? Workspace.fileName,
            location: diagnostic.location ?? environment.location)
        })
      report.skip("the other rules on \(environment.name)", "one of its files cannot be read")
    }
  }

  private func look(_ report: inout CheckReport) throws {
    let now = Surroundings.now()
    let certificate = certificate(&report)
    let loader = EnvironmentLoader(workspace: workspace, environment: environment)
    let state = try loader.state(certificate: certificate?.fingerprint)
    let contexts = try KustomizationReader(loader: loader).contexts(state)
    report.add(contexts.flatMap { $0.findings() }.map(\.ofCheck))
    report.add(adoption(state, contexts))
    // What a run without new values would refuse.
    if state.lock != nil {
      let request = RunRequest(others: .missing, now: now, rotation: "")
      let plan = Planner(state: state, request: request).plan(available: [])
      report.add(
        plan.refusals.map { refusal in
          Finding(
            code: "not-as-planned", severity: .error, message: refusal.reason.words.message,
            hint: refusal.reason.words.hint,
            file: refusal.file ?? environment.lockPath, location: refusal.location)
        })
    }
    try checkSealedFiles(state, certificate, &report)
    try checkBuilds(contexts, state, &report)
    report.skip("the cluster", "check never contacts it; moltseal live and verify \(CLI.online) do")
  }

  /// Reports an adoption that has begun and is not finished.
  private func adoption(
    _ state: EnvironmentState, _ contexts: [KustomizationContext]
  ) -> [Finding] {
    // The first step writes them into generator entries, or into patches.
    let isPrepared = contexts.contains { context in
      !context.replaced.isEmpty
        && SecretOwnership.preparation.allSatisfy {
          context.kustomization.bytes.contains(text: $0.key)
        }
    }
    let isAdopting = state.files.contains(where: \.isAdopting)
    guard isPrepared || isAdopting else { return [] }
    return [
      Finding(
        code: "adoption-open", severity: .warning,
        message: isAdopting
          ? "the adoption of '\(environment.name)' is not finished: its SealedSecrets do not own their Secrets yet"
          : "the adoption of '\(environment.name)' has begun: its Secrets are prepared but not sealed yet",
        hint:
          "when the last commit has reached the cluster, continue with moltseal adopt \(CLI.env) \(environment.name) \(CLI.live)",
        file: isAdopting ? environment.lockPath : contexts.first?.path ?? environment.lockPath,
        location: nil)
    ]
  }

  /// Loads the certificate, whose faults are findings because a rotation would be refused for them.
  private func certificate(_ report: inout CheckReport) -> SealingCertificate? {
    do {
      let loaded = try SealingCertificate.load(
        override: nil, environment: environment, folder: workspace.folder, now: Surroundings.now())
      if !environment.fingerprints.isEmpty { try loaded.checkPins(environment) }
      if environment.fingerprints.isEmpty {
        report.add([
          Finding(
            code: "not-pinned", severity: .warning,
            message: "the certificate of '\(environment.name)' is not pinned",
            hint:
              "compare it, then run moltseal cert pin \(CLI.env) \(environment.name) \(loaded.fingerprint)",
            file: Workspace.fileName, location: environment.location)
        ])
      }
      return loaded
    } catch let error as CommandError {
      guard environment.certificate != nil else {
        report.skip("the certificate of \(environment.name)", "the environment names none")
        return nil
      }
      report.add(
        error.diagnostics.map { diagnostic in
          Finding(
            code: "certificate-refused", severity: .error, message: diagnostic.message,
            hint: diagnostic.hint ?? "inspect it with moltseal cert show",
            file: diagnostic.file ?? Workspace.fileName,
            location: diagnostic.location ?? environment.location)
        })
      return nil
    } catch {
      report.skip("the certificate of \(environment.name)", "it cannot be read")
      return nil
    }
  }

  private func checkSealedFiles(
    _ state: EnvironmentState, _ certificate: SealingCertificate?, _ report: inout CheckReport
  ) throws {
    let files = state.files.filter { $0.manifest != nil }.map {
      SealedFile(named: Path.join(workspace.folder.path, $0.outputPath))
    }
    let verdicts = try Verification(key: certificate?.sealingKey()).run(files)
    report.add(
      verdicts.flatMap { verdict in
        verdict.findings.map { $0.beneath(workspace.folder.path, verdict.location) }
      })
  }

  private func checkBuilds(
    _ contexts: [KustomizationContext], _ state: EnvironmentState, _ report: inout CheckReport
  ) throws {
    let builder = Builder(workspace.folder, repository: workspace.place.git, remote: remote)
    let written = SealedAsBuilt(state.files.compactMap(\.manifest?.bytes))
    do throws(any Error) {
      let builds = try builder.build(contexts.map { Path.split($0.path).folder ?? "." }, [[]])
      for (context, builds) in zip(contexts, builds) {
        switch builds[0] {
        case .success(let build):
          report.add(findings(of: build, context, state, written))
        case .failure(let fault): add(fault, of: context, to: &report)
        }
      }
    } catch BuildFault.noBuilder {
      for context in contexts {
        skip(context.path, "neither kubectl nor kustomize is installed", &report)
      }
    }
  }

  /// What the rules on builds find in one.
  private func findings(
    of build: Build, _ context: KustomizationContext, _ state: EnvironmentState,
    _ written: SealedAsBuilt
  ) -> [Finding] {
    let sealed = state.lock.map { lock in
      Set(lock.order.map { Name(NamespacedName($0.namespace, $0.secret).text) })
    }
    let published = state.configMaps.filter { $0.target === context.target.name }
      .flatMap(\.template.configMaps)
    return BuildContext(
      build: build, path: context.path,
      known: KnownToWorkspace(
        targets: context.targets, sealedFor: sealed, written: written,
        published: published.map { PublishedConfigMap(name: $0.name, namespace: $0.namespace) })
    ).findings()
  }

  /// Reports why there is no build.
  private func add(
    _ fault: BuildFault, of context: KustomizationContext, to report: inout CheckReport
  ) {
    guard case .refused(_, let faults) = fault else {
      report.add([
        Finding(
          code: "cannot-be-built", severity: .error, message: fault.words,
          hint: "run kubectl kustomize to see why", file: context.path, location: nil)
      ])
      return skip(context.path, "it could not be built", &report)
    }
    report.add(
      faults.map { fault in
        Finding(
          code: fault.code, severity: .error, message: fault.message, hint: fault.hint,
          file: fault.path, location: fault.location)
      })
    skip(context.path, "it is not built here", &report)
  }

  private func skip(_ path: String, _ why: String, _ report: inout CheckReport) {
    let rules = BuildContext.ruleNames.joined(separator: ", ")
    report.skip("\(path): \(rules)", why)
  }
}

extension Finding {
  /// The same as an error if a run only warns about it and it should not stay: a plain Secret.
  fileprivate var ofCheck: Finding {
    guard code == "plain-secret" else { return self }
    return Finding(
      code: code, severity: .error, message: message, remedy: remedy, file: file,
      location: location)
  }

  /// The same with its file relative to a folder, and a location if it has none.
  func beneath(_ folder: String, _ location: Location) -> Finding {
    Finding(
      code: code, severity: severity, message: message, remedy: remedy,
      file: Path.relative(file, to: folder) ?? file, location: self.location ?? location)
  }
}
