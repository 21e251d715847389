/// Short ways to say what `init` has found in a repository.

import Discovery
import Text
import Workspace

/// Twelve characters, as most passwords of these tests have.
let twelve = ValueShape.text(length: 12, isHex: false)

func value(
  _ key: String, _ number: Int, _ shape: ValueShape = twelve, holds: [Int] = [],
  isChecked: Bool = false
) -> SurveyedValue {
  SurveyedValue(key: key, shape: shape, value: number, holds: holds, isChecked: isChecked)
}

func secret(
  _ name: String, _ values: SurveyedValue..., namespace: String? = "demo", type: String? = nil
) -> SurveyedSecret {
  SurveyedSecret(
    name: name, namespace: namespace, type: type, isImmutable: false, labels: [], annotations: [],
    values: values)
}

func target(
  _ secrets: SurveyedSecret..., name: String = "app", prefix: String = "", suffix: String = "",
  namespace: String? = nil, given: (namespace: String, file: String)? = nil,
  generated: [String] = [], sealed: [String] = [],
  clusters: [(name: String, secrets: [String])] = [], waves: [String: Int] = [:]
) -> SurveyedTarget {
  SurveyedTarget(
    name: name, path: "k8s/\(name)", output: "k8s/\(name)/sealed", prefix: prefix, suffix: suffix,
    namespace: namespace, given: given, generated: generated, secrets: secrets, sealed: sealed,
    clusters: clusters, waves: waves)
}

/// The draft for some targets; names lose the hash `-5f2k4m8h6t`.
func draft(
  _ targets: SurveyedTarget..., isDeployed: Bool = true,
  ask: (String) -> KeyMeaning? = { _ in nil }
) -> WorkspaceDraft {
  WorkspaceDraft(
    targets, environment: "prod", templates: "templates", isDeployed: isDeployed,
    withoutHash: { $0.without(suffix: "-5f2k4m8h6t") }, ask: ask)
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

  /// The names of the credentials.
  var names: [String] { credentials.map(\.name) }
}
