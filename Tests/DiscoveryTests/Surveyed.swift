/// Short ways to say what `init` has found in a repository.

import Discovery
import Text
import Workspace
import YAML

/// Twelve characters, as most passwords of these tests have.
let twelve = ValueShape.text(length: 12, .any)

func value(
  _ key: String, _ number: Int, _ shape: ValueShape = twelve, holds: [Int] = [],
  isChecked: Bool = false
) -> SurveyedValue {
  // The values of a whole Secret are marked at once.
  SurveyedSecret(
    SurveyedSecret.Metadata(name: "", namespace: nil, labels: [], annotations: []), type: nil,
    mutability: .mutable,
    values: [SurveyedValue(key: key, shape: shape, value: number, holds: holds)]
  ).checked { _ in isChecked }.values[0]
}

func secret(
  _ name: String, _ values: SurveyedValue..., namespace: String? = "demo", type: String? = nil
) -> SurveyedSecret {
  SurveyedSecret(
    SurveyedSecret.Metadata(name: name, namespace: namespace, labels: [], annotations: []),
    type: type, mutability: .mutable, values: values)
}

func target(
  _ secrets: SurveyedSecret..., name: String = "app", prefix: String = "", suffix: String = "",
  namespace: String? = nil, given: (namespace: String, file: String)? = nil,
  generated: [String] = [], sealed: [String] = [],
  clusters: [(name: String, secrets: [String])] = [], waves: [String: Int] = [:]
) -> SurveyedTarget {
  SurveyedTarget(
    place: SurveyedTarget.Place(
      name: name, path: "k8s/\(name)", output: "k8s/\(name)/sealed"),
    naming: SurveyedTarget.Naming(prefix: prefix, suffix: suffix, generated: generated),
    namespace: SurveyedTarget.Namespace(own: namespace, given: given),
    build: SurveyedTarget.Build(
      secrets: secrets, sealed: sealed, clusters: clusters, waves: waves))
}

func settings(
  templates: String = "templates", start: WorkspaceDraft.Start = .deployed
) -> WorkspaceDraft.Settings {
  WorkspaceDraft.Settings(environment: "prod", templates: templates, start: start)
}

/// The draft for some targets; names lose the hash `-5f2k4m8h6t`.
func draft(
  _ targets: SurveyedTarget..., start: WorkspaceDraft.Start = .deployed,
  ask: (String) -> KeyMeaning? = { _ in nil }
) -> WorkspaceDraft {
  WorkspaceDraft(
    targets, settings(start: start), withoutHash: { $0.without(suffix: "-5f2k4m8h6t") }, ask: ask)
}

extension WorkspaceDraft {
  /// The lines of the drafted `moltseal.yml`, without what indents them.
  var lines: [String] {
    String(decoding: text, as: UTF8.self).pieces(between: "\n").map {
      String(decoding: $0.utf8.drop { $0 == 32 }, as: UTF8.self)
    }
  }

  /// The lines of the drafted templates below `stringData:`, without what indents them.
  var data: [String] {
    templates.flatMap { template -> [String] in
      let text = String(decoding: template.bytes, as: UTF8.self)
      return (text.place(of: "stringData:\n")?.after ?? "").pieces(between: "\n").map {
        String(decoding: $0.utf8.drop { $0 == 32 }, as: UTF8.self)
      }.filter { !$0.isEmpty }
    }
  }

  /// The Secret of each drafted template, as it is read again.
  var secrets: [String] {
    get throws {
      try templates.flatMap { template in
        try Template(path: template.path, SourceText(template.bytes), names: names).secrets
          .map(\.name)
      }
    }
  }

  /// The names of the credentials.
  var names: [String] { credentials.map(\.name) }
}
