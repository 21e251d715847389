/// Secret templates: ordinary v1/Secret manifests whose stringData contains placeholders.

internal import Kubernetes
internal import Text
package import YAML

/// One key of a template.
package struct TemplateItem: Sendable {
  package let key: String
  package let expression: Expression
  package let location: Location

  package init(key: String, expression: Expression, location: Location) {
    self.key = key
    self.expression = expression
    self.location = location
  }
}

/// One Secret of a template.
package struct TemplateSecret: Sendable {
  package let name: String
  /// Its name as kustomize builds it; it is sealed for this name.
  package internal(set) var builtName: String
  package internal(set) var namespace: String?
  package let type: String?
  package let immutable: Bool?
  package let labels: [(key: String, value: String)]
  package let annotations: [(key: String, value: String)]
  package let items: [TemplateItem]
  /// The role it is written for, if there are two.
  package let role: Credential.Role?
  /// The credential that has these roles.
  package let pair: String?
  package let location: Location

  fileprivate func built(prefix: String, suffix: String, namespace: String?) -> TemplateSecret {
    var copy = self
    copy.builtName = prefix + name + suffix
    copy.namespace = self.namespace ?? namespace
    return copy
  }
}

/// One template file.
package struct Template: Sendable {
  /// Relative to the workspace.
  package let path: String
  package private(set) var secrets: [TemplateSecret]
  /// Its ConfigMaps; a file has either these or Secrets.
  package private(set) var configMaps: [TemplateConfigMap]

  static let fields = ["apiVersion", "kind", "metadata", "type", "immutable", "stringData", "data"]
  static let metadataFields = ["name", "namespace", "labels", "annotations"]
  /// The maximum size of a Secret (k8s.io/api core/v1 `MaxSecretSize`): 1 MiB.
  static let maximumSize = 1 << 20

  /// Parses a template as strictly as the API server would.
  ///
  /// A Secret with the password of a role pair becomes two, one for each role.
  ///
  /// - Parameter credentials: the credentials as in the workspace file.
  /// - Throws: `YAMLError` with line and column.
  package init(
    path: String, _ source: SourceText, credentials: [Credential]
  ) throws(YAMLError) {
    let whole = try Template(path: path, source, names: credentials.map(\.name))
    self.path = path
    var secrets: [TemplateSecret] = []
    for secret in whole.secrets {
      try secret.checkContexts(credentials)
      secrets += try secret.forRoles(credentials)
    }
    self.secrets = secrets
    for configMap in whole.configMaps { try configMap.check(credentials) }
    configMaps = whole.configMaps
  }

  /// - Parameter names: the credentials of the workspace, none of which has two roles.
  /// - Throws: `YAMLError` with line and column.
  package init(path: String, _ source: SourceText, names: [String]) throws(YAMLError) {
    self.path = path
    var secrets: [TemplateSecret] = []
    var configMaps: [TemplateConfigMap] = []
    var seen: Set<[Name?]> = []
    let names = Set(names.map { Name($0) })
    for document in try parseYAML(source) {
      guard let root = document.root else { continue }
      if root["kind"]?.scalar == "ConfigMap" {
        configMaps.append(try TemplateConfigMap(root, names: names))
        continue
      }
      let secret = try TemplateSecret(root, source: source, names: names)
      if !seen.insert([secret.namespace.map { Name($0) }, Name(secret.name)]).inserted {
        throw YAMLError("'\(secret.name)' is listed twice in this file", at: root.location)
      }
      secrets.append(secret)
    }
    guard !secrets.isEmpty || !configMaps.isEmpty else {
      throw YAMLError("contains no Secret", at: Location(line: 1, column: 1))
    }
    if let configMap = configMaps.first, !secrets.isEmpty {
      throw YAMLError(
        "contains Secrets and ConfigMaps; a ConfigMap needs its own template file",
        at: configMap.location)
    }
    self.secrets = secrets
    self.configMaps = configMaps
  }

  /// The name, namespace and other metadata of an object, as the API server would accept them.
  ///
  /// - Parameter kind: the kind of the object, for messages.
  static func metadata(
    of kind: String, _ root: Node, _ object: MappingReader
  ) throws(YAMLError) -> (name: String, namespace: String?, reader: MappingReader) {
    guard let node = object["metadata"] else {
      throw YAMLError("the \(kind) needs 'metadata'", at: root.location)
    }
    let reader = try MappingReader(node, "metadata", keys: metadataFields)
    guard let name = try reader.string("name"), let nameNode = reader["name"] else {
      throw YAMLError("the \(kind) needs a 'metadata.name'", at: node.location)
    }
    if let fault = KubernetesNames.faultOfSubdomain(name) {
      throw YAMLError("the name '\(name)' \(fault)", at: nameNode.location)
    }
    let namespace = try reader.string("namespace")
    if let namespace, let fault = KubernetesNames.faultOfLabel(namespace) {
      throw YAMLError(
        "the namespace '\(namespace)' \(fault)", at: (reader["namespace"] ?? root).location)
    }
    return (name, namespace, reader)
  }

  /// The template as a target builds it: names with their prefix and suffix, and a namespace for
  /// what has none of its own.
  package func built(prefix: String, suffix: String, namespace: String?) -> Template {
    var copy = self
    copy.secrets = secrets.map { $0.built(prefix: prefix, suffix: suffix, namespace: namespace) }
    copy.configMaps = configMaps.map { $0.built(namespace: namespace) }
    return copy
  }

  /// The name of its output: `api-secrets-template.yml` → `api-sealedsecret.yml`.
  package var outputName: String {
    let file = Path.name(path)
    return secrets.isEmpty
      ? Template.publicOutputName(of: file) : Template.outputName(of: file)
  }

  /// The name of the sealed file of a template.
  package static func outputName(of file: String) -> String {
    "\(base(of: file, without: ["-template", "-secrets", "-secret"]))-sealedsecret.yml"
  }

  /// The name of the file of a template of ConfigMaps.
  private static func publicOutputName(of file: String) -> String {
    "\(base(of: file, without: ["-template", "-configmap"]))-configmap.yml"
  }

  /// The name of a file without `-template`, and without at most one of the other endings.
  private static func base(of file: String, without endings: [String]) -> String {
    var base = file.without(suffix: ".yaml") ?? file.without(suffix: ".yml") ?? file
    for ending in endings {
      guard let rest = base.without(suffix: ending) else { continue }
      base = rest
      if ending != "-template" { break }
    }
    return base
  }
}
