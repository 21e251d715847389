/// What the rules on a kustomization look at.

package import Kubernetes
package import Manifests
package import Text
package import Workspace
package import YAML

/// A Secret that will be a SealedSecret.
package struct SealedTarget: Sendable {
  package let name: String
  /// Its name as kustomize builds it.
  package let builtName: String
  package let namespace: String?
  package let type: String
  package let scope: Scope
  /// The keys of its template.
  package let keys: Set<ByBytes>
  /// The path of its template.
  package let template: String
  /// Whether it is the Secret of one of two roles, whose pods a switch moves.
  package let isRole: Bool

  package init(
    name: String, builtName: String? = nil, namespace: String?, type: String, scope: Scope,
    keys: [String], template: String, isRole: Bool = false
  ) {
    self.isRole = isRole
    self.name = name
    self.builtName = builtName ?? name
    self.namespace = namespace
    self.type = type
    self.scope = scope
    self.keys = Set(keys.map(ByBytes.init))
    self.template = template
  }
}

/// The files that a kustomization is made of, at any depth, and what stands in them.
package struct KustomizationFiles: Sendable {
  /// The local kustomizations that it includes.
  package var bases: [Base] = []
  /// What is included but not read: remote, or outside the workspace.
  package var unread: [(path: String, resource: Node, isRemote: Bool)] = []
  /// What is included and is not there.
  package var missing: [(path: String, resource: Node)] = []
  package var workloads: [(path: String, workload: Workload)] = []
  /// The objects of the resource files.
  package var objects: [(path: String, object: ResourceObject)] = []
  /// The objects that `generators` and `transformers` name.
  package var plugins: [(path: String, object: ResourceObject)] = []
  /// The objects that patches change by naming them, and those that they delete.
  package var patched: [(path: String, object: ResourceObject)] = []
  package var deleted: [(path: String, object: ResourceObject)] = []
  /// The subjects of role bindings that have a namespace of their own.
  package var subjects: [(path: String, namespace: String, location: Location)] = []
  /// The entries of `replacements` in files of their own.
  package var replacements: [(path: String, entry: Node)] = []
  /// The keys in the env files of generators, by the path of the file.
  package var environmentKeys: [ByBytes: [String]] = [:]
  /// The path of every local file and folder that is included.
  package var included: Set<ByBytes> = []
  /// How many objects each resource file has, by its path.
  package var objectCounts: [ByBytes: Int] = [:]
  /// The labels that the kustomizations above a file, or a base itself, give to its objects.
  package var labels: [ByBytes: [(key: String, value: String)]] = [:]
  /// The files among the own resources, as the kustomization names them, by their paths.
  package var ownResources: [ByBytes: String] = [:]
  /// What each own patch changes, by its field and place: `patches:0`.
  package var ownPatches: [String: [ResourceObject]] = [:]
  /// The fields that the kustomization's own configurations add to those that name a Secret.
  package var secretFields: [Tree] = []
  /// The places that name a Secret, of the kinds and fields that kustomize follows.
  package var references: [Reference] = []
  /// The bytes of the file of name references that stands in the output; nil where there is none.
  package var nameReferences: [UInt8]?

  package init() {}

  /// A place of an object that names a Secret.
  package struct Reference: Sendable {
    package let kind: String
    package let name: String
    package let namespace: String?
    /// As `replacements` writes field paths.
    package let path: String
    package let secret: String

    package init(kind: String, name: String, namespace: String?, path: String, secret: String) {
      self.kind = kind
      self.name = name
      self.namespace = namespace
      self.path = path
      self.secret = secret
    }
  }

  /// A local kustomization that is included.
  package struct Base: Sendable {
    package let path: String
    package let kustomization: Kustomization
    /// What it, and what includes it, put before and after its names; the kustomization of the
    /// environment itself does not count.
    package let prefix: String
    package let suffix: String
    /// The namespace that it, or what includes it, sets.
    package let namespace: String?

    /// The name of what it makes, where the kustomization of the environment finds it.
    func builtName(_ name: String) -> String { prefix + name + suffix }

    package init(
      path: String, kustomization: Kustomization, prefix: String, suffix: String,
      namespace: String?
    ) {
      self.namespace = namespace
      self.path = path
      self.kustomization = kustomization
      self.prefix = prefix
      self.suffix = suffix
    }
  }
}

/// A kustomization, those below it, and the Secrets of the templates.
package struct KustomizationContext: Sendable {
  /// What of the environment it is.
  package let target: WorkspaceTarget
  package let path: String
  package let kustomization: Kustomization
  package let files: KustomizationFiles
  package let targets: [SealedTarget]
  package var keepGenerators: [String] { target.keepGenerators }
  /// Whether the environment runs with the values of its dev generator.
  package let isDeployed: Bool
  /// The entries that a cutover takes out.
  package let entriesToRemove: [GeneratorEntry]
  private let targetsByName: [ByBytes: [SealedTarget]]
  /// The labels of the entries' own, by the name of their Secret, and those of every object.
  private let ownLabels: [ByBytes: [(key: String, value: String)]]
  private let commonLabels: [(key: String, value: String)]
  /// What bases bring, and the labels that it has there.
  package private(set) var displacement = Displacement.none
  private var broughtLabels: [ByBytes: [(key: String, value: String)]] = [:]

  package init(
    target: WorkspaceTarget, path: String, kustomization: Kustomization,
    files: KustomizationFiles, targets: [SealedTarget], isDeployed: Bool
  ) {
    self.target = target
    self.path = path
    self.kustomization = kustomization
    self.files = files
    self.targets = targets
    self.isDeployed = isDeployed
    let byName = Dictionary(grouping: targets) { ByBytes($0.name) }
    targetsByName = byName
    entriesToRemove = kustomization.generators.filter { entry in
      !target.keepGenerators.includes(entry.name)
        && KustomizationContext.target(of: entry, byName, in: kustomization, files) != nil
    }
    ownLabels = Dictionary(grouping: entriesToRemove) { ByBytes($0.name) }.mapValues { entries in
      entries.flatMap { $0.labels.map { (key: $0, value: $1) } }.sortedByKey()
    }
    commonLabels =
      kustomization.labels
      + files.bases.map(\.kustomization).filter(\.isComponent).flatMap(\.labels)
    displacement = findDisplacement()
    for secret in displacement.patched {
      broughtLabels[ByBytes(secret.name), default: []] +=
        secret.labels + (files.labels[ByBytes(secret.path)] ?? [])
    }
  }

  /// The template's Secret that a generator entry makes in development.
  package func target(of entry: GeneratorEntry) -> SealedTarget? {
    KustomizationContext.target(of: entry, targetsByName, in: kustomization, files)
  }

  private static func target(
    of entry: GeneratorEntry, _ targets: [ByBytes: [SealedTarget]], in kustomization: Kustomization,
    _ files: KustomizationFiles
  ) -> SealedTarget? {
    // `namespace:` of the kustomization wins over the entry's own.
    let namespace = kustomization.namespace ?? entry.namespace
    return names(of: entry, files).flatMap { targets[ByBytes($0)] ?? [] }.first {
      namespace == nil || $0.namespace == nil || $0.namespace === namespace
    }
  }

  /// What the Secret of an entry is called: one that merges into that of a base has the base's prefix.
  private static func names(of entry: GeneratorEntry, _ files: KustomizationFiles) -> [String] {
    guard entry.behavior == "merge" || entry.behavior == "replace" else { return [entry.name] }
    return files.bases.filter { base in
      base.kustomization.generators.contains { $0.name === entry.name }
    }.map { $0.builtName(entry.name) } + [entry.name]
  }

  /// The templates' Secrets of a name, in whatever namespace.
  func targets(named name: String) -> [SealedTarget] { targetsByName[ByBytes(name)] ?? [] }

  /// The keys that a generator entry gives to its Secret.
  func keys(of entry: GeneratorEntry, in path: String) -> [String] {
    entry.keys
      + entry.environmentFiles.flatMap { files.environmentKeys[ByBytes("\(path):\($0)")] ?? [] }
  }

  /// The kustomizations that change what is sealed: this one, and the components that it includes.
  var changing: [(path: String, kustomization: Kustomization)] {
    [(path, kustomization)]
      + files.bases.filter { $0.kustomization.isComponent }.map { ($0.path, $0.kustomization) }
  }

  /// Whether a patch of the environment's own takes an object out of what a base makes.
  package func isDeleted(_ kind: String, _ name: String, namespace: String? = nil) -> Bool {
    files.deleted.contains { $0.object.selects(kind: kind, name: name, namespace: namespace) }
  }

  /// Whether a patch takes out the Secret that an entry of a kustomization makes.
  func isDeleted(_ entry: GeneratorEntry, of kustomization: Kustomization) -> Bool {
    isDeleted("Secret", entry.name, namespace: kustomization.namespace ?? entry.namespace)
  }

  /// The same for one of a base, by the name and namespace that it has where the patch acts, or by its
  /// own.
  func isDeleted(_ entry: GeneratorEntry, of base: KustomizationFiles.Base) -> Bool {
    isDeleted(
      "Secret", base.builtName(entry.name),
      namespace: base.namespace ?? entry.namespace)
      || isDeleted(entry, of: base.kustomization)
  }

  /// The labels that kustomize gives to the Secret of the generator, and would not give to the
  /// Secret that a controller makes.
  package func labels(of name: String) -> [(key: String, value: String)] {
    (ownLabels[ByBytes(name)] ?? []) + (broughtLabels[ByBytes(name)] ?? []) + commonLabels
  }

  /// The name of a workload as this kustomization builds it, as far as it is known here.
  package func builtName(of workload: Workload) -> String {
    (kustomization.namePrefix ?? "") + workload.name + (kustomization.nameSuffix ?? "")
  }

  /// The findings of every rule, errors first.
  package func findings() -> [Finding] {
    let rules: [(KustomizationContext) -> [Finding]] = [
      missingResource, generatorWithoutTemplate, generatorMergesBase,
      secretStillReferenced, keyNotInTemplate, nameWouldChange, namespaceWouldChange,
      roleBindingLoses, typeWouldChange, notManaged, cannotRoll, imageMoves, alreadyThere,
      plainSecret,
      generatorPlugin, chartNotRead, notRead, unknownKeptGenerator,
    ]
    let all = rules.flatMap { $0(self) }
    return all.filter { $0.severity == .error } + all.filter { $0.severity == .warning }
  }

  func finding(
    _ code: String, _ severity: Finding.Severity, _ message: String, hint: String,
    at location: Location?, in file: String? = nil
  ) -> Finding {
    finding(code, severity, message, remedy: .words(hint), at: location, in: file)
  }

  func finding(
    _ code: String, _ severity: Finding.Severity, _ message: String, remedy: Remedy,
    at location: Location?, in file: String? = nil
  ) -> Finding {
    Finding(
      code: code, severity: severity, message: message, remedy: remedy, file: file ?? path,
      location: location)
  }
}
