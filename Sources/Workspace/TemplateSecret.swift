/// One Secret of a template, read as strictly as the API server would.

internal import Kubernetes
internal import Text
internal import YAML

extension TemplateSecret {
  init(_ root: Node, source: SourceText, names: Set<Name>) throws(YAMLError) {
    try root.visitChecked { node throws(YAMLError) in
      if case .alias = node.content {
        throw YAMLError("templates cannot use aliases; write the value out", at: node.location)
      }
      if node.anchor != nil {
        throw YAMLError("templates cannot use anchors; write the value out", at: node.location)
      }
    }
    let reader = try MappingReader(root, "the Secret", keys: Template.fields)
    guard try reader.string("apiVersion") == "v1" else {
      throw YAMLError("'apiVersion' must be 'v1'", at: (reader["apiVersion"] ?? root).location)
    }
    guard try reader.string("kind") == "Secret" else {
      let found = reader["kind"]?.scalar.map { ", not '\($0)'" } ?? ""
      throw YAMLError("'kind' must be 'Secret'\(found)", at: (reader["kind"] ?? root).location)
    }
    if let data = reader["data"] {
      throw YAMLError("a template uses 'stringData', not 'data'", at: data.location)
    }
    let metadata = try Template.metadata(of: "Secret", root, reader)
    (name, namespace) = (metadata.name, metadata.namespace)
    builtName = metadata.name
    type = try reader.string("type")
    immutable = try reader.boolean("immutable")
    labels = try TemplateSecret.labels(metadata.reader)
    annotations = try TemplateSecret.annotations(metadata.reader)
    items = try TemplateSecret.items(reader, source: source, names: names)
    role = nil
    pair = nil
    location = root.location
    try checkKeys()
    try checkType(at: (reader["type"] ?? root).location)
  }

  /// The prefix of moltseal's own annotations.
  private static let ownPrefix = "moltseal.dev/"

  static func labels(
    _ reader: MappingReader
  ) throws(YAMLError) -> [(key: String, value: String)] {
    var labels: [(key: String, value: String)] = []
    for pair in try reader.stringMap("labels") {
      if let fault = KubernetesNames.faultOfQualifiedName(pair.key) {
        throw YAMLError("the label '\(pair.key)' \(fault)", at: pair.keyNode.location)
      }
      if pair.key.begins(with: ownPrefix) {
        throw YAMLError(
          "the label '\(pair.key)' uses a prefix that is reserved for moltseal",
          at: pair.keyNode.location)
      }
      if let fault = KubernetesNames.faultOfLabelValue(pair.value) {
        throw YAMLError("the value of label '\(pair.key)' \(fault)", at: pair.valueNode.location)
      }
      labels.append((pair.key, pair.value))
    }
    return labels
  }

  static func annotations(
    _ reader: MappingReader
  ) throws(YAMLError) -> [(key: String, value: String)] {
    var annotations: [(key: String, value: String)] = []
    var size = 0
    for pair in try reader.stringMap("annotations") {
      if let fault = KubernetesNames.faultOfAnnotation(pair.key) {
        throw YAMLError("the annotation '\(pair.key)' \(fault)", at: pair.keyNode.location)
      }
      if pair.key.begins(with: ownPrefix) {
        throw YAMLError(
          "the annotation '\(pair.key)' is reserved: moltseal writes it when it seals",
          at: pair.keyNode.location)
      }
      size += pair.key.utf8.count + pair.value.utf8.count
      annotations.append((pair.key, pair.value))
    }
    if let fault = SecretOwnership.fault(annotations) {
      throw YAMLError(
        "\(fault); \(SecretOwnership.hint)", at: (reader["annotations"] ?? reader.node).location)
    }
    if size > 256 << 10 {
      throw YAMLError(
        "the annotations are larger than 256 KiB",
        at: (reader["annotations"] ?? reader.node).location)
    }
    return annotations
  }

  private static func items(
    _ reader: MappingReader, source: SourceText, names: Set<Name>
  ) throws(YAMLError) -> [TemplateItem] {
    var items: [TemplateItem] = []
    var size = 0
    for pair in try reader.stringMap("stringData") {
      if let fault = KubernetesNames.faultOfKey(pair.key) {
        throw YAMLError("the key '\(pair.key)' \(fault)", at: pair.keyNode.location)
      }
      size += pair.value.utf8.count
      let expression = try expression(
        pair.value, of: pair.key, at: pair.valueNode, source: source, names: names)
      items.append(
        TemplateItem(key: pair.key, expression: expression, location: pair.keyNode.location))
    }
    guard !items.isEmpty else {
      throw YAMLError("the Secret has no 'stringData'", at: reader.node.location)
    }
    if size > Template.maximumSize {
      throw YAMLError("the Secret is larger than 1 MiB", at: reader.node.location)
    }
    return items
  }

  /// The expression of one key, which must be secret and complete.
  private static func expression(
    _ text: String, of key: String, at node: Node, source: SourceText, names: Set<Name>
  ) throws(YAMLError) -> Expression {
    let expression: Expression
    do throws(Expression.Fault) {
      expression = try Expression(text, names: names)
    } catch {
      throw YAMLError(
        error.message, at: placeholderLocation(error.placeholder, node, source))
    }
    let isPublic = expression.parts.contains { part in
      switch part {
      case .publicKey, .keySet: true
      case .literal, .value, .previous, .role: false
      }
    }
    if isPublic {
      throw YAMLError(
        "'\(key)' is public and is not sealed; move it to a template of kind ConfigMap",
        at: node.location)
    }
    if let placeholder = expression.placeholder(key: key) {
      throw YAMLError(
        "'\(key)' has the placeholder '\(placeholder)', which would be sealed literally; write the ${NAME} of a credential, or the real value",
        at: node.location)
    }
    return expression
  }

  /// The location of the n-th `${` of a value in the file.
  private static func placeholderLocation(
    _ placeholder: Int, _ node: Node, _ source: SourceText
  ) -> Location {
    var found = -1
    for offset in node.range.dropLast()
    where source.bytes[offset] == UInt8(ascii: "$")
      && source.bytes[offset + 1] == UInt8(ascii: "{")
    {
      found += 1
      if found == placeholder { return source.location(at: offset) }
    }
    return node.location
  }

  private func checkType(at location: Location) throws(YAMLError) {
    guard let type else { return }
    if let missing = KubernetesNames.missingKeys(type: type, keys: items.map(\.key)) {
      throw YAMLError("type '\(type)' needs \(missing)", at: location)
    }
    if let annotation = KubernetesNames.requiredAnnotations[type],
      annotations.first(where: { $0.key == annotation })?.value.isEmpty ?? true
    {
      throw YAMLError("type '\(type)' needs the annotation \(annotation)", at: location)
    }
  }
}
