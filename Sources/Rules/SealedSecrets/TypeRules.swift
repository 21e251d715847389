/// Fields whose type the API server or the controller does not accept.

internal import GoTemplates
internal import Kubernetes
internal import Manifests
internal import Text
internal import YAML

extension SealedSecretCheck {
  /// The fields of an object's metadata (k8s.io/apimachinery `ObjectMeta`), and their types.
  private static let metadataFields: [String: FieldType] = [
    "name": .string, "namespace": .string, "generateName": .string, "selfLink": .string,
    "uid": .string, "resourceVersion": .string, "creationTimestamp": .time,
    "deletionTimestamp": .time, "generation": .integer, "deletionGracePeriodSeconds": .integer,
    "labels": .strings, "annotations": .strings, "finalizers": .list,
    "ownerReferences": .objects([
      "apiVersion": .string, "kind": .string, "name": .string, "uid": .string,
      "controller": .boolean, "blockOwnerDeletion": .boolean,
    ]),
    "managedFields": .objects([
      "manager": .string, "operation": .string, "apiVersion": .string, "time": .time,
      "fieldsType": .string, "fieldsV1": .mapping, "subresource": .string,
    ]),
  ]

  /// The fields that the schema of the CustomResourceDefinition checks; any other field reaches the
  /// controller unchecked.
  private static let fieldsOfTheSchema = [
    "name", "namespace", "labels", "annotations", "finalizers",
  ]

  func types() -> [Finding] {
    var found = metadata(root["metadata"], .object)
    guard let spec = root["spec"], !spec.isNull else { return found }
    let template = spec["template"]
    found += field(template, "spec.template", .mapping)
    found += metadata(template?["metadata"], .template)
    found += field(template?["type"], "spec.template.type", .string)
    found += field(template?["immutable"], "spec.template.immutable", .boolean)
    found += field(template?["data"], "spec.template.data", .strings)
    for entry in spec["encryptedData"]?.entries ?? [] where entry.value.isNull {
      found.append(
        report(
          "null-value", .warning,
          "'\(entry.key.scalar ?? "")' of spec.encryptedData is null, and the API server removes it",
          hint: "remove it, or seal its value; the Secret would not have the key",
          at: entry.value.location))
    }
    for entry in spec["encryptedData"]?.entries ?? []
    where entry.value.scalar != nil && !entry.value.isNull && entry.value.scalarType != .string {
      found.append(
        report(
          "field-type", .error,
          "'\(entry.key.scalar ?? "")' of spec.encryptedData is \(entry.value.kindName), not a string",
          hint: "quote it; because of one such value, the controller treats the whole map as empty",
          at: entry.value.location))
    }
    return found + templates(template)
  }

  /// The object that metadata is of: the SealedSecret, or the Secret that is made from it.
  private enum Owner { case object, template }

  private func metadata(_ node: Node?, _ owner: Owner) -> [Finding] {
    guard let node, !node.isNull else { return [] }
    let path = owner == .template ? "spec.template.metadata" : "metadata"
    guard let entries = node.entries else { return field(node, path, .mapping) }
    var found: [Finding] = []
    for entry in entries {
      guard let name = entry.key.scalar, let type = Self.metadataFields[name] else { continue }
      // The strings of labels and annotations have their own rule.
      if type == .strings, entry.value.entries != nil { continue }
      let isUnchecked = owner == .template && !Self.fieldsOfTheSchema.contains(name)
      found += field(
        entry.value, "\(path).\(name)", type, then: isUnchecked ? .controllerStops : .refused)
    }
    guard owner == .template else { return found + ownNames(node) }
    if let version = node["resourceVersion"], !version.isNull, version.scalar != "" {
      found.append(
        report(
          "template-metadata", .error, "\(path).resourceVersion is set",
          hint: "remove it; the API server creates no Secret that has one", at: version.location))
    }
    for item in node["finalizers"]?.items ?? [] {
      guard let text = item.scalar, item.scalarType == .string else { continue }
      guard !text.holds("/") || KubernetesNames.faultOfQualifiedName(text) != nil else {
        continue
      }
      found.append(
        report(
          "template-metadata", .error, "the finalizer '\(text)' is not a qualified name",
          hint: "remove it; the API server refuses the Secret", at: item.location))
    }
    return found
  }

  /// Names in the object's own metadata that the API server checks besides its name and namespace.
  private func ownNames(_ node: Node) -> [Finding] {
    let finalizers = (node["finalizers"]?.items ?? []).filter { item in
      item.scalarType == .string
        && item.scalar.map { KubernetesNames.faultOfQualifiedName($0) != nil } ?? false
    }
    var found = finalizers.map { item in
      report(
        "name", .error, "the finalizer '\(item.scalar ?? "")' is not a qualified name",
        hint: "remove it; the API server refuses the object", at: item.location)
    }
    if let prefix = node["generateName"], let text = prefix.scalar, !text.isEmpty,
      // The API server appends to it to make a name.
      KubernetesNames.faultOfSubdomain(text + "a") != nil
    {
      found.append(
        report(
          "name", .error, "generateName '\(text)' does not begin a name that Kubernetes accepts",
          hint: "give the object a name; the API server refuses it", at: prefix.location))
    }
    return found
  }

  private indirect enum FieldType: Equatable, Sendable {
    case string, boolean, integer, time, strings, list, mapping
    /// A list of mappings with these fields, and others.
    case objects([String: FieldType])

    var name: String {
      switch self {
      case .string: "a string"
      case .boolean: "true or false"
      case .integer: "a whole number"
      case .time: "a time such as 2026-01-31T12:00:00Z"
      case .strings: "a mapping of strings"
      case .list: "a list of strings"
      case .objects: "a list of objects with the types that Kubernetes knows"
      case .mapping: "a mapping"
      }
    }

    func takes(_ node: Node) -> Bool {
      switch self {
      case .string: node.scalarType == .string
      // Kubernetes decodes JSON, and `yes` has become a boolean by then.
      case .boolean: node.scalarType == .boolean
      case .integer: node.scalarType == .integer && node.scalar.map { Int64($0) != nil } ?? false
      case .time:
        node.scalarType == .string && node.scalar.map { isRFC3339($0) } ?? false
      case .strings:
        node.entries?.allSatisfy { $0.value.scalarType == .string || $0.value.isNull } ?? false
      case .list: node.items?.allSatisfy { $0.scalarType == .string } ?? false
      case .objects(let fields):
        node.items?.allSatisfy { item in
          item.entries?.allSatisfy { entry in
            guard let type = fields[entry.key.scalar ?? ""] else { return true }
            return entry.value.isNull || type.takes(entry.value)
          } ?? item.isNull
        } ?? false
      case .mapping: node.entries != nil
      }
    }
  }

  /// What happens to an object with a field of another type.
  private enum Consequence {
    /// The API server refuses it.
    case refused
    /// The API server takes it, and the controller can read no SealedSecret any more.
    case controllerStops
  }

  private func field(
    _ node: Node?, _ path: String, _ type: FieldType, then consequence: Consequence = .refused
  ) -> [Finding] {
    guard let node, !node.isNull, !type.takes(node) else { return [] }
    let what = type == .time && node.scalar != nil ? "an invalid time" : node.kindName
    let stops = consequence == .controllerStops
    return [
      report(
        stops ? "stops-controller" : "field-type", .error,
        "\(path) is \(what), not \(type.name)",
        hint: stops
          ? "remove it; with it, the controller could no longer read any SealedSecret of the whole cluster"
          : "correct it; the API server accepts nothing else", at: node.location)
    ]
  }

  private func templates(_ template: Node?) -> [Finding] {
    (template?["data"]?.entries ?? []).compactMap { entry in
      guard entry.key.isReadAsWritten else {
        return report(
          "template-data", .error,
          "the key '\(entry.key.scalar ?? "")' of spec.template.data is \(entry.key.kindName)",
          hint: "quote it; without quotes it is read as another text", at: entry.key.location)
      }
      guard let text = entry.value.scalar, let fault = GoTemplate.fault(in: text) else {
        return nil
      }
      return report(
        "template-data", .error,
        "'\(entry.key.scalar ?? "")' of spec.template.data cannot be rendered: \(fault)",
        hint: "correct the template; the controller makes no Secret from the whole object",
        at: entry.value.location)
    }
  }
}

/// Whether Go's `time.Parse` reads a text as a time of `time.RFC3339`.
///
/// That includes an hour of one digit and a fraction of a second.
private func isRFC3339(_ text: String) -> Bool {
  var rest = Array(text.utf8)[...]
  func isDigit(_ byte: UInt8) -> Bool { (48...57).contains(byte) }
  /// Reads a number with so many digits, and the character after it; nil if they are missing.
  func number(_ digits: ClosedRange<Int>, _ end: Character?) -> Int? {
    let found = rest.prefix { isDigit($0) }
    guard digits.contains(found.count) else { return nil }
    rest = rest.dropFirst(found.count)
    if let end {
      guard rest.first == end.asciiValue else { return nil }
      rest = rest.dropFirst()
    }
    return Int(String(decoding: found, as: UTF8.self))
  }
  guard let year = number(4...4, "-"), let month = number(2...2, "-"), let day = number(2...2, "T"),
    let hour = number(1...2, ":"), let minute = number(2...2, ":"), let second = number(2...2, nil)
  else { return false }
  let isLeap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
  let days = [31, isLeap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
  guard (1...12).contains(month), (1...days[month - 1]).contains(day), hour < 24, minute < 60,
    second < 60
  else { return false }
  if let point = rest.first, point == UInt8(ascii: ".") || point == UInt8(ascii: ",") {
    let fraction = rest.dropFirst().prefix { isDigit($0) }
    guard !fraction.isEmpty else { return false }
    rest = rest.dropFirst(1 + fraction.count)
  }
  guard let sign = rest.popFirst() else { return false }
  if sign == UInt8(ascii: "Z") { return rest.isEmpty }
  guard sign == UInt8(ascii: "+") || sign == UInt8(ascii: "-"), let hours = number(2...2, ":"),
    let minutes = number(2...2, nil)
  else { return false }
  return rest.isEmpty && hours <= 24 && minutes <= 60
}
