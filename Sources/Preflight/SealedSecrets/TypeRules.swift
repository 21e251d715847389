/// Fields whose type the API server or the controller does not take.

internal import Credentials
internal import Manifests
internal import YAML

extension SealedSecretCheck {
  /// The fields of an object's metadata (k8s.io/apimachinery `ObjectMeta`), and what each holds.
  private static let metadataFields: [String: FieldType] = [
    "name": .string, "namespace": .string, "generateName": .string, "selfLink": .string,
    "uid": .string, "resourceVersion": .string, "creationTimestamp": .time,
    "deletionTimestamp": .time, "generation": .integer, "deletionGracePeriodSeconds": .integer,
    "labels": .strings, "annotations": .strings, "finalizers": .list, "ownerReferences": .objects,
    "managedFields": .objects,
  ]

  /// The fields that the schema of the CustomResourceDefinition looks at; any other reaches the
  /// controller as it is.
  private static let fieldsOfTheSchema = [
    "name", "namespace", "labels", "annotations", "finalizers",
  ]

  func types() -> [Finding] {
    var found = metadata(root["metadata"], "metadata", isTemplate: false)
    guard let spec = root["spec"], !spec.isNull else { return found }
    let template = spec["template"]
    found += field(template, "spec.template", .mapping)
    found += metadata(template?["metadata"], "spec.template.metadata", isTemplate: true)
    found += field(template?["type"], "spec.template.type", .string)
    found += field(template?["immutable"], "spec.template.immutable", .boolean)
    found += field(template?["data"], "spec.template.data", .strings)
    for entry in spec["encryptedData"]?.entries ?? []
    where entry.value.scalar != nil && entry.value.scalarType != .string {
      found.append(
        report(
          "field-type", .error,
          "'\(entry.key.scalar ?? "")' of spec.encryptedData is \(entry.value.kindName), not a string",
          hint: "quote it; the controller takes a map with one such value for an empty one",
          at: entry.value.location))
    }
    return found + templates(template)
  }

  private func metadata(_ node: Node?, _ path: String, isTemplate: Bool) -> [Finding] {
    guard let node, !node.isNull else { return [] }
    guard let entries = node.entries else { return field(node, path, .mapping) }
    var found: [Finding] = []
    for entry in entries {
      guard let name = entry.key.scalar, let type = Self.metadataFields[name] else { continue }
      // The strings of labels and annotations have a rule of their own.
      if type == .strings, entry.value.entries != nil { continue }
      let stops = isTemplate && !Self.fieldsOfTheSchema.contains(name)
      found += field(entry.value, "\(path).\(name)", type, stopsController: stops)
    }
    guard isTemplate else { return found }
    if let version = node["resourceVersion"], !version.isNull, version.scalar != "" {
      found.append(
        report(
          "template-metadata", .error, "\(path).resourceVersion is set",
          hint: "the API server makes no Secret that has one; take it out", at: version.location))
    }
    for item in node["finalizers"]?.items ?? [] {
      guard let text = item.scalar, item.scalarType == .string else { continue }
      guard !text.contains("/") || KubernetesNames.faultOfQualifiedName(text) != nil else {
        continue
      }
      found.append(
        report(
          "template-metadata", .error, "the finalizer '\(text)' is no qualified name",
          hint: "the API server refuses the Secret; take it out", at: item.location))
    }
    return found
  }

  private enum FieldType: Equatable {
    case string, boolean, integer, time, strings, list, objects, mapping

    var name: String {
      switch self {
      case .string: "a string"
      case .boolean: "true or false"
      case .integer: "a whole number"
      case .time: "a time such as 2026-01-31T12:00:00Z"
      case .strings: "a mapping of strings"
      case .list: "a list of strings"
      case .objects: "a list"
      case .mapping: "a mapping"
      }
    }

    func takes(_ node: Node) -> Bool {
      switch self {
      case .string: node.scalarType == .string
      // Kubernetes decodes JSON, and `yes` has become a boolean by then.
      case .boolean: node.scalarType == .boolean
      case .integer: node.scalarType == .integer
      case .time:
        node.scalarType == .string && node.scalar.map { isRFC3339($0) } ?? false
      case .strings:
        node.entries?.allSatisfy { $0.value.scalarType == .string || $0.value.isNull } ?? false
      case .list: node.items?.allSatisfy { $0.scalarType == .string } ?? false
      case .objects: node.items?.allSatisfy { $0.entries != nil } ?? false
      case .mapping: node.entries != nil
      }
    }
  }

  private func field(
    _ node: Node?, _ path: String, _ type: FieldType, stopsController: Bool = false
  ) -> [Finding] {
    guard let node, !node.isNull, !type.takes(node) else { return [] }
    let what = type == .time && node.scalar != nil ? "no time" : node.kindName
    return [
      report(
        stopsController ? "stops-controller" : "field-type", .error,
        "\(path) is \(what), not \(type.name)",
        hint: stopsController
          ? "take it out: the controller could read no SealedSecret of the whole cluster any more"
          : "correct it; the API server takes nothing else", at: node.location)
    ]
  }

  private func templates(_ template: Node?) -> [Finding] {
    (template?["data"]?.entries ?? []).compactMap { entry in
      guard let text = entry.value.scalar, let fault = GoTemplate.fault(in: text) else {
        return nil
      }
      return report(
        "template-data", .error,
        "'\(entry.key.scalar ?? "")' of spec.template.data cannot be rendered: \(fault)",
        hint: "the controller makes no Secret of the whole object; correct the template",
        at: entry.value.location)
    }
  }
}

/// Whether a text is a time as Go's `time.RFC3339` reads one.
private func isRFC3339(_ text: String) -> Bool {
  let pattern = Array("0000-00-00T00:00:00".utf8)
  let bytes = Array(text.utf8)
  guard bytes.count > pattern.count else { return false }
  func isDigit(_ byte: UInt8) -> Bool { (48...57).contains(byte) }
  func matches(_ bytes: ArraySlice<UInt8>, _ pattern: [UInt8]) -> Bool {
    bytes.count == pattern.count
      && zip(bytes, pattern).allSatisfy { $1 == 48 ? isDigit($0) : $0 == $1 }
  }
  func number(_ range: Range<Int>) -> Int {
    Int(String(decoding: bytes[range], as: UTF8.self)) ?? -1
  }
  guard matches(bytes[..<pattern.count], pattern), (1...12).contains(number(5..<7)),
    number(11..<13) < 24, number(14..<16) < 60, number(17..<19) < 60
  else { return false }
  let (year, month) = (number(0..<4), number(5..<7))
  let isLeap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
  let days = [31, isLeap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31][month - 1]
  guard (1...days).contains(number(8..<10)) else { return false }
  var rest = bytes[pattern.count...]
  if rest.first == UInt8(ascii: ".") || rest.first == UInt8(ascii: ",") {
    rest = rest.dropFirst()
    let fraction = rest.prefix { isDigit($0) }
    guard !fraction.isEmpty else { return false }
    rest = rest.dropFirst(fraction.count)
  }
  if rest.elementsEqual("Z".utf8) { return true }
  guard let sign = rest.first, sign == UInt8(ascii: "+") || sign == UInt8(ascii: "-") else {
    return false
  }
  return matches(rest.dropFirst(), Array("00:00".utf8))
}
