/// One step of an adoption: which one is next, and what it writes.

internal import Cryptography
internal import Kubernetes
internal import Manifests
internal import Operations
internal import Planning
internal import Preflight
internal import Sealing
internal import Secrets
internal import Text
internal import Transactions
internal import Workspace
internal import YAML

struct AdoptRun {
  let options: AdoptCommand
  let workspace: LoadedWorkspace
  let environment: WorkspaceEnvironment
  let place: ChangePlace
  let loader: EnvironmentLoader
  /// Taken before something is written, where it is not held by then; nil where nothing is.
  private let lock: LateLock?

  init(
    _ options: AdoptCommand, _ workspace: LoadedWorkspace, _ environment: WorkspaceEnvironment,
    _ place: ChangePlace, lock: LateLock? = nil
  ) throws {
    self.lock = lock
    self.options = options
    self.workspace = workspace
    self.environment = environment
    self.place = place
    loader = EnvironmentLoader(
      workspace: workspace, environment: environment,
      selected: try RunPlaces.selected(options.targets, of: environment))
  }

  /// What an adoption does, in this order.
  enum Step: String, CaseIterable {
    case prepare, adopt, own

    /// From 1 to 3.
    var number: Int {
      switch self {
      case .prepare: 1
      case .adopt: 2
      case .own: 3
      }
    }
  }

  func run() throws {
    let now = Surroundings.now()
    let certificate = Result {
      try SealingCertificate.load(
        override: options.certificate, environment: environment, folder: workspace.folder, now: now)
    }
    let state = try loader.state(certificate: try? certificate.get().fingerprint)
    if state.files.contains(where: \.isAdopting) { return try own(state) }
    let contexts = try KustomizationReader(loader: loader).contexts(state)
    let errors = contexts.flatMap { $0.findings() }.filter { $0.severity == .error }
    guard errors.isEmpty else { throw CommandError(errors) }
    let cut = contexts.filter { !$0.replaced.isEmpty }
    guard !cut.isEmpty else {
      throw CommandError(
        "nothing is left to adopt: the kustomization builds no Secret of the templates any more",
        hint: "rotate gives its credentials new values when they are due",
        file: contexts.first?.path)
    }
    try askForProof()
    let found = try read(cut, state)
    let sealing = AdoptSealing(
      run: self, state: state, contexts: contexts, now: now,
      hashed: found.secrets.filter(\.isHashed).map(\.wanted.liveName))
    let unprepared = found.secrets.filter { !$0.isPrepared }
    guard unprepared.isEmpty else {
      // What the next step would refuse is refused before the first one is taken.
      try sealing.rehearse(found.values, certificate: certificate)
      return try prepare(cut, unprepared, found.builds)
    }
    try sealing.run(found.values, certificate: certificate)
  }

  /// Refuses where nobody has looked at the cluster, and nobody says that this is meant.
  private func askForProof() throws {
    guard !options.live, options.file == nil, !options.assumeLive, !options.isDryRun else { return }
    throw CommandError(
      "it is not known whether the Secrets in the cluster have the values that the kustomization builds",
      hint:
        "pass --live, or --from - with the output of kubectl get secret -o json; to go on without: --assume-live"
    )
  }

  /// What is built, and what runs: its values, once they are known to be those to seal.
  private struct Found {
    let builds: [Build]
    let secrets: [Adoptable]
    /// Taken out by who seals them.
    let values: HeldValues
  }

  private func read(_ cut: [KustomizationContext], _ state: EnvironmentState) throws -> Found {
    var built = BuiltValues()
    let builds = try build(cut, [[]]) { try built.take($0, $1, $2, of: cut) }.map { $0[0] }
    TestHooks.reached("built")
    let secrets = zip(cut, builds).flatMap { context, build in
      Adoptable.secrets(of: context, in: build)
    }
    let live = try liveValues(secrets.map(\.wanted))
    TestHooks.reached("live")
    return Found(
      builds: builds, secrets: secrets,
      values: HeldValues(try checkedValues(secrets, live, built.values, state)))
  }

  // MARK: Values

  private func liveValues(_ wanted: [LiveSecrets.Wanted]) throws -> AdoptedValues? {
    if let file = options.file { return try LiveSecrets.read(file, wanted) }
    guard options.live else { return nil }
    return try LiveSecrets.get(wanted, try options.cluster.kubectl(environment.cluster))
  }

  /// The values to seal: those of the cluster where somebody has looked, else those that are built.
  private func checkedValues(
    _ secrets: [Adoptable], _ live: AdoptedValues?, _ built: AdoptedValues,
    _ state: EnvironmentState
  ) throws -> AdoptedValues {
    var faults: [Diagnostic] = []
    let isPrepared = secrets.allSatisfy(\.isPrepared)
    for secret in secrets { faults += secret.refusals(live, isPrepared: isPrepared) }
    var values = built
    if let live {
      faults += live.differences(from: built).map { place in
        Diagnostic(
          "'\(place.words)' has another value in the cluster than in the build",
          hint: "find out which one is right; the next sync restores the repository's",
          file: secrets.first?.path)
      }
      values = live
    } else if isPrepared {
      Terminal.warning(
        "not proven live: the values are those of the build, and it is not known whether the cluster has them, or whether its Secrets carry \(SecretOwnership.managed); pass --live, or --from - with the output of kubectl get secret -o json"
      )
    }
    let expressions = state.files.flatMap(\.template.secrets).flatMap { secret in
      secret.items.map { item in
        (
          place: ValuePlace(
            namespace: secret.namespace, secret: secret.builtName, key: item.key),
          expression: item.expression
        )
      }
    }
    faults += values.faults(expressions).map(\.diagnostic)
    guard faults.isEmpty else { throw CommandError(faults) }
    return values
  }

  // MARK: Steps

  private func prepare(
    _ cut: [KustomizationContext], _ unprepared: [Adoptable], _ before: [Build]
  ) throws {
    var changes = ChangeSet()
    for context in cut { changes.add(try workspace.explained { try Adoption.prepare(context) }) }
    let after = try build(cut, [changes.changes])
    for (context, (before, after)) in zip(cut, zip(before, after.map { $0[0] })) {
      let findings = PreparationCheck(before: before, after: after, path: context.path).findings()
      guard findings.isEmpty else { throw CommandError(findings) }
    }
    let names = unprepared.map(\.wanted.liveName)
    try write(changes, .prepare) { screen in
      screen.table(
        names.map {
          (["prepared", $0, "the controller may write it; ArgoCD does not prune it"], .done)
        })
    } then: { screen in
      screen.line("No pod restarts. In the cluster, each of these Secrets must carry")
      screen.line("\(SecretOwnership.managed) before the next step:")
      screen.blank()
      screen.command("moltseal adopt --env \(environment.name) --live")
    }
  }

  private func own(_ state: EnvironmentState) throws {
    let adopting = state.files.filter(\.isAdopting)
    let wanted = adopting.flatMap(\.template.secrets).map {
      LiveSecrets.Wanted(name: $0.builtName, namespace: $0.namespace, liveName: $0.builtName)
    }
    let live = try liveValues(wanted)
    if let live {
      let behind = wanted.filter {
        live.annotation(SecretOwnership.skips, of: $0.name, namespace: $0.namespace) != "true"
      }
      guard behind.isEmpty else {
        throw CommandError(
          behind.map {
            Diagnostic(
              "the live Secret '\($0.name)' \(live.has($0.name, namespace: $0.namespace) ? "does not come from its SealedSecret yet" : "does not exist")",
              hint:
                "wait until the cluster has the adoption's commit, then check the SealedSecret's status"
            )
          })
      }
    } else if !options.assumeLive {
      throw CommandError(
        "it is not known whether the Secrets in the cluster come from their SealedSecrets",
        hint:
          "pass --live, or --from - with the output of kubectl get secret -o json; to go on without: --assume-live"
      )
    }
    if live == nil {
      Terminal.warning(
        "not proven live: it is not known whether the Secrets in the cluster carry \(SecretOwnership.skips), that is, come from their SealedSecrets"
      )
    }
    let changes = try workspace.explained { try Adoption.own(state) }
    let sealed = state.lock?.credentials ?? [:]
    let supplied = workspace.file.groups.filter { $0.isSupplied && sealed[$0.name] != nil }
      .map(\.name)
    try write(changes, .own) { screen in
      screen.table(
        adopting.flatMap(\.template.secrets).map {
          (["owned", $0.builtName, "by its SealedSecret: deleting that deletes the Secret"], .done)
        })
    } then: { screen in
      screen.line("No pod restarts. Undo this step before you remove a SealedSecret.")
      if supplied.count < sealed.count {
        screen.line("The old values are in the repository's history. To end the generated ones:")
        screen.blank()
        screen.command("moltseal rotate --env \(environment.name) --all")
      }
      if !supplied.isEmpty {
        screen.blank()
        screen.line("Ask for new supplied values where they are issued, then seal them:")
        screen.blank()
        screen.command(
          "moltseal rotate --env \(environment.name) --only \(supplied.joined(separator: " "))")
      }
    }
  }

  /// Writes the files of a step, or shows them.
  ///
  /// - Parameters:
  ///   - rows: what became of each Secret.
  ///   - then: what follows the list of files.
  func write(
    _ changes: ChangeSet, _ step: Step, _ rows: (inout Screen) -> Void,
    then: (inout Screen) -> Void
  ) throws {
    try lock?.take()
    if !options.allowDirty, !changes.isEmpty {
      try workspace.checkCommitted(changes, try workspace.askGit(changes.paths, of: place))
    }
    if !options.isDryRun { try Interruption.commit(changes, in: workspace.folder, of: place) }
    guard options.format == .text else {
      return Terminal.outputJSON(
        .map([
          ("environment", .string(environment.name)), ("step", .string(step.rawValue)),
          ("dryRun", .scalar(options.isDryRun ? "true" : "false", .boolean)),
          ("files", .sequence(changes.paths.map { .string($0) })),
        ]))
    }
    var screen = Screen()
    screen.line("\(environment.name): adoption, step \(step.number) of 3: \(step.rawValue)")
    screen.blank()
    rows(&screen)
    if options.isDryRun {
      screen.blank()
      screen.table(changes.changes.map { [$0.path, $0.old == nil ? "new" : "changed"] })
      screen.blank()
      screen.line("Nothing was written. The diff: --dry-run --verbose.")
    } else {
      if step != .adopt { screen.blank() }
      screen.line("Wrote \(changes.counted). Next: git diff, commit, push.")
      then(&screen)
    }
    Terminal.output(screen)
    if options.isDryRun, Terminal.isVerbose {
      Terminal.output("\n")
      Terminal.outputDiffWithoutLiterals(changes.diff())
    }
  }

  private func build(
    _ contexts: [KustomizationContext], _ versions: [[FileChange]],
    taking take: ((Int, BuiltObject, SecretBytes) throws -> Void)? = nil
  ) throws -> [[Build]] {
    do throws(any Error) {
      let builder = Builder(
        workspace.folder, repository: place.git, allowsRemote: options.remote.isAllowed)
      return try builder.build(
        contexts.map { Path.split($0.path).folder ?? "." }, versions, taking: take
      ).map { try $0.map { try $0.get() } }
    } catch let fault as BuildFault {
      throw fault.commandError(paths: contexts.map(\.path), needs: "an adoption needs the build")
    }
  }
}

/// Values with one owner, who gives them back when they are sealed: nobody else keeps them until the files are
/// written.
final class HeldValues {
  private(set) var values: AdoptedValues

  init(_ values: AdoptedValues) { self.values = values }

  /// Wipes them.
  func release() { values = AdoptedValues() }
}

extension AdoptedValues.Fault {
  var diagnostic: Diagnostic {
    switch self {
    case .noMatch(let place):
      Diagnostic(
        "'\(place.words)' has a value that its template cannot produce, whatever the credentials are",
        hint: "correct the text around the placeholders in the template")
    case .differs(let name, let places):
      Diagnostic(
        "'\(name)' is not one value: \(places.map(\.words).joined(separator: ", ")) differ",
        hint: "give each its own credential in the templates, or make the values equal first")
    }
  }
}
