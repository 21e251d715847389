/// Rules on `spec.template.data`, and on what the API server does with the rest.

internal import Kubernetes
internal import Manifests
internal import Text
internal import YAML

extension SealedSecretCheck {
  /// Fields of the SealedSecret itself that only a server sets.
  func ownFields() -> [Finding] {
    guard let version = root.at("metadata", "resourceVersion"), !version.isNull,
      version.scalar != ""
    else { return [] }
    return [
      report(
        "resource-version", .error, "metadata.resourceVersion is set",
        hint: "remove it; the API server creates no object that has one", at: version.location)
    ]
  }

  /// Entries that no Secret can have, that have no effect, or that do not fit the type.
  func templateEffects() -> [Finding] {
    let template = root.at("spec", "template")
    let type = template?["type"]?.scalar ?? ""
    return (template?["data"]?.entries ?? []).flatMap { entry -> [Finding] in
      guard let key = entry.key.scalar, entry.key.isReadAsWritten else { return [] }
      var found: [Finding] = []
      if let fault = KubernetesNames.faultOfKey(key) {
        found.append(
          report(
            "key-name", .error, "'\(key)' of spec.template.data \(fault)",
            hint: "rename the key; the API server refuses the whole Secret", at: entry.key.location)
        )
      }
      let isSealed = document.items.contains { $0.key === key }
      if isSealed, !entry.value.isNull, version.rendersSiblings {
        found.append(
          report(
            "template-without-effect", .warning,
            "'\(key)' of spec.template.data has had no effect since 0.37: the ciphertext under the same key wins",
            hint:
              "give the entry its own key, and let the pods read that",
            at: entry.value.location))
      }
      if entry.value.isNull, version.leavesNullOut {
        found.append(
          report(
            "null-value", .warning,
            "'\(key)' of spec.template.data is null, so the Secret has had no such key since 0.40",
            hint: "remove it, or write \"\" for an empty value", at: entry.value.location))
      }
      if !isSealed, KubernetesNames.keysOfJSON[type] == key, isOtherThanJSON(entry.value) {
        found.append(
          report(
            "value-of-type", .error, "'\(key)' is not a JSON object, which type '\(type)' needs",
            hint: "correct the text; the API server refuses the Secret", at: entry.value.location))
      }
      return found
    }
  }

  /// Whether a value is a text that is no JSON object, and that no controller makes one.
  private func isOtherThanJSON(_ value: Node) -> Bool {
    guard !value.isNull, let text = value.scalar, !text.holds("{{") else { return false }
    return !Array(text.utf8).withUnsafeBytes { isJSONObject($0) }
  }
}
