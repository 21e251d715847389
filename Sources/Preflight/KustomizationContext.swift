/// What the rules on a kustomization look at.

package import Manifests
package import Sealing
package import YAML

/// A Secret that will be a SealedSecret.
package struct SealedTarget: Sendable {
  package let name: String
  package let namespace: String?
  package let type: String
  package let scope: Scope

  package init(name: String, namespace: String?, type: String, scope: Scope) {
    self.name = name
    self.namespace = namespace
    self.type = type
    self.scope = scope
  }
}

/// A kustomization, those below it, and the Secrets of the templates.
package struct KustomizationContext: Sendable {
  package let path: String
  package let kustomization: Kustomization
  /// The local kustomizations that it includes, at any depth.
  package let bases: [(path: String, kustomization: Kustomization)]
  /// What is included but not read: remote, or outside the workspace.
  package let unread: [(path: String, resource: String, isRemote: Bool)]
  package let workloads: [(path: String, workload: Workload)]
  /// The objects of the resource files, but for the sealed files that the run writes.
  package let objects: [(path: String, object: ResourceObject)]
  /// The objects that patches select by naming them.
  package let patched: [(path: String, object: ResourceObject)]
  /// The entries of `replacements` in files of their own.
  package let replacements: [(path: String, entry: Node)]
  package let targets: [SealedTarget]
  package let keepGenerators: [String]
  /// The path of every local file that is included, by whatever kustomization.
  package let included: Set<String>

  package init(
    path: String, kustomization: Kustomization,
    bases: [(path: String, kustomization: Kustomization)],
    unread: [(path: String, resource: String, isRemote: Bool)],
    workloads: [(path: String, workload: Workload)],
    objects: [(path: String, object: ResourceObject)],
    patched: [(path: String, object: ResourceObject)],
    replacements: [(path: String, entry: Node)], targets: [SealedTarget],
    keepGenerators: [String], included: Set<String>
  ) {
    self.path = path
    self.kustomization = kustomization
    self.bases = bases
    self.unread = unread
    self.workloads = workloads
    self.objects = objects
    self.patched = patched
    self.replacements = replacements
    self.targets = targets
    self.keepGenerators = keepGenerators
    self.included = included
  }

  /// The template's Secret that a generator entry makes in development.
  package func target(of entry: GeneratorEntry) -> SealedTarget? {
    // `namespace:` of the kustomization wins over the entry's own.
    let namespace = kustomization.namespace ?? entry.namespace
    return targets.first {
      $0.name == entry.name
        && (namespace == nil || $0.namespace == nil || $0.namespace == namespace)
    }
  }

  /// The kustomizations that change what is sealed: this one, and the components that it includes.
  var changing: [(path: String, kustomization: Kustomization)] {
    [(path, kustomization)] + bases.filter { $0.kustomization.isComponent }
  }

  /// The entries that a cutover takes out.
  package var entriesToRemove: [GeneratorEntry] {
    kustomization.generators.filter { !keepGenerators.contains($0.name) && target(of: $0) != nil }
  }

  /// The findings of every rule, errors first.
  package func findings() -> [Finding] {
    let rules: [(KustomizationContext) -> [Finding]] = [
      generatorWithoutTemplate, generatorMergesBase, baseGeneratesSecret, secretStillReferenced,
      nameWouldChange, namespaceWouldChange, typeWouldChange, notManaged, jobCannotRoll,
      alreadyThere, notRead, unknownKeptGenerator,
    ]
    let all = rules.flatMap { $0(self) }
    return all.filter { $0.severity == .error } + all.filter { $0.severity == .warning }
  }

  func finding(
    _ code: String, _ severity: Finding.Severity, _ message: String, hint: String,
    at location: Location?, in file: String? = nil
  ) -> Finding {
    Finding(
      code: code, severity: severity, message: message, hint: hint, file: file ?? path,
      location: location)
  }
}
