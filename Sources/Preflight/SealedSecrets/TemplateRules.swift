/// What a controller makes of `spec.template.data`, and what the API server makes of the rest.

internal import Kubernetes
internal import Manifests
internal import Text
internal import YAML

extension SealedSecretCheck {
  /// Fields of the SealedSecret itself that only a server gives.
  func ownFields() -> [Finding] {
    guard let version = root.at("metadata", "resourceVersion"), !version.isNull,
      version.scalar != ""
    else { return [] }
    return [
      report(
        "resource-version", .error, "metadata.resourceVersion is set",
        hint: "the API server makes no object that has one; take it out", at: version.location)
    ]
  }

  /// Entries that no Secret can have, that have no effect, or that are not what the type wants.
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
            hint: "the API server refuses the whole Secret; rename the key", at: entry.key.location)
        )
      }
      let isSealed = document.items.contains { $0.key === key }
      if isSealed, !entry.value.isNull, version.rendersSiblings {
        found.append(
          report(
            "template-without-effect", .warning,
            "'\(key)' of spec.template.data has no effect since 0.37: the ciphertext of the same key wins",
            hint:
              "give the entry a key of its own, which the pods then read",
            at: entry.value.location))
      }
      if entry.value.isNull, version.leavesNullOut {
        found.append(
          report(
            "null-value", .warning,
            "'\(key)' of spec.template.data is null, and the Secret has no such key since 0.40",
            hint: "take it out; what is meant to be empty is \"\"", at: entry.value.location))
      }
      if !isSealed, !entry.value.isNull, KubernetesNames.keysOfJSON[type] == key,
        let text = entry.value.scalar,
        !text.holds("{{"), !Array(text.utf8).withUnsafeBytes({ isJSONObject($0) })
      {
        found.append(
          report(
            "value-of-type", .error, "'\(key)' is no JSON object, which type '\(type)' needs",
            hint: "the API server refuses the Secret; correct the text", at: entry.value.location))
      }
      return found
    }
  }
}
