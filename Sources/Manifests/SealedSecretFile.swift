/// SealedSecret files: read, created, and edited in place.

package import Kubernetes
internal import Text
package import YAML

/// A file of SealedSecrets, edited by byte range.
package struct SealedSecretFile: Sendable {
  private var editor: YAMLEditor
  package private(set) var documents: [SealedSecretDocument]
  /// The index of each document by its identity; of two equal ones, the first.
  private let places: [Identity: Int]
  private let byName: [Name: [Int]]

  /// What becomes of objects of another kind in the file.
  package enum OtherKinds {
    case refused, skipped
  }

  private struct Identity: Hashable {
    let name: Name
    let namespace: Name?

    init(_ name: String, _ namespace: String?) {
      self.name = Name(name)
      self.namespace = namespace.map { Name($0) }
    }
  }

  /// - Throws: `YAMLError` if the text is not YAML or contains something else.
  package init(_ source: SourceText, otherKinds: OtherKinds = .refused) throws(YAMLError) {
    editor = try YAMLEditor(source)
    var documents: [SealedSecretDocument] = []
    for (index, document) in editor.documents.enumerated() {
      guard let root = document.root else { continue }
      if otherKinds == .skipped, let kind = root["kind"]?.scalar, kind != "SealedSecret" {
        continue
      }
      documents.append(try SealedSecretDocument(root, index: index))
    }
    self.documents = documents
    places = Dictionary(
      documents.enumerated().map { (Identity($1.name, $1.namespace), $0) },
      uniquingKeysWith: { first, _ in first })
    byName = Dictionary(grouping: documents.indices) { Name(documents[$0].name) }
  }

  /// Gives documents without a namespace the one that they are built in.
  package mutating func place(in namespace: String) {
    documents = documents.map { $0.placed(in: namespace) }
  }

  package var bytes: [UInt8] { editor.bytes }
  /// The bytes that were read.
  package var originalBytes: [UInt8] { editor.original }

  /// The documents with a name, in any namespace.
  package func documents(named name: String) -> [SealedSecretDocument] {
    (byName[Name(name)] ?? []).map { documents[$0] }
  }

  package func document(name: String, namespace: String?) -> SealedSecretDocument? {
    places[Identity(name, namespace)].map { documents[$0] }
  }

  /// Applies changes to several documents, all or none.
  package mutating func apply(_ changes: [DocumentChanges]) throws(EditRefusal) {
    try editor.apply(changes)
  }

  /// The changes that turn a document into `content`: sets, removes `removing`, keeps all else.
  package func changes(
    of document: SealedSecretDocument, to content: SealedSecret, removing keys: [String]
  ) -> DocumentChanges {
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
    for field in ["labels", "annotations"] {
      changes += content.templateStrings(field).map {
        .set(metadata + [.key(field), .key($0.key)], .string($0.value))
      }
    }
    if let type = content.template.type { changes.append(.set(template + ["type"], .string(type))) }
    if let immutable = content.template.immutable {
      changes.append(
        .set(template + ["immutable"], .scalar(immutable ? "true" : "false", .boolean)))
    }
    return DocumentChanges(document: document.index, changes: changes)
  }

  /// Removes unwanted scope annotations, which would make the controller use another label.
  private func staleScopes(
    _ document: SealedSecretDocument, _ content: SealedSecret
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

  /// The changes that set items, template labels and template annotations of a document.
  ///
  /// Everything else stays, including the scope and its annotations.
  package func changes(
    merging items: [(key: String, value: SealedValue)], labels: [(key: String, value: String)] = [],
    annotations: [(key: String, value: String)] = [], into document: SealedSecretDocument
  ) -> DocumentChanges {
    let metadata: [PathStep] = ["spec", "template", "metadata"]
    let scopes = Scope.allCases.compactMap(\.annotation)
    var changes: [TreeChange] = items.map {
      .set(["spec", "encryptedData", .key($0.key)], .string($0.value.base64))
    }
    changes += labels.map { .set(metadata + ["labels", .key($0.key)], .string($0.value)) }
    changes += annotations.filter { !scopes.contains($0.key) }.map {
      .set(metadata + ["annotations", .key($0.key)], .string($0.value))
    }
    return DocumentChanges(document: document.index, changes: changes)
  }

  /// The type of the Secret that a document becomes.
  package func type(of document: SealedSecretDocument) -> String? {
    editor.root(document.index)?.at("spec", "template", "type")?.scalar
  }

  /// Whether a document has a mapping, even an empty one, at a path.
  package func has(_ path: [PathStep], _ document: SealedSecretDocument) -> Bool {
    editor.root(document.index)?.at(path)?.entries != nil
  }

  /// The changes that give a document another namespace or name, also in its template if set there.
  package func changes(
    moving document: SealedSecretDocument, namespace: String?, name: String?
  ) -> DocumentChanges {
    var changes: [TreeChange] = []
    for (field, value) in [("namespace", namespace), ("name", name)] {
      guard let value else { continue }
      changes.append(.set(["metadata", .key(field)], .string(value)))
      let inner: [PathStep] = ["spec", "template", "metadata", .key(field)]
      if editor.root(document.index)?.at(inner) != nil {
        changes.append(.set(inner, .string(value)))
      }
    }
    return DocumentChanges(document: document.index, changes: changes)
  }

  /// Adds documents at the end of the file.
  package mutating func append(_ contents: [SealedSecret]) throws(YAMLError) {
    guard !contents.isEmpty else { return }
    var bytes = editor.bytes
    if let last = bytes.last, last != 10 { bytes.append(10) }
    let text = Array("---\n".utf8) + SealedSecretFile.render(contents)
    bytes += text.flatMap { $0 == 10 ? editor.source.lineEnding : [$0] }
    editor = try YAMLEditor(SourceText(bytes))
  }

  /// Renders a new file, without folding.
  package static func render(_ secrets: [SealedSecret]) -> [UInt8] {
    var bytes: [UInt8] = []
    for secret in secrets {
      if !bytes.isEmpty { bytes += "---\n".utf8 }
      YAMLWriter.block(secret.tree(.yaml), indent: 0) { line in
        bytes += line.utf8
        bytes.append(10)
      }
    }
    return bytes
  }
}
