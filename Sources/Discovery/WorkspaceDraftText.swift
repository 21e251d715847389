/// The text of the `moltseal.yml` that `init` proposes.

internal import Text
internal import Workspace
internal import YAML

extension WorkspaceDraft {
  /// Whether some Secrets have a namespace and others do not, so that each template states its own.
  var isMixed: Bool {
    let secrets = targets.flatMap { target in
      target.secrets.map { (target.namespace.stated, $0.namespace) }
    }
    return secrets.contains { $0 == nil && $1 == nil }
      && secrets.contains { $0 != nil || $1 != nil }
  }

  /// Whether nothing states the namespace of some Secret.
  package var lacksNamespace: Bool { targets.contains(where: \.lacksNamespace) }

  /// The text of `moltseal.yml`.
  package var text: [UInt8] {
    var lines = [
      "# Written by moltseal init. Each guess has its reason above it; correct what is wrong.",
      "apiVersion: moltseal.dev/v1", "kind: Workspace",
      "templates: \(YAMLWriter.scalar(settings.templates))",
      "",
    ]
    lines.append(credentials.isEmpty ? "credentials: {}" : "credentials:")
    for credential in credentials {
      let mark = credential.isMarked ? "decide: " : ""
      lines += credential.reasons.enumerated().map { index, reason in
        "  # \(index == 0 ? mark : "")\(Self.visible(reason))"
      }
      lines.append("  \(credential.name):")
      lines += credential.entry.map { "    \($0)" }
    }
    if !clusters.isEmpty {
      lines.append("")
      for cluster in clusters {
        lines.append(
          "# CloudNativePG: \(Self.visible(cluster)). To rotate a password without refused logins, let two"
        )
        lines.append(
          "# roles log in alternately: give its credential roles: {a: NAME_a, b: NAME_b} (docs/phases.md)."
        )
      }
    }
    lines += ["", "environments:"]
    if environments.count > 1 {
      lines.append(
        "  # Several kustomizations make the same Secret, so each has its own environment.")
    }
    for (name, names) in environments {
      lines.append("  \(name):")
      lines += fields(of: targets.filter { names.includes($0.name) }).map { "    \($0)" }
    }
    return Array(lines.map { $0 + "\n" }.joined().utf8)
  }

  /// The fields of one environment.
  private func fields(of some: [SurveyedTarget]) -> [String] {
    var lines: [String] = []
    let isDeployed = settings.start == .deployed
    if isDeployed {
      lines.append(
        "# Assumes that it already runs with the present values, which moltseal adopt takes over."
      )
      lines.append(
        "# If nothing runs yet, set false, and moltseal rotate makes new values.")
    }
    lines.append("deployed: \(isDeployed)")
    if some.contains(where: \.lacksNamespace), !isMixed {
      lines.append(
        "# Nothing in the repository sets a namespace; correct this if it is another one.")
      lines.append("namespace: default")
    }
    if some.count == 1, let target = some.first {
      if targets.count > 1 {
        lines.append("templates: \(YAMLWriter.scalar("\(settings.templates)/\(target.name)"))")
      }
      lines += fields(of: target)
    } else {
      lines.append("targets:")
      for target in some {
        lines.append("  \(target.name):")
        lines.append("    templates: \(YAMLWriter.scalar("\(settings.templates)/\(target.name)"))")
        lines += fields(of: target).map { "    \($0)" }
      }
    }
    return lines + [
      "# The controller's certificate: run moltseal cert fetch, or save it here and run moltseal cert pin.",
      "# certificate: prod-cert.pem",
    ]
  }

  private func fields(of target: SurveyedTarget) -> [String] {
    var lines = [
      "kustomization: \(YAMLWriter.scalar(target.place.path))",
      "output: \(YAMLWriter.scalar(target.place.output))",
    ]
    let needs = target.namespace.own == nil && target.secrets.contains { $0.namespace == nil }
    if needs, let (namespace, file) = target.namespace.given {
      lines.append("# The namespace that \(Self.visible(file)) deploys to.")
      lines.append("namespace: \(YAMLWriter.scalar(namespace))")
    }
    if let kept = kept[target.name] {
      let names = Tree.sequence(kept.map { .string($0) })
      lines.append("keepGenerators: \(YAMLWriter.inline(names))")
    }
    return lines
  }

  /// Keeps a comment on one line, whatever names are in it.
  static func visible(_ text: String) -> String {
    String(
      decoding: text.utf8.map { $0 < 32 || $0 == 127 ? UInt8(ascii: "?") : $0 }, as: UTF8.self)
  }
}
