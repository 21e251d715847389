/// Looks through a repository for what it builds, and for the Secrets in it.

internal import Cryptography
internal import Discovery
internal import Kubernetes
internal import Kustomize
internal import Manifests
internal import Preflight
internal import Processes
internal import Secrets
internal import Text
internal import Transactions
internal import Workspace
internal import YAML

struct RepositorySurvey {
  /// A kustomization that nothing else builds on, or that was named.
  struct Root {
    let path: String
    let folder: String
    let kustomization: Kustomization
  }

  let folder: WorkspaceFolder
  private let includers: Includers
  /// What could not be looked at, and why.
  private(set) var failures: [(path: String, reason: String)] = []
  /// The SealedSecrets that are there already.
  private(set) var sealed: [String] = []

  private static let words = ["secretGenerator", "Secret"].map { Array($0.utf8) }

  init(_ folder: WorkspaceFolder) throws {
    self.folder = folder
    includers = try Includers(folder)
  }

  var isEmpty: Bool { includers.all.isEmpty }

  /// The first kustomization that builds on something outside of this folder.
  var reachingOut: (path: String, resource: String)? {
    for (path, folder, kustomization) in includers.all {
      for resource in kustomization.resources.compactMap(\.scalar)
      where resource.begins(with: "..") && Includers.path(of: resource, below: folder) == nil {
        return (path, resource)
      }
    }
    return nil
  }

  /// The kustomizations that nothing builds on, of which no file speaks of Secrets: their paths.
  func silent() throws -> [String] {
    try includers.all.map {
      Root(path: $0.path, folder: $0.folder, kustomization: $0.kustomization)
    }.filter {
      try !$0.kustomization.isComponent && !includers.isIncluded($0.folder)
        && !speaksOfSecrets($0, orSealed: true)
    }.map(\.path)
  }

  /// The kustomizations that nothing builds on, of which some file speaks of Secrets.
  ///
  /// - Parameter orSealed: whether SealedSecrets count as well.
  /// - Parameter named: the files or folders that were named; empty for all of them.
  func roots(_ named: [String], orSealed: Bool = false) throws -> [Root] {
    let all = includers.all.map {
      Root(path: $0.path, folder: $0.folder, kustomization: $0.kustomization)
    }
    guard named.isEmpty else {
      return try named.map { name in
        let steps = Path.steps(name).filter { $0 != "." }.joined(separator: "/")
        let path = steps.isEmpty ? "." : steps
        guard let root = all.first(where: { $0.path === path || $0.folder === path }) else {
          throw CommandError(
            "'\(name)' is no kustomization here\(nearest(to: path, among: all.map(\.path)))",
            hint: "name a kustomization, or the folder of one, from where moltseal.yml will be")
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
    // What cannot be looked at is said when it is not built.
    return !graph.faults.isEmpty
      || graph.files.values.contains { bytes in
        // A word of one of the two is rare enough to build what has it.
        bytes.holds("ecretGenerator:") || bytes.holds("secretgenerator")
          || bytes.holds("kind: Secret")
          || bytes.holds("\"Secret\"")
          || orSealed && bytes.holds("SealedSecret")
      }
  }

  /// The Secrets that each root builds; those without any are left out.
  ///
  /// - Parameter allowsRemote: whether the builder may fetch what is remote.
  mutating func targets(
    _ roots: [Root], git: GitRepository?, allowsRemote: Bool
  ) throws -> [SurveyedTarget] {
    let builder = Builder(folder, repository: git, allowsRemote: allowsRemote)
    var secrets: [[(SecretManifest, BuiltObject)]] = roots.map { _ in [] }
    var faults: [(path: String, reason: String)] = []
    let builds = try builder.build(roots.map(\.folder), [[]]) { index, object, text in
      if let fault = object.faultOfName {
        faults.append(
          (roots[index].path, "a Secret that is built has a name or namespace that \(fault)"))
        return
      }
      do throws(YAMLError) {
        secrets[index] += try SecretStream(text, takesLists: false).secrets.map { ($0, object) }
      } catch {
        faults.append((roots[index].path, "\(object.identity.words) \(error.message)"))
      }
    }
    TestHooks.reached("built")
    failures += faults
    var survey = SecretSurvey()
    var found: [(root: Root, build: Build, secrets: [(SecretManifest, BuiltObject)])] = []
    for (root, (builds, secrets)) in zip(roots, zip(builds, secrets)) {
      switch builds[0] {
      case .success(let build):
        sealed += build.sealedSecrets.map(\.identity.name)
        for (secret, _) in secrets { survey.note(secret) }
        if !secrets.isEmpty { found.append((root, build, secrets)) }
      case .failure(.noBuilder):
        throw BuildFault.noBuilder.commandError(paths: [], needs: "init looks at what is built")
      case .failure(let fault): failures.append((root.path, fault.words))
      }
    }
    // Every secret value is known before any text is shown.
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

  /// The namespace of the objects that name a Secret, where they have one and the same: it has to be
  /// there too.
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
    return SurveyedTarget(
      name: name, path: root.path,
      output: output ?? "\(root.folder)/moltseal", prefix: root.kustomization.namePrefix ?? "",
      suffix: root.kustomization.nameSuffix ?? "", namespace: root.kustomization.namespace,
      generated: generated(root.kustomization, root.folder, ("", ""), depth: 0), secrets: secrets,
      clusters: build.objects.filter {
        $0.identity.group == "postgresql.cnpg.io" && $0.identity.kind == "Cluster"
      }.map { ($0.identity.name, $0.references.map(\.secret)) })
  }

  /// The names of the Secrets that generators make, as the outermost kustomization finds them.
  private func generated(
    _ kustomization: Kustomization, _ place: String, _ around: (String, String), depth: Int
  ) -> [String] {
    var names = kustomization.generators.map { around.0 + $0.name + around.1 }
    guard depth < 50 else { return names }
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

  /// A label of the folder's steps: `apps/shop/overlays/prod` → `apps-shop-prod`.
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
  /// What the folder's steps say that it is for.
  enum Purpose { case production, staging, development, unknown }

  var purpose: Purpose {
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

extension [UInt8] {
  fileprivate func holds(_ text: String) -> Bool {
    let word = Array(text.utf8)
    guard count >= word.count, let first = word.first else { return false }
    return withUnsafeBufferPointer { bytes in
      (0...(bytes.count - word.count)).contains { start in
        bytes[start] == first && bytes[start..<start + word.count].elementsEqual(word)
      }
    }
  }
}

extension BuiltObject {
  /// What is wrong with its name or its namespace.
  fileprivate var faultOfName: String? {
    KubernetesNames.faultOfSubdomain(identity.name)
      ?? identity.namespace.flatMap { KubernetesNames.faultOfLabel($0) }
  }
}
