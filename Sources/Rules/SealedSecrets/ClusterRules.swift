/// What a cluster does with a SealedSecret that it can open: sizes, types and ownership.

internal import Kubernetes
internal import Manifests
internal import Text
internal import YAML

extension SealedSecretCheck {
  /// The limit for the values of a Secret (k8s.io/api core/v1 `MaxSecretSize`), in bytes.
  private static let maximumData = 1 << 20
  /// The limit for annotations (k8s.io/apimachinery `TotalAnnotationSizeLimitB`), in bytes.
  private static let maximumAnnotations = 256 << 10

  func sizes() -> [Finding] {
    var found: [Finding] = []
    let data = dataSize()
    if data > Self.maximumData {
      found.append(
        report(
          "too-large", .error,
          "its values have \(data) bytes in all; a Secret may have at most \(Self.maximumData)",
          hint: "split the Secret; the API server refuses it",
          at: root.at("spec", "encryptedData")?.location))
    }
    for (metadata, path) in [
      (root["metadata"], "metadata"),
      (root.at("spec", "template", "metadata"), "spec.template.metadata"),
    ] {
      let size = (metadata?["annotations"]?.stringEntries ?? []).reduce(0) {
        $0 + $1.key.utf8.count + $1.value.utf8.count
      }
      guard size > Self.maximumAnnotations else { continue }
      found.append(
        report(
          "too-large", .error,
          "the annotations of \(path) have \(size) bytes; at most \(Self.maximumAnnotations) are allowed",
          hint: "remove the large ones; the API server refuses the object",
          at: metadata?["annotations"]?.location))
    }
    return found
  }

  /// The number of bytes of the values; only an upper bound if that is already below the limit.
  private func dataSize() -> Int {
    let sealed =
      plainSize + document.items.reduce(0) { $0 + $1.base64.utf8.count / 4 * 3 }
    guard sealed > Self.maximumData else { return sealed }
    let rendered = Set(
      (root.at("spec", "template", "data")?.entries ?? []).compactMap(\.key.scalar).map { Name($0) }
    )
    return document.items.filter { !rendered.contains(Name($0.key)) }.reduce(plainSize) {
      sum, item in
      sum + ((try? SealedFormat(base64: item.base64))?.plaintextLength ?? 0)
    }
  }

  /// The number of bytes of the entries of `spec.template.data` that are not rendered.
  private var plainSize: Int {
    (root.at("spec", "template", "data")?.entries ?? []).reduce(0) { sum, entry in
      guard let text = entry.value.scalar, !entry.value.isNull, !text.holds("{{"),
        !document.items.contains(where: { $0.key === entry.key.scalar })
      else { return sum }
      return sum + text.utf8.count
    }
  }

  /// What the API server requires of a Secret because of its type.
  func type() -> [Finding] {
    guard let template = root.at("spec", "template"), let node = template["type"],
      let type = node.scalar
    else { return [] }
    let entries = template["data"]?.entries ?? []
    let nulls = entries.filter { $0.value.isNull && version.leavesNullOut }.compactMap(\.key.scalar)
    let keys = (document.items.map(\.key) + entries.compactMap(\.key.scalar)).filter {
      !nulls.includes($0)
    }
    var found: [Finding] = []
    if let missing = KubernetesNames.missingKeys(type: type, keys: keys) {
      found.append(
        report(
          "template-type", .error, "type '\(type)' needs \(missing)",
          hint: "add it; the API server refuses the Secret without it", at: node.location))
    }
    let annotations = template.at("metadata", "annotations")?.stringEntries ?? []
    if let annotation = KubernetesNames.requiredAnnotations[type],
      annotations.first(where: { $0.key == annotation })?.value.isEmpty ?? true
    {
      found.append(
        report(
          "template-type", .error, "type '\(type)' needs the annotation \(annotation)",
          hint: "add it; the API server refuses the Secret without it", at: node.location))
    }
    return found
  }

  func ownership() -> [Finding] {
    let annotations = root.at("spec", "template", "metadata", "annotations")
    guard let fault = SecretOwnership.fault(annotations?.stringEntries ?? []) else { return [] }
    return [
      report(
        "never-updated", .error, fault, hint: SecretOwnership.hint,
        at: annotations?[SecretOwnership.skips]?.location)
    ]
  }
}
