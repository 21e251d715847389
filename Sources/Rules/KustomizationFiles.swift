/// The contents of a kustomization's files, as the rules and the edits need them.

package import Manifests
package import Text
package import YAML

/// The files that make up a kustomization, at any depth, and their contents.
package struct KustomizationFiles: Sendable {
  /// The local kustomizations that it includes.
  package var bases: [Base] = []
  /// What is included but not read: remote, or outside the workspace.
  package var unread: [(path: String, resource: Node, isRemote: Bool)] = []
  /// What is included but does not exist.
  package var missing: [(path: String, resource: Node)] = []
  package var workloads: [(path: String, workload: Workload)] = []
  /// The objects of the resource files.
  package var objects: [(path: String, object: ResourceObject)] = []
  /// The objects that `generators` and `transformers` name.
  package var plugins: [(path: String, object: ResourceObject)] = []
  /// The objects that patches name and change, and those that they delete.
  package var patched: [(path: String, object: ResourceObject)] = []
  package var deleted: [(path: String, object: ResourceObject)] = []
  /// The subjects of role bindings that have a namespace of their own.
  package var subjects: [(path: String, name: String, namespace: String, location: Location)] = []
  /// The entries of `replacements` in files of their own.
  package var replacements: [(path: String, entry: Node)] = []
  /// The keys in the env files of generators, by the path of the file.
  package var environmentKeys: [Name: [String]] = [:]
  /// The path of every local file and folder that is included.
  package var included: Set<Name> = []
  /// How many objects each resource file has, by its path.
  package var objectCounts: [Name: Int] = [:]
  /// The labels that the kustomizations above a file, or a base itself, give to its objects.
  package var labels: [Name: [(key: String, value: String)]] = [:]
  /// The files among the kustomization's own resources, as it names them, by path.
  package var ownResources: [Name: String] = [:]
  /// What each of its own patches changes, by field and index: `patches:0`.
  package var ownPatches: [String: [ResourceObject]] = [:]
  /// The fields that its own configurations declare as naming a Secret.
  package var secretFields: [Tree] = []
  /// The places that name a Secret, in the kinds and fields that kustomize follows.
  package var references: [Reference] = []
  /// The bytes of the file of name references in the output folder; nil if there is none.
  package var nameReferences: [UInt8]?

  package init() {}

  /// A place in an object that names a Secret.
  package struct Reference: Sendable {
    let kind: String
    let name: String
    let namespace: String?
    /// The field path, as `replacements` writes it.
    let path: String
    let secret: String

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
    let path: String
    let kustomization: Kustomization
    /// What it, and what includes it, add before and after its names, except for the environment's
    /// own kustomization.
    let prefix: String
    let suffix: String
    /// The namespace that it, or what includes it, sets.
    let namespace: String?

    /// The name of one of its objects, as the environment's kustomization sees it.
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
