/// The objects of one build, identified as the API server identifies them.

internal import Kubernetes
internal import Manifests
package import Text
internal import Workspace
package import YAML

/// One object as kustomize builds it.
package struct BuiltObject: Sendable {
  /// The identity of an object: group, kind, namespace and name.
  package struct Identity: Sendable, Hashable {
    package let group: String
    package let kind: String
    package let namespace: String?
    package let name: String

    package static func == (left: Identity, right: Identity) -> Bool {
      left.group === right.group && left.kind === right.kind
        && left.namespace === right.namespace && left.name === right.name
    }

    package func hash(into hasher: inout Hasher) {
      for text in [group, kind, name] { hasher.combine(Name(text)) }
      hasher.combine(namespace.map { Name($0) })
    }

    var namespacedName: NamespacedName { NamespacedName(namespace, name) }

    /// `Kind 'name'`, for messages.
    package var words: String { "\(kind) '\(name)'" }
  }

  package let identity: Identity
  /// The object's tree, without the values of a Secret.
  package let root: Node
  /// The digest of the object's text, values included.
  package let digest: [UInt8]
  /// The digests of a Secret's values, in order.
  let values: [[UInt8]]

  package var isSecret: Bool { identity.kind == "Secret" && identity.group.isEmpty }
  package var isSealedSecret: Bool {
    identity.kind == "SealedSecret" && identity.group == "bitnami.com"
  }
}

extension BuiltObject {
  /// Reads one document of a builder's output; nil for an empty one.
  ///
  /// - Parameter digest: distinguishes texts without revealing them.
  /// - Throws: `YAMLError`, or what `digest` throws.
  package init?(
    _ document: UnsafeRawBufferPointer,
    digest: @escaping (UnsafeRawBufferPointer) throws -> [UInt8]
  ) throws {
    // kustomize writes the kind after the values, so everything that may be a Secret is withheld
    // at first. Any other object is read again in full.
    let taken = Digests(digest)
    var root = try BuiltObject.root(document, taken.withholding)
    if let first = root, !BuiltObject.isSecret(first) {
      root = try BuiltObject.root(document, .nothing)
    }
    if let error = taken.error { throw error }
    guard let root, !root.isNull else { return nil }
    let version = root["apiVersion"]?.scalar ?? ""
    identity = Identity(
      group: version.place(of: "/")?.before ?? "", kind: root["kind"]?.scalar ?? "",
      namespace: root.at("metadata", "namespace")?.scalar,
      name: root.at("metadata", "name")?.scalar ?? "")
    self.root = root
    values = BuiltObject.isSecret(root) ? taken.digests : []
    self.digest = try digest(document)
  }

  private static func root(
    _ document: UnsafeRawBufferPointer, _ withholding: Withholding
  ) throws(YAMLError) -> Node? { try parseYAML(document, withholding: withholding).first?.root }

  private static func isSecret(_ root: Node) -> Bool {
    root["kind"]?.scalar == "Secret" && root["apiVersion"]?.scalar?.holds("/") != true
  }
}

/// The digests of the withheld values.
private final class Digests {
  private(set) var digests: [[UInt8]] = []
  private(set) var error: (any Error)?
  private let digest: (UnsafeRawBufferPointer) throws -> [UInt8]

  init(_ digest: @escaping (UnsafeRawBufferPointer) throws -> [UInt8]) { self.digest = digest }

  var withholding: Withholding {
    Withholding(
      descend: { SecretFields.level(of: $0, below: $1) },
      take: { bytes in
        do { self.digests.append(try self.digest(bytes)) } catch { self.error = error }
        return self.digests.count - 1
      })
  }
}

/// What one kustomization builds.
package struct Build: Sendable {
  package let objects: [BuiltObject]
  private let places: [BuiltObject.Identity: Int]
  /// The Secrets and SealedSecrets by name.
  private let secretsByName: [Name: [BuiltObject]]

  package init(_ objects: [BuiltObject]) {
    self.objects = objects
    places = Dictionary(
      objects.enumerated().map { ($1.identity, $0) }, uniquingKeysWith: { first, _ in first })
    secretsByName = Dictionary(grouping: objects.filter { $0.isSecret || $0.isSealedSecret }) {
      Name($0.identity.name)
    }
  }

  package subscript(identity: BuiltObject.Identity) -> BuiltObject? {
    places[identity].map { objects[$0] }
  }

  /// The Secrets and SealedSecrets with a name, in any namespace.
  func secrets(named name: String) -> [BuiltObject] { secretsByName[Name(name)] ?? [] }

  package var secrets: [BuiltObject] { objects.filter(\.isSecret) }
  package var sealedSecrets: [BuiltObject] { objects.filter(\.isSealedSecret) }
}

extension BuiltObject {
  /// The keys of its Secret, including those of a SealedSecret's template.
  package var keys: Set<Name> {
    let fields =
      isSealedSecret
      ? [root.at("spec", "encryptedData"), root.at("spec", "template", "data")]
      : [root["data"], root["stringData"]]
    return Set(fields.flatMap { $0?.entries ?? [] }.compactMap { $0.key.scalar.map { Name($0) } })
  }

  /// The metadata of the Secret that it is or becomes.
  private var secretMetadata: Node? {
    isSealedSecret ? root.at("spec", "template", "metadata") : root["metadata"]
  }

  var labels: [(key: String, value: String)] {
    (secretMetadata?["labels"]?.stringEntries ?? []).map { ($0.key, $0.value) }
  }

  package var annotations: [(key: String, value: String)] {
    (secretMetadata?["annotations"]?.stringEntries ?? []).map { ($0.key, $0.value) }
  }

  /// The type of the Secret that it is or becomes.
  package var type: String {
    (isSealedSecret ? root.at("spec", "template", "type") : root["type"])?.scalar ?? "Opaque"
  }

  /// Whether the Secret that it is or becomes is immutable.
  package var isImmutable: Bool {
    (isSealedSecret ? root.at("spec", "template", "immutable") : root["immutable"])?.scalar
      == "true"
  }
}
