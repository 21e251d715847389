/// Searches a repository for what it builds, and for the Secrets in it.

internal import Building
internal import Cryptography
package import Discovery
internal import Kubernetes
internal import Kustomize
internal import Manifests
internal import Preflight
package import Processes
internal import Reporting
internal import Secrets
internal import Text
package import Transactions
internal import Workspace
internal import YAML

package struct RepositorySurvey {
  /// A kustomization that nothing else builds on, or that the user named.
  package struct Root {
    package let path: String
    package let folder: String
    let kustomization: Kustomization
    /// The folder that is built instead: an overlay that does not exist yet adds nothing to it.
    package var built: String?
    var builtFolder: String { built ?? folder }
  }

  let folder: WorkspaceFolder
  private let includers: Includers
  /// What could not be checked, and why.
  package private(set) var failures: [(path: String, reason: String)] = []
  /// The SealedSecrets that already exist.
  package private(set) var sealed: [String] = []
  /// The places where another built object contains a secret value in plain text.
  package private(set) var copies: [(path: String, words: String)] = []
  /// What ArgoCD and Flux do to builds.
  private let deployed: DeployedPlaces

  private static let words = ["secretGenerator", "Secret"].map { Array($0.utf8) }

  package init(_ folder: WorkspaceFolder) throws {
    self.folder = folder
    let root = GitRepository.find(from: folder.path)?.root
    let way = root.flatMap { Path.relative(folder.path, to: $0) } ?? ""
    deployed = DeployedPlaces(prefix: way.isEmpty ? "" : way + "/")
    includers = try Includers(folder)
  }

  package var isEmpty: Bool { includers.all.isEmpty }

  /// The first kustomization that builds on something outside this folder.
  package var reachingOut: (path: String, resource: String)? {
    for (path, folder, kustomization) in includers.all {
      for resource in kustomization.resources.compactMap(\.scalar)
      where resource.begins(with: "..") && Includers.path(of: resource, below: folder) == nil {
        return (path, resource)
      }
    }
    return nil
  }

  /// The paths of the kustomizations that nothing builds on and whose files mention no Secret.
  package func silent() throws -> [String] {
    try includers.all.map {
      Root(path: $0.path, folder: $0.folder, kustomization: $0.kustomization)
    }.filter {
      try !$0.kustomization.isComponent && !includers.isIncluded($0.folder)
        && !speaksOfSecrets($0, orSealed: true)
    }.map(\.path)
  }

  /// The kustomizations that nothing builds on and whose files mention Secrets.
  ///
  /// - Parameter orSealed: whether SealedSecrets count as well.
  /// - Parameter named: the files or folders that the user named; empty for all of them.
  package func roots(_ named: [String], orSealed: Bool = false) throws -> [Root] {
    let all = includers.all.map {
      Root(path: $0.path, folder: $0.folder, kustomization: $0.kustomization)
    }
    guard named.isEmpty else {
      return try named.map { name in
        let steps = Path.steps(name).filter { $0 != "." }.joined(separator: "/")
        let path = steps.isEmpty ? "." : steps
        guard let root = all.first(where: { $0.path === path || $0.folder === path }) else {
          throw CommandError(
            "'\(name)' is not a kustomization here\(nearest(to: path, among: all.map(\.path)))",
            hint: "name a kustomization or its folder, relative to where moltseal.yml will be")
        }
        return root
      }
    }
    let free = try all.filter { root throws in
      guard !root.kustomization.isComponent, !includers.isIncluded(root.folder) else {
        return false
      }
      return try speaksOfSecrets(root, orSealed: orSealed)
    }
    // A repository of components has nothing else.
    return free.isEmpty
      ? try all.filter {
        try $0.kustomization.isComponent && speaksOfSecrets($0, orSealed: orSealed)
      } : free
  }

  private func speaksOfSecrets(_ root: Root, orSealed: Bool) throws -> Bool {
    let graph = KustomizationGraph(root.folder, reading: DiskReading(folder: folder))
    // What cannot be read is reported when it is not built.
    return !graph.faults.isEmpty
      || graph.files.values.contains { bytes in
        // Each of these words is rare enough to build what contains it.
        bytes.contains(text: "ecretGenerator:") || bytes.contains(text: "secretgenerator")
          || bytes.contains(text: "kind: Secret")
          || bytes.contains(text: "\"Secret\"")
          || orSealed && bytes.contains(text: "SealedSecret")
      }
  }

  /// The Secrets that each root builds; roots without any are left out.
  ///
  /// - Parameter allowsRemote: whether the builder may fetch what is remote.
  package mutating func targets(
    _ roots: [Root], git: GitRepository?, allowsRemote: Bool
  ) throws -> [SurveyedTarget] {
    let builder = Builder(folder, repository: git, allowsRemote: allowsRemote)
    var secrets: [[(SecretManifest, BuiltObject)]] = roots.map { _ in [] }
    var faults: [(path: String, reason: String)] = []
    let builds = try build(roots, builder) { index, object, text in
      if let fault = object.faultOfName {
        faults.append(
          (roots[index].path, "a Secret that is built has a name or namespace that \(fault)"))
        return
      }
      do throws(YAMLError) {
        secrets[index] += try SecretStream(text, lists: .kept).secrets.map { ($0, object) }
      } catch {
        faults.append((roots[index].path, "\(object.identity.words) \(error.message)"))
      }
    }
    Notices.reached("built")
    failures += faults
    var survey = SecretSurvey()
    var found: [(root: Root, build: Build, secrets: [(SecretManifest, BuiltObject)])] = []
    for (root, (builds, secrets)) in zip(roots, zip(builds, secrets)) {
      switch builds[0] {
      case .success(let build):
        sealed += build.sealedSecrets.map(\.identity.name)
        // A Secret that a SealedSecret already makes is not drafted.
        let made = Set(build.sealedSecrets.map { ByBytes($0.identity.name) })
        let secrets = secrets.filter { !made.contains(ByBytes($0.1.identity.name)) }
        for (secret, _) in secrets { survey.note(secret) }
        if !secrets.isEmpty { found.append((root, build, secrets)) }
      case .failure(.noBuilder):
        throw BuildFault.noBuilder.commandError(paths: [], needs: "init needs the build")
      case .failure(let fault): failures.append((root.path, fault.words))
      }
    }
    for (root, build, _) in found { look(for: survey, in: build, root.path) }
    // Every secret value must be known before any text is shown.
    var names: Set<String> = []
    return found.map { root, build, secrets in
      let consumers = Self.consumers(build)
      let checkers = SecretCheckers(build)
      let own = Self.name(of: root.folder)
      let name =
        ([own] + (2...9_999).map { "\(own.prefix(55))-\($0)" }).first { names.insert($0).inserted }
        ?? own
      return target(
        root, name, build,
        secrets.map { secret, object in
          survey.look(at: secret).placed(in: consumers[ByBytes(object.identity.name)])
            .checked { checkers.check($0, of: object.identity.name) }
        })
    }
  }

  /// Builds the roots, a few at a time, and shows the progress.
  private func build(
    _ roots: [Root], _ builder: Builder,
    taking take: @escaping (Int, BuiltObject, SecretBytes) throws -> Void
  ) throws -> [[Result<Build, BuildFault>]] {
    var progress = Progress("built", of: roots.count)
    defer { progress.end() }
    var builds: [[Result<Build, BuildFault>]] = []
    for some in roots.batches(of: 8) {
      let first = some.startIndex
      builds += try builder.build(some.map(\.builtFolder), [[]]) { try take(first + $0, $1, $2) }
      progress.advance(some.count)
    }
    return builds
  }

  /// Finds values in plain text in a ConfigMap, in an argument or in a variable.
  private mutating func look(for survey: SecretSurvey, in build: Build, _ path: String) {
    func walk(_ node: Node, _ place: String, _ found: (String, String) -> Void) {
      if let text = node.scalar, let value = survey.copy(in: text) { found(value, place) }
      for (index, item) in (node.items ?? []).enumerated() {
        walk(item, "\(place).\(index)", found)
      }
      for entry in node.entries ?? [] {
        let key = entry.key.scalar ?? ""
        walk(entry.value, place.isEmpty ? key : "\(place).\(key)", found)
      }
    }
    for object in build.objects where !object.isSecret && !object.isSealedSecret {
      walk(object.root, "") { value, place in
        copies.append(
          (
            path,
            "the value of \(value) is in plain text in \(object.identity.words) at \(place), and stays there when it is renewed"
          ))
      }
    }
  }

  /// The namespace of the objects that name a Secret, if they all have the same one.
  ///
  /// The Secret must be in that namespace too.
  private static func consumers(_ build: Build) -> [ByBytes: String] {
    var found: [ByBytes: Set<ByBytes>] = [:]
    for object in build.objects {
      for reference in object.references {
        guard let namespace = reference.namespace ?? object.identity.namespace else { continue }
        found[ByBytes(reference.secret), default: []].insert(ByBytes(namespace))
      }
    }
    return found.compactMapValues { $0.count == 1 ? $0.first?.text : nil }
  }

  private func target(
    _ root: Root, _ name: String, _ build: Build, _ secrets: [SurveyedSecret]
  ) -> SurveyedTarget {
    let names = ["secrets", "sealed-secrets", "moltseal-secrets"]
    let output = names.map { root.folder == "." ? $0 : "\(root.folder)/\($0)" }.first {
      !folder.exists($0)
    }
    let place = deployed.place(of: root.folder)
    let sealed = build.secrets.map(\.identity.name).filter { name in
      build.sealedSecrets.contains { $0.identity.name === name }
    }
    let clusters = build.objects.filter {
      $0.identity.group == "postgresql.cnpg.io" && $0.identity.kind == "Cluster"
    }
    return SurveyedTarget(
      place: SurveyedTarget.Place(
        name: name, path: root.path, output: output ?? "\(root.folder)/moltseal"),
      naming: SurveyedTarget.Naming(
        prefix: root.kustomization.namePrefix ?? "", suffix: root.kustomization.nameSuffix ?? "",
        generated: generated(root.kustomization, root.folder, ("", ""), depth: 0)),
      namespace: SurveyedTarget.Namespace(
        own: root.kustomization.namespace,
        given: place.flatMap { place in place.namespace.map { ($0, place.file) } }),
      build: SurveyedTarget.Build(
        secrets: secrets, sealed: sealed,
        clusters: clusters.map { ($0.identity.name, $0.references.map(\.secret)) },
        waves: deployed.hasWaves(root.folder) ? Self.waves(build) : [:]))
  }

  /// The wave before everything that names a Secret, by the Secret's name.
  private static func waves(_ build: Build) -> [String: Int] {
    var first: [String: Int] = [:]
    for object in build.objects {
      for reference in object.references {
        first[reference.secret] = min(first[reference.secret] ?? .max, object.syncWave ?? 0)
      }
    }
    return first.mapValues { $0 - 1 }
  }

  /// The names of the Secrets that generators make, as the outermost kustomization sees them.
  private func generated(
    _ kustomization: Kustomization, _ place: String, _ around: (String, String), depth: Int
  ) -> [String] {
    var names = kustomization.generators.map { around.0 + $0.name + around.1 }
    guard depth < 1000, names.count < 10_000 else { return names }
    for resource in kustomization.resources.compactMap(\.scalar) {
      guard let path = Includers.path(of: resource, below: place),
        let inner = includers.kustomization(of: path)
      else { continue }
      names += generated(
        inner, path,
        (around.0 + (inner.namePrefix ?? ""), (inner.nameSuffix ?? "") + around.1),
        depth: depth + 1)
    }
    return names
  }

  /// How names are changed after the build: what is sealed here could not be opened then.
  package func renaming(of root: Root) -> (file: String, words: String)? {
    guard let place = deployed.place(of: root.folder) else { return nil }
    let parts = [place.prefix.map { "a prefix '\($0)'" }, place.suffix.map { "a suffix '\($0)'" }]
      .compactMap { $0 }
    return parts.isEmpty ? nil : (place.file, parts.joined(separator: " and "))
  }

  /// Drafts an overlay, of one file, on another root.
  ///
  /// - Returns: the root, and the bytes of its file.
  package func overlay(_ folder: String, on base: Root) throws -> (root: Root, bytes: [UInt8]) {
    let steps = Path.steps(folder).filter { $0 != "." }
    let plain = steps.joined(separator: "/")
    let isInside = base.folder == "." || Path.isIn(plain, folder: base.folder)
    guard !steps.isEmpty, !steps.contains(".."), !Path.isAbsolute(folder), !isInside else {
      throw CommandError(
        "an overlay of \(base.folder) cannot be in '\(folder)'",
        hint: "name a folder outside it; kustomize builds nothing that contains itself", status: 64)
    }
    let isPlain = plain.utf8.allSatisfy { $0 > 32 && $0 != 127 }
    let isTaken =
      [Workspace.fileName, "templates", LockPlace.name].contains(steps[0])
      || steps.contains(".git") || steps[0].begins(with: ".moltseal")
    guard isPlain, !isTaken else {
      throw CommandError(
        isPlain
          ? "an overlay cannot be in '\(plain)'"
          : "an overlay cannot be in a folder with a space or control character in its name",
        hint: "name a folder beside its base, such as overlays/prod", status: 64)
    }
    let path = Path.join(plain, "kustomization.yaml")
    if Kustomization.fileNames.contains(where: { self.folder.exists(Path.join(plain, $0)) }) {
      throw CommandError(
        "'\(plain)' already has a kustomization", hint: "name it instead of its base")
    }
    let way = String(repeating: "../", count: steps.count) + base.folder
    let text =
      "# Written by moltseal init: for one environment, so that the base stays as it is for the others.\napiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\nresources:\n  - \(YAMLWriter.scalar(way))\n"
    let bytes = Array(text.utf8)
    do throws(YAMLError) {
      let kustomization = try Kustomization(try SourceText(bytes))
      return (
        Root(path: path, folder: plain, kustomization: kustomization, built: base.folder), bytes
      )
    } catch { throw CommandError(error, file: path) }
  }

  /// Whether something else builds on a root.
  package func isBase(_ root: Root) -> Bool { includers.isIncluded(root.folder) }

  /// A label from the folder's steps: `apps/shop/overlays/prod` → `apps-shop-prod`.
  private static func name(of folder: String) -> String {
    let steps = Path.steps(folder).filter {
      !["overlays", "overlay", ".", "kustomize"].contains($0)
    }
    let text = steps.joined(separator: "-").lowercased().utf8.map { byte -> UInt8 in
      (97...122).contains(byte) || (48...57).contains(byte) ? byte : UInt8(ascii: "-")
    }
    let name = text.suffix(60).drop { $0 == UInt8(ascii: "-") }
    let trimmed = String(decoding: name, as: UTF8.self)
    var label = trimmed
    while label.utf8.last == UInt8(ascii: "-") { label.removeLast() }
    return label.isEmpty ? "all" : label
  }
}

extension RepositorySurvey.Root {
  /// What the folder is for, according to its steps.
  package enum Purpose { case production, staging, development, unknown }

  package var purpose: Purpose {
    let steps = folder.lowercased().pieces(between: "/").flatMap { $0.pieces(between: "-") }
    func has(_ words: String...) -> Bool { steps.contains { words.contains($0) } }
    if has("prod", "production", "prd", "live") { return .production }
    if has("staging", "stage", "stg", "qa", "uat", "preprod", "acceptance") { return .staging }
    if has(
      "dev", "development", "local", "test", "tests", "testing", "ci", "minikube", "kind", "e2e")
    {
      return .development
    }
    return .unknown
  }
}

extension BuiltObject {
  /// What is wrong with its name or its namespace.
  fileprivate var faultOfName: String? {
    KubernetesNames.faultOfSubdomain(identity.name)
      ?? identity.namespace.flatMap { KubernetesNames.faultOfLabel($0) }
  }
}
