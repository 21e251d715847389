/// The workspace file, `moltseal.yml`.

internal import Kubernetes
internal import Text
package import YAML

/// A path in the workspace file, and its location there.
package struct WorkspacePath: Sendable {
  package let path: String
  package let location: Location
}

/// Where an environment's controller runs.
package struct WorkspaceCluster: Sendable {
  /// The kubectl context; nil for the current one.
  package var context: String?
  package var controllerNamespace: String?
  package var controllerName: String?
}

package struct Workspace: Sendable {
  /// The name of the workspace file.
  package static let fileName = "moltseal.yml"

  package let templates: WorkspacePath
  /// The credentials; a role pair is one credential for each role.
  package let credentials: [Credential]
  /// The credentials as in the file.
  package let groups: [Credential]
  package let environments: [WorkspaceEnvironment]

  private let places: [Name: Int]
  private let groupPlaces: [Name: Int]

  package func credential(_ name: String) -> Credential? {
    if let place = places[Name(name)] { return credentials[place] }
    guard let key = name.without(suffix: Credential.nextSuffix) else { return nil }
    return places[Name(key)].map { credentials[$0].next }
  }

  /// A credential by its name in the file.
  package func group(_ name: String) -> Credential? {
    groupPlaces[Name(name)].map { groups[$0] }
  }

  /// The names that templates and the command line use.
  package var names: [String] { groups.map(\.name) }

  static let fields = ["apiVersion", "kind", "templates", "credentials", "environments"]

  /// Every key that the parser knows, by its mapping; the published schema has the same keys.
  package static let schemaFields: [String: [String]] = [
    "workspace": fields, "environment": WorkspaceEnvironment.fields,
    "target": WorkspaceTarget.fields, "cluster": WorkspaceEnvironment.clusterFields,
    "credential": Credential.fields, "generate": Credential.recipeFields,
  ]

  /// - Throws: `YAMLError` with line and column.
  package init(_ source: SourceText) throws(YAMLError) {
    let documents = try parseYAML(source)
    guard let root = documents.first?.root, documents.count == 1 else {
      throw YAMLError(
        documents.count > 1 ? "has more than one document" : "is empty",
        at: Location(line: 1, column: 1))
    }
    try Workspace.refuseAliases(root)
    let reader = try MappingReader(root, "the workspace", keys: Workspace.fields)
    try Workspace.expect("apiVersion", "moltseal.dev/v1", reader)
    try Workspace.expect("kind", "Workspace", reader)
    templates =
      try Workspace.path("templates", reader)
      ?? WorkspacePath(path: "templates", location: root.location)
    groups = try Workspace.credentials(reader)
    groupPlaces = Dictionary(
      groups.enumerated().map { (Name($1.name), $0) }, uniquingKeysWith: { first, _ in first })
    credentials = groups.flatMap { $0.roles.isEmpty ? [$0] : $0.members }
    // A credential that is listed twice was refused.
    places = Dictionary(
      credentials.enumerated().map { (Name($1.name), $0) },
      uniquingKeysWith: { first, _ in first })
    environments = try Workspace.environments(reader, templates: templates)
  }

  private static func credentials(_ reader: MappingReader) throws(YAMLError) -> [Credential] {
    guard let node = reader["credentials"] else { return [] }
    _ = try MappingReader(node, "credentials", keys: [])
    var credentials: [Credential] = []
    for entry in node.entries ?? [] {
      credentials.append(
        try Credential(name: entry.key.scalar ?? "", keyNode: entry.key, entry.value))
    }
    for credential in credentials {
      for held in credential.holds where !credentials.contains(where: { $0.name === held }) {
        throw YAMLError(
          "credential '\(credential.name)' holds '\(held)', which is not a credential\(nearest(to: held, among: credentials.map(\.name)))",
          at: credential.location)
      }
    }
    return credentials
  }

  private static func environments(
    _ reader: MappingReader, templates: WorkspacePath
  ) throws(YAMLError) -> [WorkspaceEnvironment] {
    guard let node = reader["environments"] else {
      throw YAMLError("the workspace has no environments", at: reader.node.location)
    }
    _ = try MappingReader(node, "environments", keys: [])
    var environments: [WorkspaceEnvironment] = []
    for entry in node.entries ?? [] {
      environments.append(
        try WorkspaceEnvironment(entry.key.scalar ?? "", entry, templates: templates))
    }
    try checkOutputs(environments)
    return environments
  }

  /// Refuses two targets with one output folder, and an output in a folder of templates.
  private static func checkOutputs(_ environments: [WorkspaceEnvironment]) throws(YAMLError) {
    var owners: [Name: String] = [:]
    let templates = Set(
      environments.flatMap(\.targets).map { Name($0.templates.path) })
    for environment in environments {
      for target in environment.targets {
        let name = environment.name + (target.name.isEmpty ? "" : "/" + target.name)
        if let other = owners.updateValue(name, forKey: Name(target.output.path)) {
          throw YAMLError(
            "'\(name)' has the same output as '\(other)' and would overwrite it",
            at: target.output.location)
        }
        if templates.contains(Name(target.output.path)) {
          throw YAMLError(
            "'output' is the folder of the templates; sealed files would be read as templates",
            at: target.output.location)
        }
      }
    }
  }

  /// A fingerprint is `sha256:` and 64 lower-case hex digits.
  package static func isFingerprint(_ text: String) -> Bool {
    let digits = text.utf8.dropFirst("sha256:".utf8.count)
    return text.begins(with: "sha256:") && digits.count == 64
      && digits.allSatisfy { (48...57).contains($0) || (97...102).contains($0) }
  }

  private static func expect(
    _ key: String, _ value: String, _ reader: MappingReader
  ) throws(YAMLError) {
    let found = try reader.string(key)
    guard found == value else {
      throw YAMLError(
        "'\(key)' must be '\(value)'", at: (reader[key] ?? reader.node).location)
    }
  }

  static func path(
    _ key: String, _ reader: MappingReader
  ) throws(YAMLError) -> WorkspacePath? {
    guard let text = try reader.string(key), let node = reader[key] else { return nil }
    let steps = text.pieces(between: "/")
    guard !text.isEmpty, !Path.isAbsolute(text), !steps.contains("..") else {
      throw YAMLError(
        "'\(key)' must be a path beneath the workspace, not '\(text)'", at: node.location)
    }
    // `Files` refuses other spellings, and paths through a link.
    if let step = steps.first(where: { $0.lowercased() == ".git" }) {
      throw YAMLError("'\(key)' leads into '\(step)', which belongs to git", at: node.location)
    }
    let plain = steps.filter { $0 != "." && !$0.isEmpty }.joined(separator: "/")
    return WorkspacePath(path: plain.isEmpty ? "." : plain, location: node.location)
  }

  private static func refuseAliases(_ root: Node) throws(YAMLError) {
    try root.visitChecked { node throws(YAMLError) in
      if case .alias = node.content {
        throw YAMLError("aliases are not allowed here; write the value out", at: node.location)
      }
    }
  }
}
