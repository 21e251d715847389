/// What a root's build and its kustomizations tell of its Secrets: names, namespaces and waves.

internal import Building
internal import Discovery
internal import Kustomize
internal import Manifests
internal import Rules
internal import Text
internal import Files
internal import Workspace
internal import YAML

extension RepositorySurvey {
  /// What is surveyed of one root.
  func target(
    _ root: Root, _ name: String, _ build: Build, _ secrets: [SurveyedSecret]
  ) -> SurveyedTarget {
    let names = ["secrets", "sealed-secrets", "moltseal-secrets"]
    let output = names.map { root.folder == "." ? $0 : "\(root.folder)/\($0)" }.first {
      !folder.exists($0)
    }
    let place = deployed.place(of: root.folder)
    let sealed = build.secrets.map(\.identity.name).filter { name in
      build.sealedSecrets.contains { $0.identity.name === name }
    }
    let clusters = build.objects.filter {
      $0.identity.group == "postgresql.cnpg.io" && $0.identity.kind == "Cluster"
    }
    return SurveyedTarget(
      place: SurveyedTarget.Place(
        name: name, path: root.path, output: output ?? "\(root.folder)/moltseal"),
      naming: SurveyedTarget.Naming(
        prefix: root.kustomization.namePrefix ?? "", suffix: root.kustomization.nameSuffix ?? "",
        generated: generated(root.kustomization, root.folder, ("", ""), depth: 0)),
      namespace: SurveyedTarget.Namespace(
        own: root.kustomization.namespace,
        given: place.flatMap { place in place.namespace.map { ($0, place.file) } }),
      build: SurveyedTarget.Build(
        secrets: secrets, sealed: sealed,
        clusters: clusters.map { ($0.identity.name, $0.references.map(\.secret)) },
        waves: deployed.hasWaves(root.folder) ? Self.waves(build) : [:]))
  }

  /// The wave before everything that names a Secret, by the Secret's name.
  private static func waves(_ build: Build) -> [String: Int] {
    var first: [String: Int] = [:]
    for object in build.objects {
      for reference in object.references {
        first[reference.secret] = min(first[reference.secret] ?? .max, object.syncWave ?? 0)
      }
    }
    return first.mapValues { $0 - 1 }
  }

  /// The names of the Secrets that generators make, as the outermost kustomization sees them.
  private func generated(
    _ kustomization: Kustomization, _ place: String, _ around: (String, String), depth: Int
  ) -> [String] {
    var names = kustomization.generators.map { around.0 + $0.name + around.1 }
    guard depth < 1000, names.count < 10_000 else { return names }
    for resource in kustomization.resources.compactMap(\.scalar) {
      guard let path = Includers.path(of: resource, below: place),
        let inner = includers.kustomization(of: path)
      else { continue }
      names += generated(
        inner, path,
        (around.0 + (inner.namePrefix ?? ""), (inner.nameSuffix ?? "") + around.1),
        depth: depth + 1)
    }
    return names
  }

  /// The namespace of the objects that name a Secret, if they all have the same one.
  ///
  /// The Secret must be in that namespace too.
  static func consumers(_ build: Build) -> [Name: String] {
    var found: [Name: Set<Name>] = [:]
    for object in build.objects {
      for reference in object.references {
        guard let namespace = reference.namespace ?? object.identity.namespace else { continue }
        found[Name(reference.secret), default: []].insert(Name(namespace))
      }
    }
    return found.compactMapValues { $0.count == 1 ? $0.first?.text : nil }
  }

  /// A name for a root that no other root has.
  static func name(of folder: String, among names: inout Set<String>) -> String {
    let own = label(of: folder)
    return ([own] + (2...9_999).map { "\(own.prefix(55))-\($0)" }).first {
      names.insert($0).inserted
    } ?? own
  }

  /// A label from the folder's steps: `apps/shop/overlays/prod` → `apps-shop-prod`.
  private static func label(of folder: String) -> String {
    let steps = Path.steps(folder).filter {
      !["overlays", "overlay", ".", "kustomize"].contains($0)
    }
    let text = steps.joined(separator: "-").lowercased().utf8.map { byte -> UInt8 in
      (97...122).contains(byte) || (48...57).contains(byte) ? byte : UInt8(ascii: "-")
    }
    let name = text.suffix(60).drop { $0 == UInt8(ascii: "-") }
    let trimmed = String(decoding: name, as: UTF8.self)
    var label = trimmed
    while label.utf8.last == UInt8(ascii: "-") { label.removeLast() }
    return label.isEmpty ? "all" : label
  }
}
