/// Every rule on one environment of a workspace.

internal import Cryptography
internal import Kubernetes
internal import Kustomize
internal import Manifests
internal import Operations
internal import Planning
internal import Preflight
internal import Text
internal import Transactions
internal import Workspace
internal import YAML

struct EnvironmentCheck {
  let workspace: LoadedWorkspace
  let environment: WorkspaceEnvironment
  /// Whether the builder may fetch what is remote.
  let allowsRemote: Bool

  func run(_ report: inout CheckReport) throws {
    report.look(at: "environment \(environment.name)")
    do {
      try look(&report)
    } catch let error as CommandError {
      // One file that cannot be read is a finding, and no reason to say nothing of the rest.
      report.add(
        error.diagnostics.map { diagnostic in
          Finding(
            code: "cannot-be-read", severity: .error, message: diagnostic.message,
            hint: diagnostic.hint ?? "correct the file there",
            file: diagnostic.file ?? LoadedWorkspace.fileName,
            location: diagnostic.location ?? environment.location)
        })
      report.skip("the other rules on \(environment.name)", "a file of it cannot be read")
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
    report.skip("the cluster", "check never asks it; moltseal live and verify --online do")
  }

  /// What is left of an adoption that has begun.
  private func adoption(
    _ state: EnvironmentState, _ contexts: [KustomizationContext]
  ) -> [Finding] {
    // The first step writes them on the entries of a generator, or by patches.
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
          : "the adoption of '\(environment.name)' has begun: its Secrets are prepared, and not sealed yet",
        hint:
          "go on once the last commit has reached the cluster: moltseal adopt --env \(environment.name) --live",
        file: isAdopting ? environment.lockPath : contexts.first?.path ?? environment.lockPath,
        location: nil)
    ]
  }

  /// The certificate, whose faults are findings: a rotation would be refused for them.
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
              "after comparing it: moltseal cert pin --env \(environment.name) \(loaded.fingerprint)",
            file: LoadedWorkspace.fileName, location: environment.location)
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
            hint: diagnostic.hint ?? "see moltseal cert show",
            file: diagnostic.file ?? LoadedWorkspace.fileName,
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
      SealedFile(path: Path.join(workspace.folder.path, $0.outputPath), isNamed: true)
    }
    let key = certificate.map {
      SealingKey(fingerprint: $0.fingerprint, modulus: $0.certificate.key.modulus)
    }
    let verdicts = try Verification(key: key).run(files)
    report.add(
      verdicts.flatMap { verdict in
        verdict.findings.map { $0.beneath(workspace.folder.path, verdict.location) }
      })
  }

  private func checkBuilds(
    _ contexts: [KustomizationContext], _ state: EnvironmentState, _ report: inout CheckReport
  ) throws {
    let builder = Builder(
      workspace.folder, repository: workspace.place.git, allowsRemote: allowsRemote)
    let sealed = Set(
      (state.lock?.order ?? []).map { ByBytes("\($0.namespace ?? "")/\($0.secret)") })
    let written = SealedAsBuilt(state.files.compactMap(\.manifest?.bytes))
    do throws(any Error) {
      let builds = try builder.build(contexts.map { Path.split($0.path).folder ?? "." }, [[]])
      for (context, builds) in zip(contexts, builds) {
        switch builds[0] {
        case .success(let build):
          report.add(
            BuildContext(
              build: build, path: context.path, targets: context.targets,
              sealedFor: state.lock == nil ? nil : sealed, written: written,
              published: state.configMaps.filter { $0.target === context.target.name }.flatMap(
                \.template.configMaps
              ).map { PublishedConfigMap(name: $0.name, namespace: $0.namespace) }
            ).findings())
        case .failure(.refused(_, let faults)):
          report.add(
            faults.map { fault in
              Finding(
                code: fault.code, severity: .error, message: fault.message, hint: fault.hint,
                file: fault.path, location: fault.location)
            })
          skip(context.path, "it is not built here", &report)
        case .failure(let fault):
          report.add([
            Finding(
              code: "cannot-be-built", severity: .error, message: fault.words,
              hint: "see what kubectl kustomize says", file: context.path, location: nil)
          ])
          skip(context.path, "it could not be built", &report)
        }
      }
    } catch BuildFault.noBuilder {
      for context in contexts {
        skip(context.path, "neither kubectl nor kustomize is installed", &report)
      }
    }
  }

  private func skip(_ path: String, _ why: String, _ report: inout CheckReport) {
    let rules = BuildContext.ruleNames.joined(separator: ", ")
    report.skip("\(path): \(rules)", why)
  }
}

extension Finding {
  /// What a run only warns of and nobody should leave so: a Secret in plain text.
  fileprivate var ofCheck: Finding {
    guard code == "plain-secret" else { return self }
    return Finding(
      code: code, severity: .error, message: message, remedy: remedy, file: file,
      location: location)
  }

  /// The same with its file relative to a folder, and a place where it has none.
  func beneath(_ folder: String, _ location: Location) -> Finding {
    Finding(
      code: code, severity: severity, message: message, remedy: remedy,
      file: Path.relative(file, to: folder) ?? file, location: self.location ?? location)
  }
}
