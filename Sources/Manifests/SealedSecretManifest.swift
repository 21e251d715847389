/// SealedSecret files: read, written new, and edited in place.

package import Sealing
package import YAML

/// What one SealedSecret should be.
package struct SealedSecretContent: Sendable {
  package var name: String
  /// Absent only where the scope is cluster-wide.
  package var namespace: String?
  /// Annotations of the SealedSecret itself: for GitOps, the scope, the rotation.
  package var annotations: [(key: String, value: String)]
  package var templateLabels: [(key: String, value: String)]
  package var templateAnnotations: [(key: String, value: String)]
  package var type: String?
  package var immutable: Bool?
  /// The items in the order of the template.
  package var items: [(key: String, value: SealedValue)]

  package init(
    name: String, namespace: String?, annotations: [(key: String, value: String)],
    templateLabels: [(key: String, value: String)],
    templateAnnotations: [(key: String, value: String)], type: String?, immutable: Bool?,
    items: [(key: String, value: SealedValue)]
  ) {
    self.name = name
    self.namespace = namespace
    self.annotations = annotations
    self.templateLabels = templateLabels
    self.templateAnnotations = templateAnnotations
    self.type = type
    self.immutable = immutable
    self.items = items
  }
}

/// A file of SealedSecrets, edited by byte range.
package struct SealedSecretManifest: Sendable {
  private var editor: YAMLEditor
  package let documents: [SealedSecretDocument]

  /// - Parameter passesBy: whether objects of another kind are left alone, and not refused.
  /// - Throws: `YAMLError` where the text is not YAML or holds something else.
  package init(_ source: SourceText, passesBy: Bool = false) throws(YAMLError) {
    editor = try YAMLEditor(source)
    var documents: [SealedSecretDocument] = []
    for (index, document) in editor.documents.enumerated() {
      guard let root = document.root else { continue }
      if passesBy, let kind = root["kind"]?.scalar, kind != "SealedSecret" { continue }
      documents.append(try SealedSecretDocument(root, index: index))
    }
    self.documents = documents
  }

  package var bytes: [UInt8] { editor.bytes }
  /// The bytes that were read.
  package var originalBytes: [UInt8] { editor.original }

  package func document(name: String, namespace: String?) -> SealedSecretDocument? {
    documents.first { $0.name == name && $0.namespace == namespace }
  }

  /// Brings a document to `content`: sets what differs, takes out `removing`, keeps all else.
  package mutating func update(
    _ document: SealedSecretDocument, to content: SealedSecretContent, removing keys: [String]
  ) throws(EditRefusal) {
    let template: [PathStep] = ["spec", "template"]
    var changes: [TreeChange] = content.items.map {
      .set(["spec", "encryptedData", .key($0.key)], .string($0.value.base64))
    }
    changes += keys.map { .remove(["spec", "encryptedData", .key($0)]) }
    changes += content.annotations.map {
      .set(["metadata", "annotations", .key($0.key)], .string($0.value))
    }
    let metadata = template + ["metadata"]
    changes += staleScopes(document, content)
    changes += content.templateLabels.map {
      .set(metadata + ["labels", .key($0.key)], .string($0.value))
    }
    changes += content.templateAnnotations.map {
      .set(metadata + ["annotations", .key($0.key)], .string($0.value))
    }
    if let type = content.type { changes.append(.set(template + ["type"], .string(type))) }
    if let immutable = content.immutable {
      changes.append(
        .set(template + ["immutable"], .scalar(immutable ? "true" : "false", .boolean)))
    }
    try editor.apply(changes, document: document.index)
  }

  /// A scope annotation that is not wanted would make the controller use another label.
  private func staleScopes(
    _ document: SealedSecretDocument, _ content: SealedSecretContent
  ) -> [TreeChange] {
    let wanted = Set(content.annotations.map(\.key))
    let places: [[PathStep]] = [
      ["metadata", "annotations"], ["spec", "template", "metadata", "annotations"],
    ]
    return places.flatMap { path -> [TreeChange] in
      let present = editor.root(document.index)?.at(path)?.stringEntries ?? []
      return Scope.allCases.compactMap(\.annotation).filter { annotation in
        !wanted.contains(annotation) && present.contains { $0.key == annotation }
      }.map { .remove(path + [.key($0)]) }
    }
  }

  /// Sets items, template labels and template annotations of a document; keeps all else, the scope
  /// and its annotations too.
  package mutating func merge(
    _ items: [(key: String, value: SealedValue)], labels: [(key: String, value: String)],
    annotations: [(key: String, value: String)], into document: SealedSecretDocument
  ) throws(EditRefusal) {
    let metadata: [PathStep] = ["spec", "template", "metadata"]
    let scopes = Scope.allCases.compactMap(\.annotation)
    var changes: [TreeChange] = items.map {
      .set(["spec", "encryptedData", .key($0.key)], .string($0.value.base64))
    }
    changes += labels.map { .set(metadata + ["labels", .key($0.key)], .string($0.value)) }
    changes += annotations.filter { !scopes.contains($0.key) }.map {
      .set(metadata + ["annotations", .key($0.key)], .string($0.value))
    }
    try editor.apply(changes, document: document.index)
  }

  /// Whether a document has a mapping at a path, be it empty.
  package func has(_ path: [PathStep], _ document: SealedSecretDocument) -> Bool {
    editor.root(document.index)?.at(path)?.entries != nil
  }

  /// Gives a document another namespace or name, in its template too where that has one.
  package mutating func move(
    _ document: SealedSecretDocument, namespace: String?, name: String?
  ) throws(EditRefusal) {
    var changes: [TreeChange] = []
    for (field, value) in [("namespace", namespace), ("name", name)] {
      guard let value else { continue }
      changes.append(.set(["metadata", .key(field)], .string(value)))
      let inner: [PathStep] = ["spec", "template", "metadata", .key(field)]
      if editor.root(document.index)?.at(inner) != nil {
        changes.append(.set(inner, .string(value)))
      }
    }
    try editor.apply(changes, document: document.index)
  }

  /// Adds a document at the end of the file.
  package mutating func append(_ content: SealedSecretContent) throws(YAMLError) {
    var bytes = editor.bytes
    if let last = bytes.last, last != 10 { bytes.append(10) }
    let text = Array("---\n".utf8) + SealedSecretManifest.render([content])
    bytes += text.flatMap { $0 == 10 ? editor.source.lineEnding : [$0] }
    editor = try YAMLEditor(SourceText(bytes))
  }

  /// A new file: apiVersion, kind, metadata, encryptedData, template in that order, not folded.
  package static func render(_ contents: [SealedSecretContent]) -> [UInt8] {
    let documents = contents.map { content in
      YAMLWriter.block(tree(content), indent: 0).map { $0 + "\n" }.joined()
    }
    return Array(documents.joined(separator: "---\n").utf8)
  }

  private static func tree(_ content: SealedSecretContent) -> Tree {
    func strings(_ pairs: [(key: String, value: String)]) -> Tree {
      .map(pairs.map { ($0.key, .string($0.value)) })
    }
    var identity: [(String, Tree)] = [("name", .string(content.name))]
    if let namespace = content.namespace { identity.append(("namespace", .string(namespace))) }
    var metadata = identity
    if !content.annotations.isEmpty {
      metadata.append(("annotations", strings(content.annotations)))
    }
    if !content.templateLabels.isEmpty {
      identity.append(("labels", strings(content.templateLabels)))
    }
    if !content.templateAnnotations.isEmpty {
      identity.append(("annotations", strings(content.templateAnnotations)))
    }
    var template: [(String, Tree)] = [("metadata", .map(identity))]
    if let immutable = content.immutable {
      template.append(("immutable", .scalar(immutable ? "true" : "false", .boolean)))
    }
    if let type = content.type { template.append(("type", .string(type))) }
    return .map([
      ("apiVersion", .string("bitnami.com/v1alpha1")),
      ("kind", .string("SealedSecret")),
      ("metadata", .map(metadata)),
      (
        "spec",
        .map([
          ("encryptedData", strings(content.items.map { ($0.key, $0.value.base64) })),
          ("template", .map(template)),
        ])
      ),
    ])
  }
}
