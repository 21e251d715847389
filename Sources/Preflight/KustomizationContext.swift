/// What the rules on a kustomization look at.

package import Kubernetes
package import Manifests
package import Text
package import YAML

/// A Secret that will be a SealedSecret.
package struct SealedTarget: Sendable {
  package let name: String
  package let namespace: String?
  package let type: String
  package let scope: Scope
  /// The keys of its template.
  package let keys: Set<ByBytes>
  /// The path of its template.
  package let template: String

  package init(
    name: String, namespace: String?, type: String, scope: Scope, keys: [String], template: String
  ) {
    self.name = name
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
  package var bases: [(path: String, kustomization: Kustomization)] = []
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

  package init() {}
}

/// A kustomization, those below it, and the Secrets of the templates.
package struct KustomizationContext: Sendable {
  package let path: String
  package let kustomization: Kustomization
  package let files: KustomizationFiles
  package let targets: [SealedTarget]
  package let keepGenerators: [String]
  /// Whether the environment runs with the values of its dev generator.
  package let isDeployed: Bool
  /// The entries that a cutover takes out.
  package let entriesToRemove: [GeneratorEntry]
  private let targetsByName: [ByBytes: [SealedTarget]]
  /// The labels of the entries' own, by the name of their Secret, and those of every object.
  private let ownLabels: [ByBytes: [(key: String, value: String)]]
  private let commonLabels: [(key: String, value: String)]

  package init(
    path: String, kustomization: Kustomization, files: KustomizationFiles, targets: [SealedTarget],
    keepGenerators: [String], isDeployed: Bool
  ) {
    self.path = path
    self.kustomization = kustomization
    self.files = files
    self.targets = targets
    self.keepGenerators = keepGenerators
    self.isDeployed = isDeployed
    let byName = Dictionary(grouping: targets) { ByBytes($0.name) }
    targetsByName = byName
    entriesToRemove = kustomization.generators.filter { entry in
      !keepGenerators.includes(entry.name)
        && KustomizationContext.target(of: entry, byName, in: kustomization) != nil
    }
    ownLabels = Dictionary(grouping: entriesToRemove) { ByBytes($0.name) }.mapValues { entries in
      entries.flatMap { $0.labels.map { (key: $0, value: $1) } }.sortedByKey()
    }
    commonLabels =
      kustomization.labels
      + files.bases.map(\.kustomization).filter(\.isComponent).flatMap(\.labels)
  }

  /// The template's Secret that a generator entry makes in development.
  package func target(of entry: GeneratorEntry) -> SealedTarget? {
    KustomizationContext.target(of: entry, targetsByName, in: kustomization)
  }

  private static func target(
    of entry: GeneratorEntry, _ targets: [ByBytes: [SealedTarget]], in kustomization: Kustomization
  ) -> SealedTarget? {
    // `namespace:` of the kustomization wins over the entry's own.
    let namespace = kustomization.namespace ?? entry.namespace
    return targets[ByBytes(entry.name)]?.first {
      namespace == nil || $0.namespace == nil || $0.namespace === namespace
    }
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
    [(path, kustomization)] + files.bases.filter { $0.kustomization.isComponent }
  }

  /// Whether a patch of the environment's own takes an object out of what a base makes.
  package func isDeleted(_ kind: String, _ name: String, namespace: String? = nil) -> Bool {
    files.deleted.contains { $0.object.selects(kind: kind, name: name, namespace: namespace) }
  }

  /// Whether a patch takes out the Secret that an entry of a kustomization makes.
  func isDeleted(_ entry: GeneratorEntry, of kustomization: Kustomization) -> Bool {
    isDeleted("Secret", entry.name, namespace: kustomization.namespace ?? entry.namespace)
  }

  /// The labels that kustomize gives to the Secret of the generator, and would not give to the
  /// Secret that a controller makes.
  package func labels(of name: String) -> [(key: String, value: String)] {
    (ownLabels[ByBytes(name)] ?? []) + commonLabels
  }

  /// The findings of every rule, errors first.
  package func findings() -> [Finding] {
    let rules: [(KustomizationContext) -> [Finding]] = [
      missingResource, generatorWithoutTemplate, generatorMergesBase, baseGeneratesSecret,
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
