/// A kustomization file: the entries of its generator, and the edits that a cutover needs.

internal import Text
package import YAML

/// An entry of `secretGenerator`.
package struct GeneratorEntry: Sendable, Equatable {
  package let name: String
  package let namespace: String?
  /// The Secret's type, `Opaque` by default.
  package let type: String
  /// `create`, `merge` or `replace`.
  package let behavior: String?
  /// Its own annotations and those of `generatorOptions`.
  package let annotations: [String: String]
  /// Its own labels and those of `generatorOptions`.
  package let labels: [String: String]
  /// Whether a hash of its values becomes part of its name.
  package let isHashed: Bool
  /// The keys of its `literals` and `files`.
  package let keys: [String]
  /// The paths of its `envs`, which contain further keys.
  package let environmentFiles: [String]
  package let location: Location
}

/// A kustomization and the edits made to it, each by byte range.
///
/// Keys are found as kubectl finds them: case does not matter, and the last one of two counts. Only
/// the first document counts.
package struct Kustomization: Sendable {
  private var editor: YAMLEditor

  /// The names of the file in a folder (kustomize `RecognizedKustomizationFileNames`).
  package static let fileNames = ["kustomization.yaml", "kustomization.yml", "Kustomization"]

  /// - Throws: `YAMLError` if the text is not YAML or its root is not a mapping.
  package init(_ source: SourceText) throws(YAMLError) {
    editor = try YAMLEditor(source)
    if let root = editor.root(), root.entries == nil {
      throw YAMLError("is \(root.kindName), not a kustomization", at: root.location)
    }
  }

  package var bytes: [UInt8] { editor.bytes }
  package var isChanged: Bool { editor.isChanged }
  package var root: Node? { editor.root() }
  /// Whether only `apiVersion`, `kind` and `metadata` are left, which kustomize refuses.
  package var isEmpty: Bool {
    let framing = ["apiversion", "kind", "metadata"]
    return (root?.entries ?? []).allSatisfy {
      framing.contains($0.key.scalar?.lowercased() ?? "") || $0.value.isNull
    }
  }

  /// Whether it is a component, which acts on the kustomization that includes it.
  package var isComponent: Bool { text("kind") == "Component" }
  package var namespace: String? { text("namespace") }
  package var namePrefix: String? { text("namePrefix") }
  package var nameSuffix: String? { text("nameSuffix") }

  /// The paths and addresses under `resources`, and under the old `bases` and `components`.
  package var resources: [Node] {
    ["resources", "bases", "components"].flatMap { value($0)?.items ?? [] }
      .filter { $0.scalar != nil }
  }

  package var generators: [GeneratorEntry] {
    let options = value("generatorOptions")
    func strings(_ field: String, _ item: Node) -> [String: String] {
      // The entry's own value overrides the general one.
      let pairs = [options, item["options"]].flatMap { $0?[field]?.stringEntries ?? [] }
      return Dictionary(pairs.map { ($0.key, $0.value) }, uniquingKeysWith: { _, own in own })
    }
    return (value("secretGenerator")?.items ?? []).map { item in
      let isFixed =
        (item.at("options", "disableNameSuffixHash") ?? options?["disableNameSuffixHash"])?.scalar
      func texts(_ fields: String...) -> [String] {
        fields.flatMap { field in
          item[field]?.scalar.map { [$0] } ?? (item[field]?.items ?? []).compactMap(\.scalar)
        }
      }
      return GeneratorEntry(
        name: item["name"]?.scalar ?? "", namespace: item["namespace"]?.scalar,
        type: item["type"]?.scalar ?? "Opaque", behavior: item["behavior"]?.scalar,
        annotations: strings("annotations", item), labels: strings("labels", item),
        isHashed: isFixed != "true",
        // kustomize refuses a literal without `=`; it may be a bare value.
        keys: texts("literals").compactMap { $0.place(of: "=")?.before }
          + texts("files").map { $0.place(of: "=")?.before ?? Path.name($0) },
        environmentFiles: texts("envs", "env"), location: item.location)
    }
  }

  /// The labels that it adds to every object.
  package var labels: [(key: String, value: String)] {
    (value("commonLabels")?.stringEntries ?? [])
      + (value("labels")?.items ?? []).flatMap { $0["pairs"]?.stringEntries ?? [] }
  }

  /// The first chart that it inflates.
  package var chart: Node? {
    ["helmCharts", "helmChartInflationGenerator"].lazy.compactMap { value($0)?.items?.first }.first
  }

  /// The value under `key`, ignoring the key's case.
  package func value(_ key: String) -> Node? {
    root?.entries?.last { $0.key.scalar?.lowercased() === key.lowercased() }?.value
  }

  // MARK: Edits

  /// Removes every entry of `secretGenerator`, and `generatorOptions` if no generator is left.
  package mutating func removeGenerators() throws(EditRefusal) {
    try checkGeneratorIsList()
    while let key = key("secretGenerator") { try editor.apply([.remove([.key(key)])]) }
    try removeUnusedOptions()
  }

  /// Removes the entries with these names, and the key with its last entry.
  package mutating func removeGenerators(named names: [String]) throws(EditRefusal) {
    try checkGeneratorIsList()
    let names = Set(names.map { Name($0) })
    let items = value("secretGenerator")?.items ?? []
    let indices = items.indices.filter { names.contains(Name(items[$0]["name"]?.scalar ?? "")) }
    guard !indices.isEmpty else { return }
    guard indices.count < items.count else { return try removeGenerators() }
    // The key exists, since it has items.
    let path = PathStep.key(key("secretGenerator") ?? "")
    try editor.apply(indices.reversed().map { .remove([path, .index($0)]) })
  }

  /// Adds each path that `resources` does not have yet.
  package mutating func addResources(_ paths: [String]) throws(EditRefusal) {
    try add(paths, to: "resources")
  }

  /// Adds each path that `configurations` does not have yet.
  package mutating func addConfigurations(_ paths: [String]) throws(EditRefusal) {
    try add(paths, to: "configurations")
  }

  private mutating func add(_ paths: [String], to field: String) throws(EditRefusal) {
    let present = Set((value(field)?.items ?? []).compactMap(\.scalar).map { Name($0) })
    let key = PathStep.key(key(field) ?? field)
    try editor.apply(
      paths.filter { !present.contains(Name($0)) }.map { .append([key], .string($0)) })
  }

  /// Adds list items under `replacements`.
  package mutating func addReplacements(_ replacements: [Tree]) throws(EditRefusal) {
    let key = PathStep.key(key("replacements") ?? "replacements")
    try editor.apply(replacements.map { .append([key], $0) })
  }

  /// Refuses an alias or anything else that is not a list: it would hide entries from every check.
  package func checkGeneratorIsList() throws(EditRefusal) {
    if let merge = root?.entries?.first(where: { $0.key.scalarType == .merge }) {
      throw EditRefusal(
        message: "a merge key (<<) can add a secretGenerator", location: merge.key.location)
    }
    guard let node = value("secretGenerator"), !node.isNull, node.items == nil else { return }
    throw EditRefusal(
      message: "secretGenerator is \(node.kindName), not a list", location: node.location)
  }

  private mutating func removeUnusedOptions() throws(EditRefusal) {
    let isUsed = !(value("configMapGenerator")?.items ?? []).isEmpty
    while !isUsed, let key = key("generatorOptions") { try editor.apply([.remove([.key(key)])]) }
  }

  /// Applies the changes that `RoleSwitch` and `Rollout` need.
  package mutating func apply(_ changes: [TreeChange]) throws(EditRefusal) {
    if !changes.isEmpty { try editor.apply(changes) }
  }

  /// A key of the root as it is written, ignoring case.
  package func key(_ name: String) -> String? {
    root?.entries?.last { $0.key.scalar?.lowercased() == name.lowercased() }?.key.scalar
  }

  private func text(_ key: String) -> String? {
    value(key)?.scalar.flatMap { $0.isEmpty ? nil : $0 }
  }
}
