/// One step of an adoption: which one is next, and what it writes.

internal import Building
internal import ClusterAccess
internal import Cryptography
internal import Kubernetes
internal import Manifests
internal import Planning
internal import Preflight
package import Processes
internal import Reporting
package import Repository
internal import Sealing
internal import Secrets
internal import Text
package import Transactions
internal import Words
package import Workspace
internal import YAML

/// What an adoption was asked to do.
package struct AdoptionRequest {
  /// Where the live Secrets are read.
  package enum Source {
    /// Nobody has looked.
    case none
    /// A file, as `kubectl get secret` prints it; `-` is standard input.
    case file(String)
    /// The cluster, through kubectl.
    case cluster(Kubectl)
  }

  package var live = Source.none
  /// Whether to go on without evidence that the last step has arrived.
  package var assumesLive = false
  /// The targets that take part; none means all.
  package var targets: [String] = []
  /// The file of a certificate to seal for, instead of the environment's.
  package var certificate: String?
  /// Whether nothing is written.
  package var isDryRun = false
  /// Whether the change may overwrite bytes that git does not have.
  package var allowsUncommitted = false
  /// Whether the builder may fetch what is remote.
  package var allowsRemote = false

  package init() {}
}

/// A step of an adoption that was taken, or shown.
package struct AdoptionResult {
  /// What the step did, and what a person has to know of it.
  package enum Outcome {
    case prepared(secrets: [String])
    /// - Parameter hashed: the Secrets whose built names end with a hash.
    case sealed(secrets: [String], proof: [String], hashed: [String])
    /// - Parameters:
    ///   - supplied: the sealed credentials that somebody has to ask for anew.
    ///   - hasGenerated: whether others are sealed too.
    case owned(secrets: [String], supplied: [String], hasGenerated: Bool)
  }

  package let environment: String
  package let outcome: Outcome
  package let changes: ChangeSet
  package let isDryRun: Bool

  /// From 1 to 3.
  package var number: Int {
    switch outcome {
    case .prepared: 1
    case .sealed: 2
    case .owned: 3
    }
  }

  /// The name of the step.
  package var step: String {
    switch outcome {
    case .prepared: "prepare"
    case .sealed: "adopt"
    case .owned: "own"
    }
  }
}

package struct AdoptRun {
  let asked: AdoptionRequest
  let workspace: LoadedWorkspace
  let environment: WorkspaceEnvironment
  let place: ChangePlace
  let loader: EnvironmentLoader
  /// Taken before something is written, where it is not held by then; nil where nothing is.
  private let lock: LateLock?

  /// - Parameter lock: taken before something is written; nil where nothing is.
  package init(
    _ workspace: LoadedWorkspace, _ environment: WorkspaceEnvironment, _ asked: AdoptionRequest,
    lock: LateLock? = nil
  ) throws {
    self.lock = lock
    self.asked = asked
    self.workspace = workspace
    self.environment = environment
    place = workspace.place
    loader = EnvironmentLoader(
      workspace: workspace, environment: environment,
      selected: try environment.selected(asked.targets))
  }

  /// Takes the next step.
  ///
  /// - Throws: `CommandError`, and nothing was written.
  package func run() throws -> AdoptionResult {
    let now = Surroundings.now()
    let certificate = Result {
      try SealingCertificate.load(
        override: asked.certificate, environment: environment, folder: workspace.folder, now: now)
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
    return try sealing.run(found.values, certificate: certificate)
  }

  /// Refuses where nobody has looked at the cluster, and nobody says that this is meant.
  private func askForProof() throws {
    guard case .none = asked.live, !asked.assumesLive, !asked.isDryRun else { return }
    throw CommandError(
      "it is not known whether the Secrets in the cluster have the values that the kustomization builds",
      hint:
        "pass \(CLI.live), or \(CLI.from) - with the output of kubectl get secret -o json; to go on without: \(CLI.assumeLive)"
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
    Notices.reached("built")
    let secrets = zip(cut, builds).flatMap { context, build in
      Adoptable.secrets(of: context, in: build)
    }
    let live = try liveValues(secrets.map(\.wanted))
    Notices.reached("live")
    return Found(
      builds: builds, secrets: secrets,
      values: HeldValues(try checkedValues(secrets, live, built.values, state)))
  }

  // MARK: Values

  private func liveValues(_ wanted: [LiveSecrets.Wanted]) throws -> AdoptedValues? {
    switch asked.live {
    case .none: nil
    case .file(let file): try LiveSecrets.read(file, wanted)
    case .cluster(let kubectl): try LiveSecrets.get(wanted, kubectl)
    }
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
      Notices.warn(
        "not proven live: the values are those of the build, and it is not known whether the cluster has them, or whether its Secrets carry \(SecretOwnership.managed); pass \(CLI.live), or \(CLI.from) - with the output of kubectl get secret -o json"
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
  ) throws -> AdoptionResult {
    var changes = ChangeSet()
    for context in cut { changes.add(try workspace.explained { try Adoption.prepare(context) }) }
    let after = try build(cut, [changes.changes])
    for (context, (before, after)) in zip(cut, zip(before, after.map { $0[0] })) {
      let findings = PreparationCheck(before: before, after: after, path: context.path).findings()
      guard findings.isEmpty else { throw CommandError(findings) }
    }
    return try write(changes, .prepared(secrets: unprepared.map(\.wanted.liveName)))
  }

  private func own(_ state: EnvironmentState) throws -> AdoptionResult {
    let adopting = state.files.filter(\.isAdopting)
    let wanted = adopting.flatMap(\.template.secrets).map {
      LiveSecrets.Wanted(name: $0.builtName, namespace: $0.namespace, liveName: $0.builtName)
    }
    try proveOwned(wanted)
    let changes = try workspace.explained { try Adoption.own(state) }
    let sealed = state.lock?.credentials ?? [:]
    let supplied = workspace.file.groups.filter { $0.isSupplied && sealed[$0.name] != nil }
      .map(\.name)
    return try write(
      changes,
      .owned(
        secrets: adopting.flatMap(\.template.secrets).map(\.builtName), supplied: supplied,
        hasGenerated: supplied.count < sealed.count))
  }

  /// Refuses where the live Secrets do not come from their SealedSecrets yet, or nobody has looked.
  private func proveOwned(_ wanted: [LiveSecrets.Wanted]) throws {
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
    } else if !asked.assumesLive {
      throw CommandError(
        "it is not known whether the Secrets in the cluster come from their SealedSecrets",
        hint:
          "pass \(CLI.live), or \(CLI.from) - with the output of kubectl get secret -o json; to go on without: \(CLI.assumeLive)"
      )
    }
    if live == nil {
      Notices.warn(
        "not proven live: it is not known whether the Secrets in the cluster carry \(SecretOwnership.skips), that is, come from their SealedSecrets"
      )
    }
  }

  /// Writes the files of a step, unless they are only shown.
  func write(
    _ changes: ChangeSet, _ outcome: AdoptionResult.Outcome
  ) throws -> AdoptionResult {
    try lock?.take()
    if !asked.allowsUncommitted, !changes.isEmpty {
      try workspace.checkCommitted(changes, try workspace.askGit(changes.paths, of: place))
    }
    if !asked.isDryRun { try Interruption.commit(changes, in: workspace.folder, of: place) }
    return AdoptionResult(
      environment: environment.name, outcome: outcome, changes: changes, isDryRun: asked.isDryRun)
  }

  private func build(
    _ contexts: [KustomizationContext], _ versions: [[FileChange]],
    taking take: ((Int, BuiltObject, SecretBytes) throws -> Void)? = nil
  ) throws -> [[Build]] {
    do throws(any Error) {
      let builder = Builder(
        workspace.folder, repository: place.git, allowsRemote: asked.allowsRemote)
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
