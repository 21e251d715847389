/// What matters in the objects that a kustomization includes: workloads, references to Secrets, and
/// the subjects of bindings.

internal import Manifests
internal import Rules
internal import Text
internal import YAML

extension KustomizationTree {
  /// Collects what matters in the objects of a file.
  mutating func collectObjects(
    _ path: String, _ bytes: [UInt8], _ names: Names
  ) throws {
    let isWritten = written.contains(Name(path))
    let roots = try loader.parse(path, bytes) { source throws(YAMLError) in
      try ResourceObject.roots(of: source)
    }
    files.labels[Name(path)] = names.labels
    files.objectCounts[Name(path)] = roots.count { !$0.isNull }
    for root in roots {
      if let workload = Workload(root) { files.workloads.append((path, workload)) }
      if !isWritten, let object = ResourceObject(root) {
        let built = object.built(
          prefix: names.prefix, suffix: names.suffix, namespace: names.namespace)
        files.objects.append((path, built))
      }
      collectReferences(root)
      collectSubjects(root, at: path)
    }
  }

  /// Collects the service accounts that a binding names with their namespaces.
  private mutating func collectSubjects(_ root: Node, at path: String) {
    guard root["kind"]?.scalar?.ends(with: "RoleBinding") == true else { return }
    for subject in root["subjects"]?.items ?? [] {
      guard let namespace = subject["namespace"]?.scalar,
        subject["kind"]?.scalar == "ServiceAccount"
      else { continue }
      files.subjects.append((path, subject["name"]?.scalar ?? "", namespace, subject.location))
    }
  }

  /// Collects the places of an object in which kustomize would follow a renamed Secret.
  private mutating func collectReferences(_ root: Node) {
    guard let kind = root["kind"]?.scalar, let name = root.at("metadata", "name")?.scalar else {
      return
    }
    for field in NameReferences.fields where field.kind == kind {
      for (path, secret) in Self.values(root, field.path.pieces(between: "/")[...], []) {
        files.references.append(
          .init(
            kind: kind, name: name, namespace: root.at("metadata", "namespace")?.scalar,
            path: path.joined(separator: "."), secret: secret))
      }
    }
  }

  /// The scalars at the end of a path, each with its own path, across lists on the way.
  private static func values(
    _ node: Node, _ steps: ArraySlice<String>, _ path: [String]
  ) -> [(path: [String], text: String)] {
    if let items = node.items {
      return items.enumerated().flatMap { values($1, steps, path + [String($0)]) }
    }
    guard let step = steps.first else { return node.scalar.map { [(path, $0)] } ?? [] }
    return node[step].map { values($0, steps.dropFirst(), path + [step]) } ?? []
  }

  /// Collects the fields that the kustomization's own configurations declare as naming a Secret.
  mutating func collectConfigurations(_ visit: Visit) throws {
    for value in visit.list("configurations")
    where value.scalar?.ends(with: NameReferences.fileName) == false {
      for (_, source) in try texts(value, visit.path) {
        guard let root = (try? parseYAML(source))?.first?.root else { continue }
        for entry in root["nameReference"]?.items ?? []
        where entry["kind"]?.scalar == "Secret" && entry["group"] == nil {
          files.secretFields += (entry["fieldSpecs"]?.items ?? []).map { Tree($0) }
        }
      }
    }
  }
}
