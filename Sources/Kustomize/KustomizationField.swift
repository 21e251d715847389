/// Every field that kustomize reads in a kustomization and in the configurations of its own plugins, and
/// what its text is.
///
/// Taken from kustomize 5.8 (`api/types`, `api/internal/builtins`); a test feeds each row to the
/// installed kubectl. A field that is not here is refused before a build, so that a newer builder
/// brings none that nobody has looked at.

internal import Text

package enum FieldUse: Sendable {
  /// Names no file.
  case text
  /// Anything, at any depth, that names no file.
  case any
  /// A file, or an address that is fetched.
  case file
  /// The same behind `KEY=`.
  case pair
  /// A patch written out, or a file with one.
  case fileOrText
  /// A file, a folder with a kustomization, or a repository that is cloned.
  case resource
  /// The configuration of a plugin written out, or a resource with such.
  case plugin
  /// Belongs to a Helm chart, which kustomize inflates only with `--enable-helm`.
  case chart
}

package enum KustomizationField {
  /// `[]` is an item of a list, `{}` a key that people choose.
  package static let kustomization: [(path: String, use: FieldUse)] =
    [
      ("apiVersion", .text), ("kind", .text),
      ("metadata.name", .text), ("metadata.namespace", .text),
      ("metadata.labels{}", .text), ("metadata.annotations{}", .text),
      ("metadata.creationTimestamp", .text),
      ("openapi.path", .file), ("openapi.version", .text),
      ("namePrefix", .text), ("nameSuffix", .text), ("namespace", .text),
      ("commonLabels{}", .text), ("commonAnnotations{}", .text),
      ("labels[].pairs{}", .text), ("labels[].includeSelectors", .text),
      ("labels[].includeTemplates", .text), ("labels[].includeVolumeClaimTemplates", .text),
      ("labels[].fields[]", .any),
      ("patchesStrategicMerge[]", .fileOrText),
      ("images[]", .any), ("imageTags[]", .any), ("replicas[]", .any), ("vars[]", .any),
      ("replacements[].path", .file), ("replacements[].source", .any),
      ("replacements[].sourceValue", .text), ("replacements[].targets[]", .any),
      ("sortOptions.order", .text), ("sortOptions.legacySortOptions.orderFirst[]", .text),
      ("sortOptions.legacySortOptions.orderLast[]", .text),
      ("resources[]", .resource), ("components[]", .resource), ("bases[]", .resource),
      ("crds[]", .file), ("configurations[]", .file),
      ("generators[]", .plugin), ("transformers[]", .plugin), ("validators[]", .plugin),
      ("helmGlobals", .chart), ("helmCharts", .chart), ("helmChartInflationGenerator", .chart),
      ("buildMetadata[]", .text),
    ] + options("generatorOptions")
    + patch("patches[]") + patch("patchesJson6902[]")
    + generator("configMapGenerator[]") + generator("secretGenerator[]")
    + [("secretGenerator[].type", .text)]

  /// The fields of kustomize's own plugins (`apiVersion: builtin`), by kind.
  package static let plugins: [(kind: String, fields: [(path: String, use: FieldUse)])] = [
    ("AnnotationsTransformer", [("annotations{}", .text), ("fieldSpecs[]", .any)]),
    ("ConfigMapGenerator", generator("")),
    ("HashTransformer", []),
    ("HelmChartInflationGenerator", [("", .chart)]),
    (
      "IAMPolicyGenerator",
      [("cloud", .text), ("kubernetesService", .any), ("serviceAccount", .any)]
    ),
    ("ImageTagTransformer", [("imageTag", .any), ("fieldSpecs[]", .any)]),
    ("LabelTransformer", [("labels{}", .text), ("fieldSpecs[]", .any)]),
    (
      "NamespaceTransformer",
      [("fieldSpecs[]", .any), ("unsetOnly", .text), ("setRoleBindingSubjects", .text)]
    ),
    (
      "PatchJson6902Transformer",
      [("path", .file), ("jsonOp", .text), ("target", .any)]
    ),
    ("PatchStrategicMergeTransformer", [("paths[]", .fileOrText), ("patches", .text)]),
    ("PatchTransformer", patch("")),
    ("PrefixTransformer", [("prefix", .text), ("fieldSpecs[]", .any)]),
    (
      "ReplacementTransformer",
      [
        ("replacements[].path", .file), ("replacements[].source", .any),
        ("replacements[].sourceValue", .text), ("replacements[].targets[]", .any),
      ]
    ),
    ("ReplicaCountTransformer", [("replica", .any), ("fieldSpecs[]", .any)]),
    ("SecretGenerator", generator("") + [("type", .text)]),
    (
      "SortOrderTransformer",
      [
        ("sortOptions.order", .text), ("sortOptions.legacySortOptions.orderFirst[]", .text),
        ("sortOptions.legacySortOptions.orderLast[]", .text),
      ]
    ),
    ("SuffixTransformer", [("suffix", .text), ("fieldSpecs[]", .any)]),
    (
      "ValueAddTransformer",
      [("value", .text), ("targets[]", .any), ("targetFilePath", .file)]
    ),
  ]

  private static func path(_ place: String, _ field: String) -> String {
    place.isEmpty ? field : "\(place).\(field)"
  }

  private static func options(_ place: String) -> [(path: String, use: FieldUse)] {
    ["labels{}", "annotations{}", "disableNameSuffixHash", "immutable"].map {
      (path(place, $0), .text)
    }
  }

  private static func generator(_ place: String) -> [(path: String, use: FieldUse)] {
    ["name", "namespace", "behavior", "literals[]"].map { (path(place, $0), .text) }
      + [(path(place, "files[]"), .pair)]
      + ["envs[]", "env"].map { (path(place, $0), .file) } + options(path(place, "options"))
  }

  private static func patch(_ place: String) -> [(path: String, use: FieldUse)] {
    [
      (path(place, "path"), .file), (path(place, "patch"), .text), (path(place, "target"), .any),
      (path(place, "options{}"), .text),
    ]
  }
}

/// The rows of a table by their paths, and the paths on the way to them.
struct FieldTable: Sendable {
  private let uses: [String: FieldUse]
  private let prefixes: Set<String>

  /// Fields are found whatever their case, as Go's decoder finds them.
  init(_ rows: [(path: String, use: FieldUse)]) {
    var uses: [String: FieldUse] = [:]
    var prefixes: Set<String> = []
    for row in rows {
      let path = asciiLowercased(row.path)
      uses[path] = row.use
      for index in path.indices where ".[{".contains(path[index]) {
        prefixes.insert(String(path[..<index]))
      }
      for index in path.indices where path[index] == "]" && path.index(after: index) < path.endIndex
      {
        prefixes.insert(String(path[...index]))
      }
    }
    self.uses = uses
    self.prefixes = prefixes
  }

  func use(_ path: String) -> FieldUse? { uses[path] }
  func isOnTheWay(_ path: String) -> Bool { prefixes.contains(path) }

  static let kustomization = FieldTable(KustomizationField.kustomization)
  static let plugins: [String: FieldTable] = Dictionary(
    KustomizationField.plugins.map { kind, fields in
      let metadata = ["name", "namespace", "labels{}", "annotations{}"]
      return (
        kind,
        FieldTable(
          [("apiVersion", .text), ("kind", .text)] + metadata.map { ("metadata.\($0)", .text) }
            + fields)
      )
    }, uniquingKeysWith: { first, _ in first })
}

/// Lower case of ASCII letters alone: the Kelvin sign in lower case would be a k.
func asciiLowercased(_ text: String) -> String {
  String(
    decoding: text.utf8.map { (65...90).contains($0) ? $0 + 32 : $0 }, as: UTF8.self)
}
