/// The input of the rules on a kustomization.

package import Kubernetes
package import Manifests
package import Text
package import Workspace
internal import YAML

/// A Secret that is to become a SealedSecret.
package struct SealedTarget: Sendable {
  let name: String
  /// Its name as kustomize builds it.
  package let builtName: String
  package let namespace: String?
  package let type: String
  let scope: Scope
  /// The keys of its template.
  package let keys: Set<Name>
  /// The path of its template.
  package let template: String
  /// Whether it is the Secret of one of two roles, between which pods are switched.
  let isRole: Bool
  /// The keys of its template's labels.
  let labels: [String]
  /// The annotation that copies it into namespaces that it does not list; nil if none does.
  let unseenCopies: String?

  var namespacedName: NamespacedName { NamespacedName(namespace, name) }

  /// - Parameter template: the template that has the Secret.
  package init(
    _ secret: TemplateSecret, of template: Template, scope: Scope, unseenCopies: String? = nil
  ) {
    name = secret.name
    builtName = secret.builtName
    namespace = secret.namespace
    type = secret.type ?? "Opaque"
    keys = Set(secret.items.map { Name($0.key) })
    isRole = secret.role != nil
    labels = secret.labels.map(\.key)
    self.template = template.path
    self.scope = scope
    self.unseenCopies = unseenCopies
  }
}

/// A kustomization, those that it includes, and the Secrets of the templates.
package struct KustomizationContext: Sendable {
  /// The target of the environment that it belongs to.
  package let target: WorkspaceTarget
  package let path: String
  package let kustomization: Kustomization
  package let files: KustomizationFiles
  package let targets: [SealedTarget]
  var keepGenerators: [String] { target.keepGenerators }
  /// Whether the environment runs with the values of its dev generator.
  let isDeployed: Bool
  /// The entries that a cutover removes.
  package let entriesToRemove: [GeneratorEntry]
  private let targetsByName: [Name: [SealedTarget]]
  /// The labels of the generator entries, by the name of their Secret, and those of every object.
  private let ownLabels: [Name: [(key: String, value: String)]]
  private let commonLabels: [(key: String, value: String)]
  /// What sealed Secrets replace besides generator entries, and the labels that bases give to it.
  package private(set) var displacement = Displacement.none
  private var broughtLabels: [Name: [(key: String, value: String)]] = [:]

  /// - Parameter environment: the environment that has the target.
  package init(
    of target: WorkspaceTarget, in environment: WorkspaceEnvironment,
    _ kustomization: Kustomization, _ files: KustomizationFiles, targets: [SealedTarget]
  ) {
    self.target = target
    path = target.kustomization.path
    self.kustomization = kustomization
    self.files = files
    self.targets = targets
    isDeployed = environment.deployed
    let byName = Dictionary(grouping: targets) { Name($0.name) }
    targetsByName = byName
    entriesToRemove = kustomization.generators.filter { entry in
      !target.keepGenerators.includes(entry.name)
        && KustomizationContext.target(of: entry, byName, in: kustomization, files) != nil
    }
    ownLabels = Dictionary(grouping: entriesToRemove) { Name($0.name) }.mapValues { entries in
      entries.flatMap { $0.labels.map { (key: $0, value: $1) } }.sortedByKey()
    }
    commonLabels =
      kustomization.labels
      + files.bases.map(\.kustomization).filter(\.isComponent).flatMap(\.labels)
    displacement = findDisplacement()
    for secret in displacement.patched {
      broughtLabels[Name(secret.name), default: []] +=
        secret.labels + (files.labels[Name(secret.path)] ?? [])
    }
  }

  /// The template's Secret that a generator entry makes in development; nil if there is none.
  func target(of entry: GeneratorEntry) -> SealedTarget? {
    KustomizationContext.target(of: entry, targetsByName, in: kustomization, files)
  }

  private static func target(
    of entry: GeneratorEntry, _ targets: [Name: [SealedTarget]], in kustomization: Kustomization,
    _ files: KustomizationFiles
  ) -> SealedTarget? {
    // `namespace:` of the kustomization overrides the entry's own.
    let namespace = kustomization.namespace ?? entry.namespace
    return names(of: entry, files).flatMap { targets[Name($0)] ?? [] }.first {
      namespace == nil || $0.namespace == nil || $0.namespace === namespace
    }
  }

  /// The possible names of an entry's Secret: with the base's prefix if it merges into the base's.
  private static func names(of entry: GeneratorEntry, _ files: KustomizationFiles) -> [String] {
    guard entry.behavior == "merge" || entry.behavior == "replace" else { return [entry.name] }
    return files.bases.filter { base in
      base.kustomization.generators.contains { $0.name === entry.name }
    }.map { $0.builtName(entry.name) } + [entry.name]
  }

  /// The templates' Secrets with a name, in any namespace.
  func targets(named name: String) -> [SealedTarget] { targetsByName[Name(name)] ?? [] }

  /// The keys that a generator entry gives to its Secret.
  func keys(of entry: GeneratorEntry, in path: String) -> [String] {
    entry.keys
      + entry.environmentFiles.flatMap { files.environmentKeys[Name("\(path):\($0)")] ?? [] }
  }

  /// The kustomizations that change what is sealed: this one and the components that it includes.
  var changing: [(path: String, kustomization: Kustomization)] {
    [(path, kustomization)]
      + files.bases.filter { $0.kustomization.isComponent }.map { ($0.path, $0.kustomization) }
  }

  /// Whether one of the environment's own patches deletes an object of a base.
  package func isDeleted(_ kind: String, _ name: String, namespace: String? = nil) -> Bool {
    files.deleted.contains { $0.object.selects(kind: kind, name: name, namespace: namespace) }
  }

  /// Whether a patch deletes the Secret of a kustomization's entry.
  func isDeleted(_ entry: GeneratorEntry, of kustomization: Kustomization) -> Bool {
    isDeleted("Secret", entry.name, namespace: kustomization.namespace ?? entry.namespace)
  }

  /// Whether a patch deletes the Secret of a base's entry.
  ///
  /// The patch may use the name and namespace that apply where it acts, or the base's own.
  func isDeleted(_ entry: GeneratorEntry, of base: KustomizationFiles.Base) -> Bool {
    isDeleted(
      "Secret", base.builtName(entry.name),
      namespace: base.namespace ?? entry.namespace)
      || isDeleted(entry, of: base.kustomization)
  }

  /// The labels that kustomize adds to the generated Secret, but not to the one that the controller
  /// makes.
  package func labels(of name: String) -> [(key: String, value: String)] {
    (ownLabels[Name(name)] ?? []) + (broughtLabels[Name(name)] ?? []) + commonLabels
  }

  /// The name of a workload as this kustomization builds it, as far as that is known here.
  package func builtName(of workload: Workload) -> String {
    (kustomization.namePrefix ?? "") + workload.name + (kustomization.nameSuffix ?? "")
  }

  /// The findings of every rule, errors first.
  package func findings() -> [Finding] {
    let rules: [(KustomizationContext) -> [Finding]] = [
      missingResource, generatorWithoutTemplate, generatorMergesBase,
      secretStillReferenced, keyNotInTemplate, nameWouldChange, namespaceWouldChange,
      roleBindingLoses, typeWouldChange, notManaged, cannotRoll, alreadyThere,
      plainSecret,
      generatorPlugin, chartNotRead, notRead, unknownKeptGenerator,
    ]
    let all = rules.flatMap { $0(self) }
    return all.filter { $0.severity == .error } + all.filter { $0.severity == .warning }
  }

  /// A finding in the kustomization itself.
  func finding(
    _ code: String, _ severity: Finding.Severity, _ message: String, hint: String,
    at location: Location?
  ) -> Finding {
    finding(code, severity, message, hint: hint, at: Finding.Place(path, location))
  }

  func finding(
    _ code: String, _ severity: Finding.Severity, _ message: String, hint: String,
    at place: Finding.Place
  ) -> Finding {
    finding(code, severity, message, remedy: .words(hint), at: place)
  }

  func finding(
    _ code: String, _ severity: Finding.Severity, _ message: String, remedy: Remedy,
    at place: Finding.Place
  ) -> Finding {
    Finding(
      code: code, severity: severity, message: message, remedy: remedy, file: place.file,
      location: place.location)
  }
}
