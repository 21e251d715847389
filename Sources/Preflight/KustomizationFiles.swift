/// What stands in the files of a kustomization, as the rules and the edits need it.

package import Manifests
package import Text
package import YAML

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
  package var subjects: [(path: String, name: String, namespace: String, location: Location)] = []
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
