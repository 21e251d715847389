/// Names, scopes and metadata that the controller or the API server does not take as intended.

internal import Kubernetes
internal import Manifests
internal import YAML

extension SealedSecretCheck {
  func names() -> [Finding] {
    var found: [Finding] = []
    let metadata = root["metadata"]
    if let fault = KubernetesNames.faultOfSubdomain(document.name) {
      found.append(
        report(
          "name", .error, "the name '\(document.name)' \(fault)",
          hint: "change the name; the API server refuses it", at: metadata?["name"]?.location))
    }
    let namespace = document.namespacedName.namespace
    if namespace.isEmpty, document.scope != .clusterWide {
      found.append(
        report(
          "no-namespace", .error,
          "metadata.namespace is missing, but a \(document.scope.rawValue) ciphertext is bound to its namespace",
          hint: "set the namespace that it was sealed for", at: metadata?.location))
    } else if !namespace.isEmpty, let fault = KubernetesNames.faultOfLabel(namespace) {
      found.append(
        report(
          "name", .error, "the namespace '\(namespace)' \(fault)",
          hint: "change the namespace; the API server refuses it",
          at: metadata?["namespace"]?.location))
    }
    let template = root.at("spec", "template", "metadata")
    for (field, own) in [("name", document.name), ("namespace", namespace)] {
      guard let node = template?[field], let text = node.scalar, !text.isEmpty, text != own else {
        continue
      }
      found.append(
        report(
          "template-name", .warning, "spec.template.metadata.\(field) is '\(text)', not '\(own)'",
          hint: "make them equal; the controller ignores this one", at: node.location))
    }
    return found
  }

  func scopes() -> [Finding] {
    var found: [Finding] = []
    let own = root.at("metadata", "annotations")
    let template = root.at("spec", "template", "metadata", "annotations")
    for annotation in Scope.allCases.compactMap(\.annotation) {
      for node in [own?[annotation], template?[annotation]] {
        guard let node, node.scalar != "true" else { continue }
        found.append(
          report(
            "scope-annotation", .warning,
            "\(annotation) is '\(node.scalar ?? "")', which counts as absent",
            hint: "write \"true\" in quotes, or remove it", at: node.location))
      }
    }
    let inner = Scope(annotations: template?.stringEntries ?? [])
    if inner.isWider(than: document.scope) {
      found.append(
        report(
          "scope-annotation", .error,
          "spec.template says \(inner.rawValue), but the SealedSecret itself says \(document.scope.rawValue)",
          hint: "annotate both, or neither; the controller uses metadata.annotations to open it",
          at: template?.location))
    } else if document.scope.isWider(than: inner) {
      found.append(
        report(
          "scope-annotation", .warning,
          "the SealedSecret says \(document.scope.rawValue), but spec.template says \(inner.rawValue)",
          hint: "annotate both, as kubeseal does", at: own?.location))
    }
    return found
  }

  /// Labels and annotations that are not strings.
  func stringTypes() -> [Finding] {
    strings().compactMap { field, entry in
      guard entry.key.isReadAsWritten else {
        return report(
          "template-metadata", .error,
          "the key '\(entry.key.scalar ?? "")' of \(field) is \(entry.key.kindName)",
          hint: "quote it; without quotes it is read as another text", at: entry.key.location)
      }
      guard entry.value.scalarType != .string else { return nil }
      return report(
        "template-metadata", .error,
        "'\(entry.key.scalar ?? "")' of \(field) is \(entry.value.kindName), not a string",
        hint: "quote it; the API server accepts only strings", at: entry.value.location)
    }
  }

  /// Labels and annotations whose names or values the API server refuses.
  func stringNames() -> [Finding] {
    strings().compactMap { field, entry in
      guard let value = entry.value.scalar, entry.value.scalarType == .string else { return nil }
      let key = entry.key.scalar ?? ""
      let fault =
        field == "annotations"
        ? KubernetesNames.faultOfAnnotation(key)
        : KubernetesNames.faultOfQualifiedName(key) ?? KubernetesNames.faultOfLabelValue(value)
      return fault.map {
        report(
          "template-metadata", .error, "'\(key)' of \(field) \($0)",
          hint: "change it; the API server refuses it", at: entry.key.location)
      }
    }
  }

  /// The labels and annotations of the object and of its template.
  private func strings() -> [(field: String, entry: Node.Entry)] {
    ["labels", "annotations"].flatMap { field in
      [root["metadata"], root.at("spec", "template", "metadata")].flatMap { object in
        (object?[field]?.entries ?? []).map { (field, $0) }
      }
    }
  }
}
