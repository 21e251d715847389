/// A Secret as the controller would make it, its values still wiped with their owner.

internal import Cryptography
internal import Manifests
internal import Recovery
internal import Sealing
internal import YAML

struct OpenedSecret {
  private let metadata: Tree
  private let type: String?
  private let immutable: Bool?
  private var data: [(key: String, value: SecretBytes)]

  /// Opens every item; what cannot be opened is added to `faults`.
  init(
    _ document: SealedSecretDocument, _ root: Node, keys: [RSAPrivateKey], file: String,
    _ faults: inout [Diagnostic]
  ) throws {
    let template = root.at("spec", "template")
    var pairs: [Tree.Pair] = [.init(key: .string("name"), value: .string(document.name))]
    if let namespace = document.namespace {
      pairs.append(.init(key: .string("namespace"), value: .string(namespace)))
    }
    // Name and namespace of the output are the SealedSecret's own, whatever the template says.
    for entry in template?["metadata"]?.entries ?? []
    where !["name", "namespace"].contains(entry.key.scalar ?? "") {
      if !entry.value.isNull { pairs.append(.init(key: Tree(entry.key), value: Tree(entry.value))) }
    }
    if !skipsOwner(template) { pairs.append(OpenedSecret.owner(document, root)) }
    metadata = .mapping(pairs)
    type = template?["type"]?.scalar.flatMap { $0.isEmpty ? nil : $0 }
    immutable = template?["immutable"]?.scalar.map { $0 == "true" }
    data = []
    for item in document.items {
      do throws(any Error) {
        let value = try unseal(
          item.base64, scope: document.scope, namespace: document.namespace ?? "",
          name: document.name, keys: keys)
        data.append((item.key, value))
      } catch let failure as UnsealFailure {
        faults.append(OpenedSecret.diagnostic(failure, item.key, document, file, item.location))
      }
    }
    for entry in template?["data"]?.entries ?? [] {
      let key = entry.key.scalar ?? ""
      guard let text = entry.value.scalar, let value = SecretTemplate.render(text, data) else {
        faults.append(
          Diagnostic(
            "spec.template.data '\(key)' uses more than plain fields such as {{ .password }}",
            hint: "only the controller can render it", file: file, location: entry.value.location))
        continue
      }
      data.removeAll { $0.key == key }
      data.append((key, value))
    }
    if let deprecated = root.at("spec", "data"), !deprecated.isNull {
      faults.append(
        Diagnostic(
          "spec.data is the old format, which this version cannot open",
          hint: "open it with kubeseal --recovery-unseal", file: file, location: deprecated.location
        ))
    }
  }

  /// The reference that the controller sets, as kubeseal prints it: without a uid, which only a
  /// cluster knows.
  private static func owner(_ document: SealedSecretDocument, _ root: Node) -> Tree.Pair {
    .init(
      key: .string("ownerReferences"),
      value: .sequence([
        .map([
          ("apiVersion", .string(root["apiVersion"]?.scalar ?? "")),
          ("kind", .string(root["kind"]?.scalar ?? "")),
          ("name", .string(document.name)),
          ("uid", .string("")),
          ("controller", .scalar("true", .boolean)),
        ])
      ]))
  }

  func print(_ format: ManifestFormat) {
    var head: [(String, Tree)] = [
      ("apiVersion", .string("v1")), ("kind", .string("Secret")), ("metadata", metadata),
    ]
    if let type { head.append(("type", .string(type))) }
    if let immutable { head.append(("immutable", .scalar(immutable ? "true" : "false", .boolean))) }
    switch format {
    case .yaml:
      Terminal.output("---\n" + YAMLWriter.block(.map(head), indent: 0).map { $0 + "\n" }.joined())
      Terminal.output(data.isEmpty ? "data: {}\n" : "data:\n")
      for (key, value) in data {
        Terminal.output("  \(YAMLWriter.scalar(key)): ")
        Terminal.outputSecret(Base64.encode(value))
        Terminal.output(value.count == 0 ? "\"\"\n" : "\n")
      }
    case .json:
      Terminal.output(
        String(YAMLWriter.inline(.map(head), quoting: true).dropLast()) + ", \"data\": {")
      for (index, (key, value)) in data.enumerated() {
        Terminal.output("\(index > 0 ? ", " : "")\(YAMLWriter.quoted(key)): \"")
        Terminal.outputSecret(Base64.encode(value))
        Terminal.output("\"")
      }
      Terminal.output("}}\n")
    }
  }

  private static func diagnostic(
    _ failure: UnsealFailure, _ key: String, _ document: SealedSecretDocument, _ file: String,
    _ location: Location
  ) -> Diagnostic {
    switch failure {
    case .notBase64:
      Diagnostic(
        "'\(key)' is not base64", hint: "the file was damaged", file: file, location: location)
    case .truncated:
      Diagnostic(
        "'\(key)' is cut off", hint: "the file was damaged", file: file, location: location)
    case .noKeyOpensIt:
      Diagnostic(
        "'\(key)' of '\(document.name)' is opened by none of the keys",
        hint: "it was sealed for another key, name, namespace or scope, or it was changed",
        file: file, location: location)
    }
  }
}

/// The plain field references of a Go template.
enum SecretTemplate {
  /// `text` with every `{{ .key }}` replaced; nil where it has anything else in braces.
  static func render(_ text: String, _ data: [(key: String, value: SecretBytes)]) -> SecretBytes? {
    var pieces: [SecretBytes] = []
    func literal(_ text: Substring) {
      pieces.append(Array(text.utf8).withUnsafeBytes { SecretBytes(copying: $0) })
    }
    var rest = text[...]
    while let open = rest.firstRange(of: "{{") {
      literal(rest[..<open.lowerBound])
      guard let close = rest[open.upperBound...].firstRange(of: "}}") else { return nil }
      let field = rest[open.upperBound..<close.lowerBound].filter { $0 != " " }
      guard field.hasPrefix("."), let value = data.first(where: { "." + $0.key == field })?.value,
        field.dropFirst().allSatisfy({ $0.isLetter || $0.isNumber || $0 == "_" })
      else { return nil }
      pieces.append(value)
      rest = rest[close.upperBound...]
    }
    literal(rest)
    return SecretBytes(count: pieces.reduce(0) { $0 + $1.count }) { output in
      var position = 0
      for piece in pieces {
        piece.withBytes {
          UnsafeMutableRawBufferPointer(rebasing: output[position..<position + $0.count])
            .copyMemory(from: $0)
        }
        position += piece.count
      }
    }
  }
}

/// Whether the template asks for a Secret that no SealedSecret owns.
private func skipsOwner(_ template: Node?) -> Bool {
  template?.at("metadata", "annotations", "sealedsecrets.bitnami.com/skip-set-owner-references")?
    .scalar
    == "true"
}
