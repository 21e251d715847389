/// One environment of the workspace file, and its targets.

package import Kubernetes
internal import Text
package import YAML

/// A kustomization of an environment, its templates, and the folder of their sealed files.
package struct WorkspaceTarget: Sendable {
  /// Empty if the environment has no `targets` and is a target itself.
  package let name: String
  package let templates: WorkspacePath
  package let kustomization: WorkspacePath
  package let output: WorkspacePath
  /// The namespace for templates that have none.
  package let namespace: String?
  package let keepGenerators: [String]
  /// The scope of a Secret by its name: `strict`, `namespace-wide`, `cluster-wide`.
  package let scopes: [String: String]
  package let location: Location

  static let fields = [
    "kustomization", "templates", "output", "namespace", "keepGenerators", "scopes",
  ]
}

/// An environment of the workspace file.
package struct WorkspaceEnvironment: Sendable {
  package let name: String
  /// Whether it runs with the values of its dev generator.
  ///
  /// True if the file does not say.
  package let deployed: Bool
  /// At least one.
  package let targets: [WorkspaceTarget]
  package let certificate: WorkspacePath?
  package let fingerprints: [String]
  package let cluster: WorkspaceCluster
  /// The findings that are accepted.
  package let accepted: [Acceptance]
  /// The namespaces into which another tool copies a Secret, by the Secret's name.
  package let copiedTo: [String: [String]]
  /// The path of the lock file, relative to the workspace.
  package let lockPath: String
  package let location: Location

  static let fields = [
    "deployed", "kustomization", "templates", "output", "targets", "lock", "certificate",
    "fingerprints", "cluster", "namespace", "keepGenerators", "scopes", "copiedTo", "accept",
  ]
  static let clusterFields = ["context", "controllerNamespace", "controllerName"]

  /// The target with this name.
  package func target(_ name: String) -> WorkspaceTarget? { targets.first { $0.name === name } }

  /// The copies of a template's Secret, from its annotations and the workspace file.
  package func copies(of secret: TemplateSecret) -> SecretCopies {
    SecretCopies(
      secret.annotations, own: secret.namespace, named: copiedTo[secret.name] ?? [])
  }

  init(
    _ name: String, _ entry: Node.Entry, templates: WorkspacePath
  ) throws(YAMLError) {
    let what = "environment '\(name)'"
    let reader = try MappingReader(entry.value, what, keys: WorkspaceEnvironment.fields)
    self.name = name
    location = entry.key.location
    deployed = try reader.boolean("deployed") ?? true
    certificate = try Workspace.path("certificate", reader)
    cluster = try WorkspaceEnvironment.cluster(reader)
    let pins = try reader.strings("fingerprints")
    for pin in pins where !Workspace.isFingerprint(pin.text) {
      throw YAMLError(
        "a fingerprint must be sha256: and 64 lower-case hex digits", at: pin.location)
    }
    fingerprints = pins.map(\.text)
    copiedTo = try WorkspaceEnvironment.copies(reader)
    accepted = try Acceptance.list(reader["accept"])
    targets = try WorkspaceEnvironment.targets(
      entry, reader,
      Defaults(
        templates: try Workspace.path("templates", reader) ?? templates,
        namespace: try WorkspaceEnvironment.namespace(reader),
        keepGenerators: try reader.strings("keepGenerators").map(\.text),
        scopes: try WorkspaceEnvironment.scopes(reader)))
    guard let first = targets.first else {
      throw YAMLError("\(what) has no target", at: (reader["targets"] ?? entry.key).location)
    }
    lockPath = try WorkspaceEnvironment.lockPath(reader, output: first.output.path)
  }

  /// The path of the lock file: in the folder of the first sealed files unless it is set.
  private static func lockPath(
    _ reader: MappingReader, output folder: String
  ) throws(YAMLError) -> String {
    let path =
      try Workspace.path("lock", reader)?.path
      ?? (folder == "." ? LockPlace.name : "\(folder)/\(LockPlace.name)")
    if let lock = reader["lock"], !path.ends(with: ".lock") {
      throw YAMLError("'lock' must be a file whose name ends with .lock", at: lock.location)
    }
    return path
  }

  /// The targets of an environment, or the environment as its only target.
  private static func targets(
    _ entry: Node.Entry, _ reader: MappingReader, _ defaults: Defaults
  ) throws(YAMLError) -> [WorkspaceTarget] {
    guard let node = reader["targets"] else {
      return [try target("", reader, entry.key.location, defaults)]
    }
    for field in ["kustomization", "output"] {
      guard let value = reader[field] else { continue }
      throw YAMLError(
        "\(reader.what) has 'targets': move '\(field)' into each target", at: value.location)
    }
    _ = try MappingReader(node, "targets", keys: [])
    var targets: [WorkspaceTarget] = []
    for entry in node.entries ?? [] {
      let name = entry.key.scalar ?? ""
      if let fault = KubernetesNames.faultOfLabel(name) {
        throw YAMLError("the target '\(name)' \(fault)", at: entry.key.location)
      }
      let fields = try MappingReader(entry.value, "target '\(name)'", keys: WorkspaceTarget.fields)
      targets.append(try target(name, fields, entry.key.location, defaults))
    }
    return targets
  }

  /// The defaults for targets that do not set these fields.
  private struct Defaults {
    let templates: WorkspacePath
    let namespace: String?
    let keepGenerators: [String]
    let scopes: [String: String]
  }

  private static func target(
    _ name: String, _ reader: MappingReader, _ location: Location, _ defaults: Defaults
  ) throws(YAMLError) -> WorkspaceTarget {
    guard let kustomization = try Workspace.path("kustomization", reader) else {
      throw YAMLError("\(reader.what) needs a 'kustomization'", at: location)
    }
    guard let output = try Workspace.path("output", reader) else {
      throw YAMLError("\(reader.what) needs an 'output'", at: location)
    }
    let scopes = try self.scopes(reader)
    return WorkspaceTarget(
      name: name, templates: try Workspace.path("templates", reader) ?? defaults.templates,
      kustomization: kustomization, output: output,
      namespace: try namespace(reader) ?? defaults.namespace,
      keepGenerators: reader["keepGenerators"] == nil
        ? defaults.keepGenerators : try reader.strings("keepGenerators").map(\.text),
      scopes: defaults.scopes.merging(scopes) { _, own in own }, location: location)
  }

  private static func namespace(_ reader: MappingReader) throws(YAMLError) -> String? {
    guard let namespace = try reader.string("namespace") else { return nil }
    if let fault = KubernetesNames.faultOfLabel(namespace) {
      throw YAMLError(
        "the namespace '\(namespace)' \(fault)",
        at: (reader["namespace"] ?? reader.node).location)
    }
    return namespace
  }

  private static func scopes(_ reader: MappingReader) throws(YAMLError) -> [String: String] {
    var scopes: [String: String] = [:]
    for pair in try reader.stringMap("scopes") {
      guard ["strict", "namespace-wide", "cluster-wide"].contains(pair.value) else {
        throw YAMLError(
          "a scope must be strict, namespace-wide or cluster-wide, not '\(pair.value)'",
          at: pair.valueNode.location)
      }
      scopes[pair.key] = pair.value
    }
    return scopes
  }

  private static func copies(_ reader: MappingReader) throws(YAMLError) -> [String: [String]] {
    guard let node = reader["copiedTo"] else { return [:] }
    let fields = try MappingReader(node, "copiedTo", keys: [])
    var copies: [String: [String]] = [:]
    for entry in node.entries ?? [] {
      guard let name = entry.key.scalar else { continue }
      copies[name] = try fields.strings(name).map { item throws(YAMLError) in
        if let fault = KubernetesNames.faultOfLabel(item.text) {
          throw YAMLError("the namespace '\(item.text)' \(fault)", at: item.location)
        }
        return item.text
      }
    }
    return copies
  }

  private static func cluster(_ reader: MappingReader) throws(YAMLError) -> WorkspaceCluster {
    var cluster = WorkspaceCluster()
    guard let node = reader["cluster"] else { return cluster }
    let fields = try MappingReader(node, "cluster", keys: clusterFields)
    cluster.context = try fields.string("context")
    if let context = cluster.context, context.utf8.contains(where: { $0 < 32 || $0 == 127 }) {
      throw YAMLError(
        "the context has a control character", at: (fields["context"] ?? node).location)
    }
    cluster.controllerNamespace = try fields.string("controllerNamespace")
    cluster.controllerName = try fields.string("controllerName")
    for (key, name) in [
      ("controllerNamespace", cluster.controllerNamespace),
      ("controllerName", cluster.controllerName),
    ] {
      // Both become part of a request's path.
      guard let name, let fault = KubernetesNames.faultOfLabel(name) else { continue }
      throw YAMLError("the \(key) '\(name)' \(fault)", at: (fields[key] ?? node).location)
    }
    return cluster
  }
}
