/// Every field that kustomize reads in a kustomization and in the configurations of its own
/// plugins, and what its text is.

internal import Text

package enum FieldUse: String, Sendable {
  /// Names no file.
  case text
  /// Any value, at any depth, that names no file.
  case any
  /// A file, or an address to fetch.
  case file
  /// The same after `KEY=`.
  case pair
  /// An inline patch, or a file with one.
  case fileOrText
  /// A file, a folder with a kustomization, or a repository to clone.
  case resource
  /// An inline plugin configuration, or a resource with one.
  case plugin
  /// Part of a Helm chart, which kustomize inflates only with `--enable-helm`.
  case chart

  package var namesFile: Bool {
    switch self {
    case .file, .pair, .fileOrText, .resource, .plugin: true
    case .text, .any, .chart: false
    }
  }
}

package enum KustomizationField {
  package typealias Row = (kind: String, path: String, use: FieldUse)

  /// The rows of the table, in order.
  package static let rows: [Row] = {
    var kind = ""
    return table.pieces(between: "\n").compactMap { line in
      let words = line.pieces(between: " ").filter { !$0.isEmpty }
      if words.count == 1 { kind = words[0] }
      guard words.count == 2, let use = FieldUse(rawValue: words[1]) else { return nil }
      return (kind, words[0], use)
    }
  }()

  /// Taken from kustomize 5.8 (`api/types`, `api/internal/builtins`); a test feeds each row to the
  /// installed kubectl.
  ///
  /// A field that is not here is refused before a build, so that a newer builder adds no field that
  /// nobody has reviewed. Each kind is followed by its fields: `[]` is an item of a list, `{}` a
  /// key that users choose. Every kind but the first is a plugin of `apiVersion: builtin`, and also
  /// has `apiVersion`, `kind` and `metadata`.
  private static let table = """
    Kustomization
    apiVersion                                   text
    kind                                         text
    metadata.name                                text
    metadata.namespace                           text
    metadata.labels{}                            text
    metadata.annotations{}                       text
    openapi.path                                 file
    openapi.version                              text
    namePrefix                                   text
    nameSuffix                                   text
    namespace                                    text
    commonLabels{}                               text
    commonAnnotations{}                          text
    labels[].pairs{}                             text
    labels[].includeSelectors                    text
    labels[].includeTemplates                    text
    labels[].includeVolumeClaimTemplates         text
    labels[].fields[]                            any
    patchesStrategicMerge[]                      fileOrText
    patchesJson6902[].path                       file
    patchesJson6902[].patch                      text
    patchesJson6902[].target                     any
    patchesJson6902[].options{}                  text
    patches[].path                               file
    patches[].patch                              text
    patches[].target                             any
    patches[].options{}                          text
    images[]                                     any
    imageTags[]                                  any
    replicas[]                                   any
    vars[]                                       any
    replacements[].path                          file
    replacements[].source                        any
    replacements[].sourceValue                   text
    replacements[].targets[]                     any
    sortOptions.order                            text
    sortOptions.legacySortOptions.orderFirst[]   text
    sortOptions.legacySortOptions.orderLast[]    text
    resources[]                                  resource
    components[]                                 resource
    bases[]                                      resource
    crds[]                                       file
    configurations[]                             file
    generators[]                                 plugin
    transformers[]                               plugin
    validators[]                                 plugin
    helmGlobals                                  chart
    helmCharts                                   chart
    helmChartInflationGenerator                  chart
    buildMetadata[]                              text
    generatorOptions.labels{}                    text
    generatorOptions.annotations{}               text
    generatorOptions.disableNameSuffixHash       text
    generatorOptions.immutable                   text
    configMapGenerator[].name                    text
    configMapGenerator[].namespace               text
    configMapGenerator[].behavior                text
    configMapGenerator[].literals[]              text
    configMapGenerator[].files[]                 pair
    configMapGenerator[].envs[]                  file
    configMapGenerator[].env                     file
    configMapGenerator[].options.labels{}        text
    configMapGenerator[].options.annotations{}   text
    configMapGenerator[].options.disableNameSuffixHash text
    configMapGenerator[].options.immutable       text
    secretGenerator[].name                       text
    secretGenerator[].namespace                  text
    secretGenerator[].behavior                   text
    secretGenerator[].type                       text
    secretGenerator[].literals[]                 text
    secretGenerator[].files[]                    pair
    secretGenerator[].envs[]                     file
    secretGenerator[].env                        file
    secretGenerator[].options.labels{}           text
    secretGenerator[].options.annotations{}      text
    secretGenerator[].options.disableNameSuffixHash text
    secretGenerator[].options.immutable          text
    AnnotationsTransformer
    annotations{}                                text
    fieldSpecs[]                                 any
    ConfigMapGenerator
    name                                         text
    namespace                                    text
    behavior                                     text
    literals[]                                   text
    files[]                                      pair
    envs[]                                       file
    env                                          file
    options.labels{}                             text
    options.annotations{}                        text
    options.disableNameSuffixHash                text
    options.immutable                            text
    HashTransformer
    IAMPolicyGenerator
    cloud                                        text
    kubernetesService                            any
    serviceAccount                               any
    ImageTagTransformer
    imageTag                                     any
    fieldSpecs[]                                 any
    LabelTransformer
    labels{}                                     text
    fieldSpecs[]                                 any
    NamespaceTransformer
    fieldSpecs[]                                 any
    unsetOnly                                    text
    setRoleBindingSubjects                       text
    PatchJson6902Transformer
    path                                         file
    jsonOp                                       text
    target                                       any
    PatchStrategicMergeTransformer
    paths[]                                      fileOrText
    patches                                      text
    PatchTransformer
    path                                         file
    patch                                        text
    target                                       any
    options{}                                    text
    PrefixTransformer
    prefix                                       text
    fieldSpecs[]                                 any
    ReplacementTransformer
    replacements[].path                          file
    replacements[].source                        any
    replacements[].sourceValue                   text
    replacements[].targets[]                     any
    ReplicaCountTransformer
    replica                                      any
    fieldSpecs[]                                 any
    SecretGenerator
    name                                         text
    namespace                                    text
    behavior                                     text
    type                                         text
    literals[]                                   text
    files[]                                      pair
    envs[]                                       file
    env                                          file
    options.labels{}                             text
    options.annotations{}                        text
    options.disableNameSuffixHash                text
    options.immutable                            text
    SortOrderTransformer
    sortOptions.order                            text
    sortOptions.legacySortOptions.orderFirst[]   text
    sortOptions.legacySortOptions.orderLast[]    text
    SuffixTransformer
    suffix                                       text
    fieldSpecs[]                                 any
    ValueAddTransformer
    value                                        text
    targets[]                                    any
    targetFilePath                               file
    """

  /// The kinds of the table.
  fileprivate static let kinds = table.pieces(between: "\n").filter { !$0.holds(" ") }
}

/// The rows of one kind by path, and the prefixes of these paths.
struct FieldTable: Sendable {
  private var uses: [String: FieldUse] = [:]
  private var prefixes: Set<String> = []

  /// Stores the rows in lower case, because Go's decoder ignores the case of fields.
  private init(_ rows: [KustomizationField.Row]) {
    for row in rows {
      let path = asciiLowercased(row.path)
      uses[path] = row.use
      for index in path.indices where ".[{".contains(path[index]) {
        prefixes.insert(String(path[..<index]))
      }
    }
  }

  func use(_ path: String) -> FieldUse? { uses[path] }

  /// Whether a path is a mapping or a list that contains fields of the table.
  func isOnTheWay(_ path: String) -> Bool { prefixes.contains(path) }

  static let kustomization = FieldTable(
    KustomizationField.rows.filter { $0.kind == KustomizationField.kinds[0] })
  /// The tables of plugins, by kind.
  static let plugins: [String: FieldTable] = {
    let metadata = ["name", "namespace", "labels{}", "annotations{}"].map { "metadata.\($0)" }
    return Dictionary(
      KustomizationField.kinds.dropFirst().map { kind in
        let common = (["apiVersion", "kind"] + metadata).map { (kind, $0, FieldUse.text) }
        return (kind, FieldTable(common + KustomizationField.rows.filter { $0.kind == kind }))
      }, uniquingKeysWith: { first, _ in first })
  }()
}

/// Lowercases only ASCII letters: in Unicode, the lower case of the Kelvin sign is a k.
func asciiLowercased(_ text: String) -> String {
  String(
    decoding: text.utf8.map { (65...90).contains($0) ? $0 + 32 : $0 }, as: UTF8.self)
}
