/// The objects of one build, told apart as the API server does it.

internal import Manifests
package import Text
package import YAML

/// One object as kustomize builds it.
package struct BuiltObject: Sendable {
  /// What tells objects apart: group, kind, namespace, name.
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
      for text in [group, kind, namespace ?? "", name] { hasher.combine(ByBytes(text)) }
    }

    /// `Kind 'name'`, for messages.
    package var words: String { "\(kind) '\(name)'" }
  }

  package let identity: Identity
  package let root: Node
  /// Its text, by which objects with withheld values are compared.
  package let text: ArraySlice<UInt8>

  package var isSecret: Bool { identity.kind == "Secret" && identity.group.isEmpty }
  package var isSealedSecret: Bool {
    identity.kind == "SealedSecret" && identity.group == "bitnami.com"
  }
}

/// What one kustomization builds.
package struct Build: Sendable {
  package let objects: [BuiltObject]
  private let places: [BuiltObject.Identity: Int]
  /// The Secrets and SealedSecrets by name.
  private let secretsByName: [ByBytes: [BuiltObject]]

  /// Reads what a builder printed; the values of Secrets are taken over by nobody.
  ///
  /// - Throws: `YAMLError`.
  package init(_ output: [UInt8]) throws(YAMLError) {
    let source = try SourceText(output)
    var objects: [BuiltObject] = []
    for document in try parseYAML(source) {
      guard let root = document.root, !root.isNull else { continue }
      let version = root["apiVersion"]?.scalar ?? ""
      objects.append(
        BuiltObject(
          identity: .init(
            group: version.place(of: "/")?.before ?? "", kind: root["kind"]?.scalar ?? "",
            namespace: root.at("metadata", "namespace")?.scalar,
            name: root.at("metadata", "name")?.scalar ?? ""),
          root: root, text: Build.trimmed(source.bytes[document.start..<document.end])))
    }
    self.objects = objects
    places = Dictionary(
      objects.enumerated().map { ($1.identity, $0) }, uniquingKeysWith: { first, _ in first })
    secretsByName = Dictionary(grouping: objects.filter { $0.isSecret || $0.isSealedSecret }) {
      ByBytes($0.identity.name)
    }
  }

  /// Without the line that separates documents.
  private static func trimmed(_ text: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
    var text = text.drop { $0 == 10 || $0 == 13 }
    if text.suffix(4).elementsEqual("---\n".utf8) { text = text.dropLast(4) }
    while text.last == 10 { text = text.dropLast() }
    return text
  }

  package subscript(identity: BuiltObject.Identity) -> BuiltObject? {
    places[identity].map { objects[$0] }
  }

  /// The Secrets and SealedSecrets of a name, in whatever namespace.
  func secrets(named name: String) -> [BuiltObject] { secretsByName[ByBytes(name)] ?? [] }

  package var secrets: [BuiltObject] { objects.filter(\.isSecret) }
  package var sealedSecrets: [BuiltObject] { objects.filter(\.isSealedSecret) }
}

extension BuiltObject {
  /// The keys that its Secret has, sorted; those of a SealedSecret's template are among them.
  package var keys: Set<ByBytes> {
    let fields =
      isSealedSecret
      ? [root.at("spec", "encryptedData"), root.at("spec", "template", "data")]
      : [root["data"], root["stringData"]]
    return Set(fields.flatMap { $0?.entries ?? [] }.compactMap { $0.key.scalar.map(ByBytes.init) })
  }

  /// The metadata of the Secret that it is, or becomes.
  private var secretMetadata: Node? {
    isSealedSecret ? root.at("spec", "template", "metadata") : root["metadata"]
  }

  package var labels: [(key: String, value: String)] {
    (secretMetadata?["labels"]?.stringEntries ?? []).map { ($0.key, $0.value) }
  }

  package var annotations: [(key: String, value: String)] {
    (secretMetadata?["annotations"]?.stringEntries ?? []).map { ($0.key, $0.value) }
  }

  /// The type of the Secret that it is, or becomes.
  package var type: String {
    (isSealedSecret ? root.at("spec", "template", "type") : root["type"])?.scalar ?? "Opaque"
  }

  /// The same for `immutable`.
  package var isImmutable: Bool {
    (isSealedSecret ? root.at("spec", "template", "immutable") : root["immutable"])?.scalar
      == "true"
  }
}
