/// The Secrets that a kustomization builds from other sources than its own generator, and that
/// sealed ones replace.

internal import Kubernetes
package import Manifests
package import Text
package import YAML

/// What a cutover removes from a kustomization besides the entries of its own generator.
package struct Displacement: Sendable {
  /// A Secret that comes from a base, a component or a file with other objects.
  struct Brought: Sendable {
    let name: String
    let namespace: String?
    /// The file that it comes from.
    let path: String
    /// Its name in that file, which other objects there use.
    let ownName: String
    /// The labels of its generator entry.
    let labels: [(key: String, value: String)]

    var namespacedName: NamespacedName { NamespacedName(namespace, name) }
  }

  static let none = Displacement(patched: [], resources: [], whole: [], patches: [], sources: [])

  /// The Secrets that a patch removes.
  let patched: [Brought]
  /// The kustomization's own resources that contain nothing else.
  let resources: [String]
  /// The Secrets in them.
  let whole: [Brought]
  /// The kustomization's own patches of removed Secrets, by field and index.
  let patches: [(field: String, places: [Int])]
  /// The kustomization's own replacements that copy the name of a removed Secret, by index.
  let sources: [Int]

  /// The Secrets that patches remove, and where each comes from, for messages.
  package var brought: [(name: String, path: String)] { patched.map { ($0.name, $0.path) } }
  /// Entries of `replacements` that make references follow Secrets that bases rename.
  ///
  /// kustomize follows such a reference only as long as the object is a Secret.
  ///
  /// - Returns: an entry for each such Secret, except those without a reference.
  package func followers(_ references: [KustomizationFiles.Reference]) -> [Tree] {
    patched.filter { $0.ownName !== $0.name }.compactMap { secret in
      var targets: [(object: [String?], paths: [String])] = []
      for reference in references where reference.secret === secret.ownName {
        let object = [reference.kind, reference.name, reference.namespace]
        if let index = targets.firstIndex(where: { $0.object == object }) {
          if !targets[index].paths.includes(reference.path) {
            targets[index].paths.append(reference.path)
          }
        } else {
          targets.append((object, [reference.path]))
        }
      }
      guard !targets.isEmpty else { return nil }
      return .map([
        (
          "source",
          .map([
            ("kind", .string("SealedSecret")), ("name", .string(secret.name)),
            ("fieldPath", .string("metadata.name")),
          ])
        ),
        (
          "targets",
          .sequence(
            targets.map { object, paths in
              .map([
                (
                  "select",
                  .map(
                    zip(["kind", "name", "namespace"], object).compactMap { key, value in
                      value.map { (key, .string($0)) }
                    })
                ), ("fieldPaths", .sequence(paths.map { .string($0) })),
              ])
            })
        ),
      ])
    }
  }

  /// The built names of renamed Secrets, by the names that their neighbours use.
  package var newNames: [Name: String] {
    Dictionary(
      patched.filter { $0.ownName !== $0.name }.map { (Name($0.ownName), $0.name) },
      uniquingKeysWith: { first, _ in first })
  }

  /// The files that are no longer built.
  package var files: [String] { resources }

  /// The parts of the kustomization that are removed or changed because they name a removed Secret.
  func going(
    in context: KustomizationContext
  ) -> (patches: [ResourceObject], selectors: [Location]) {
    let entries = { (field: String) in context.kustomization.value(field)?.items ?? [] }
    let places = patches.flatMap { field, places in places.map { "\(field):\($0)" } }
    let targets = patches.flatMap { field, places in
      places.compactMap { entries(field)[$0]["target"]?.location }
    }
    let copied = sources.compactMap { entries("replacements")[$0]["source"]?.location }
    return (places.flatMap { context.files.ownPatches[$0] ?? [] }, targets + copied)
  }

  package func changes(in kustomization: Kustomization) -> [TreeChange] {
    var changes: [TreeChange] = []
    for source in sources {
      let key = PathStep.key(kustomization.key("replacements") ?? "replacements")
      changes.append(
        .set([key, .index(source), "source", "kind"], .string("SealedSecret")))
      let named = kustomization.value("replacements")?.items?[source].at("source", "name")?.scalar
      if let name = named.flatMap({ newNames[Name($0)] }) {
        changes.append(.set([key, .index(source), "source", "name"], .string(name)))
      }
      if kustomization.value("replacements")?.items?[source].at("source", "version") != nil {
        changes.append(
          .set([key, .index(source), "source", "version"], .string("v1alpha1")))
      }
    }
    for field in ["resources", "bases", "components"] {
      let items = kustomization.value(field)?.items ?? []
      let places = items.indices.filter { items[$0].scalar.map { resources.includes($0) } ?? false }
      changes += removal(of: places, among: items.count, kustomization.key(field) ?? field)
    }
    for (field, places) in patches {
      let count = kustomization.value(field)?.items?.count ?? 0
      changes += removal(of: places, among: count, kustomization.key(field) ?? field)
    }
    let key = PathStep.key(kustomization.key("patches") ?? "patches")
    return changes + patched.map { .append([key], Displacement.deletion(of: $0)) }
  }

  /// Patches that annotate the Secrets as long as they are Secrets.
  package func preparation(
    _ annotations: [(key: String, value: String)], in kustomization: Kustomization
  ) -> [TreeChange] {
    let key = PathStep.key(kustomization.key("patches") ?? "patches")
    let added = Tree.map(annotations.map { ($0.key, .string($0.value)) })
    return (patched + whole).map { secret in
      .append([key], Displacement.patch(of: secret, with: [("annotations", added)]))
    }
  }

  /// Removes items of a list, and the key with its last item.
  private func removal(of places: [Int], among count: Int, _ key: String) -> [TreeChange] {
    guard !places.isEmpty else { return [] }
    if places.count == count { return [.remove([.key(key)])] }
    return places.reversed().map { .remove([.key(key), .index($0)]) }
  }

  /// A patch that removes a Secret from the build.
  private static func deletion(of secret: Brought) -> Tree {
    patch(of: secret, [("$patch", .string("delete"))])
  }

  /// A patch of a Secret.
  ///
  /// - Parameter directives: what it says about the whole Secret.
  /// - Parameter more: what it adds to the metadata.
  private static func patch(
    of secret: Brought, _ directives: [(String, Tree)] = [], with more: [(String, Tree)] = []
  ) -> Tree {
    let metadata =
      [("name", Tree.string(secret.name))]
      + (secret.namespace.map { [("namespace", .string($0))] } ?? []) + more
    let text = YAMLWriter.inline(
      .map(
        directives + [
          ("apiVersion", .string("v1")), ("kind", .string("Secret")), ("metadata", .map(metadata)),
        ]))
    return .map([("patch", .string(text))])
  }
}
