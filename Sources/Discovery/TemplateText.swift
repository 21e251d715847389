/// The text of a template that `init` proposes.

internal import Kubernetes
internal import Text
internal import Workspace
internal import YAML

struct TemplateText {
  let secret: PlacedSecret
  let items: [DraftedItem]
  /// Whether each template of the workspace states its own namespace.
  let isMixed: Bool

  var bytes: [UInt8] {
    var lines = [
      "# Made today by \(secret.target.place.path) as '\(secret.own)'; written by moltseal init."
    ]
    lines += YAMLWriter.block(.map(fields), indent: 0) + ["stringData:"]
    for item in items {
      if let question = item.decide {
        lines.append("  # decide: \(WorkspaceDraft.visible(question))")
      }
      lines += YAMLWriter.block(.map([(item.key, .string(item.text))]), indent: 2)
    }
    return Array(lines.map { $0 + "\n" }.joined().utf8)
  }

  private var fields: [(String, Tree)] {
    var fields: [(String, Tree)] = [
      ("apiVersion", .string("v1")), ("kind", .string("Secret")), ("metadata", .map(metadata)),
    ]
    if let type = secret.secret.type { fields.append(("type", .string(type))) }
    if secret.secret.mutability == .immutable {
      fields.append(("immutable", .scalar("true", .boolean)))
    }
    return fields
  }

  private var metadata: [(String, Tree)] {
    var metadata: [(String, Tree)] = [("name", .string(secret.own))]
    // moltseal.yml has the namespace that a target is deployed to, and a template overrides it.
    let isUnknown = isMixed && secret.target.namespace.given == nil
    let namespace = secret.secret.namespace ?? (isUnknown ? "default" : nil)
    if secret.target.namespace.own == nil, let namespace {
      metadata.append(("namespace", .string(namespace)))
    }
    let pairs = { (list: [(key: String, value: String)]) in
      Tree.map(list.map { ($0.key, .string($0.value)) })
    }
    let labels = secret.secret.metadata.labels
    if !labels.isEmpty { metadata.append(("labels", pairs(labels))) }
    if !annotations.isEmpty { metadata.append(("annotations", pairs(annotations))) }
    return metadata
  }

  private static let wave = "argocd.argoproj.io/sync-wave"

  private var annotations: [(key: String, value: String)] {
    var annotations = secret.secret.metadata.annotations.filter { !Self.isOurs($0.key) }
    if let wave = secret.target.build.waves[secret.secret.name],
      !annotations.contains(where: { $0.key == Self.wave })
    {
      annotations.append((key: Self.wave, value: String(wave)))
    }
    return annotations
  }

  private static func isOurs(_ key: String) -> Bool {
    key.begins(with: "moltseal.dev/") || key.begins(with: "config.kubernetes.io/")
      || key.begins(with: "internal.config.kubernetes.io/") || ToolAnnotations.isLeftOut(key)
  }
}
