/// Reads everything that a run of one environment depends on.

internal import Cryptography
internal import Kubernetes
internal import Manifests
package import Planning
internal import Reporting
package import Repository
internal import Text
internal import Files
internal import Words
package import Workspace
package import YAML

/// Reads the files of one environment.
package struct EnvironmentLoader {
  let workspace: LoadedWorkspace
  let environment: WorkspaceEnvironment
  /// The selected targets; nil for all of them.
  var selected: Set<String>?

  /// - Parameter selected: the names of the targets that take part; nil for all of them.
  package init(
    workspace: LoadedWorkspace, environment: WorkspaceEnvironment, selected: Set<String>? = nil
  ) {
    self.workspace = workspace
    self.environment = environment
    self.selected = selected
  }

  /// The largest sealed file, in bytes; real ones are as large as their values.
  package static let sealedLimit = 64 << 20

  /// Returns the state that a run is planned from.
  ///
  /// - Parameter certificate: the fingerprint of the certificate to seal for; nil if there is none.
  package func state(certificate: String?) throws -> EnvironmentState {
    let (files, configMaps) = try templates()
    return EnvironmentState(
      workspace: workspace.file, environment: environment,
      files: files.filter { isSelected($0.target) },
      configMaps: configMaps.filter { isSelected($0.target) },
      otherFiles: files.filter { !isSelected($0.target) }, lock: try lockFile(),
      certificate: certificate, sha256: { Digest.sha256($0) })
  }

  private func isSelected(_ target: String) -> Bool { selected?.contains(target) ?? true }

  /// The selected targets.
  package var targets: [WorkspaceTarget] { environment.targets.filter { isSelected($0.name) } }

  /// Returns every template with its sealed file.
  private func templates() throws -> (files: [PlannedFile], configMaps: [PlannedConfigMaps]) {
    var files: [PlannedFile] = []
    var configMaps: [PlannedConfigMaps] = []
    // A Secret's name must be unique in the whole environment.
    var secrets: [Name: String] = [:]
    for target in environment.targets {
      let (some, published) = try templates(of: target, &secrets)
      files += some
      configMaps += published
    }
    return (files, configMaps)
  }

  private func templates(
    of target: WorkspaceTarget, _ secrets: inout [Name: String]
  ) throws -> (files: [PlannedFile], configMaps: [PlannedConfigMaps]) {
    let built = builtNames(target)
    var files: [PlannedFile] = []
    var configMaps: [PlannedConfigMaps] = []
    var outputs: [Name: String] = [:]
    for path in try templatePaths(target) {
      let template = try template(path, target, built)
      let output = Path.join(target.output.path, template.outputName)
      if let other = outputs.updateValue(path, forKey: Name(output)) {
        throw CommandError(
          "'\(path)' and '\(other)' would both become '\(output)'",
          hint: "rename one of them")
      }
      try built.check(
        template.secrets.map { ($0.builtName, $0.namespace) }
          + template.configMaps.map { (built.prefix + $0.name + built.suffix, $0.namespace) })
      if !template.configMaps.isEmpty {
        configMaps.append(
          PlannedConfigMaps(
            template: template, outputPath: output, bytes: try read(output), target: target.name))
        continue
      }
      try note(template.secrets, of: path, &secrets)
      files.append(
        PlannedFile(
          template: template, outputPath: output, manifest: try manifest(output),
          suppliedNamespace: built.namespace, target: target.name))
    }
    return (files, configMaps)
  }

  /// Returns a template with the names and the namespace that its kustomization builds.
  private func template(
    _ path: String, _ target: WorkspaceTarget, _ built: BuiltNames
  ) throws -> Template {
    try parse(path) { source throws(YAMLError) in
      try Template(path: path, source, credentials: workspace.file.groups)
    }.built(
      prefix: built.prefix, suffix: built.suffix, namespace: target.namespace ?? built.namespace)
  }

  /// Refuses a Secret that another template has already.
  ///
  /// - Parameter known: the templates of the Secrets so far, by namespace and name.
  private func note(
    _ secrets: [TemplateSecret], of path: String, _ known: inout [Name: String]
  ) throws {
    for secret in secrets {
      let id = NamespacedName(secret.namespace, secret.builtName).text
      if let other = known.updateValue(path, forKey: Name(id)) {
        throw CommandError(
          "Secret '\(id)' is already in '\(other)'", hint: "keep one of them", file: path,
          location: secret.location)
      }
    }
  }

  /// Returns how the kustomization of a target changes names; if it cannot be read, it changes none
  /// here, and the rules report it.
  func builtNames(_ target: WorkspaceTarget) -> BuiltNames {
    let path = target.kustomization.path
    guard let bytes = try? read(path), let source = try? SourceText(bytes) else {
      return BuiltNames(path: path, nil)
    }
    return BuiltNames(path: path, try? Kustomization(source))
  }

  private func lockFile() throws -> LockFile? {
    guard let bytes = try read(environment.lockPath, limit: Self.sealedLimit) else { return nil }
    let lock = try parse(environment.lockPath, bytes) { source throws(YAMLError) in
      try LockFile(source)
    }
    try LockCheck(lock, environment).run()
    return lock
  }

  /// Reads a file of the workspace, or returns nil if it does not exist.
  package func read(_ path: String, limit: Int = 4 << 20) throws -> [UInt8]? {
    do throws(FileError) {
      return try workspace.folder.readIfPresent(path, limit: limit)
    } catch {
      throw CommandError(
        error, what: "cannot read", file: Workspace.fileName, location: location(of: path))
    }
  }

  /// Parses a file that must exist.
  package func parse<Value>(
    _ path: String, _ bytes: [UInt8]? = nil, _ body: (SourceText) throws(YAMLError) -> Value
  ) throws -> Value {
    guard let bytes = try bytes ?? read(path) else {
      throw CommandError(
        "'\(path)' does not exist", hint: "check the path; it is relative to the workspace",
        file: Workspace.fileName, location: location(of: path))
    }
    do throws(YAMLError) {
      return try body(try SourceText(bytes))
    } catch {
      throw CommandError(error, file: path)
    }
  }

  private func templatePaths(_ target: WorkspaceTarget) throws -> [String] {
    let templates = target.templates
    do {
      let names = try workspace.folder.names(in: templates.path)
        .filter { $0.ends(with: ".yml") || $0.ends(with: ".yaml") }
      guard !names.isEmpty else {
        throw CommandError(
          "the folder '\(templates.path)' contains no template", hint: "add a NAME-template.yml",
          file: Workspace.fileName, location: templates.location)
      }
      return names.map { Path.join(templates.path, $0) }
    } catch let error as FileError {
      throw CommandError(
        error, what: "cannot read", file: Workspace.fileName, location: templates.location)
    }
  }

  private func manifest(_ path: String) throws -> SealedSecretFile? {
    guard let bytes = try read(path, limit: Self.sealedLimit) else { return nil }
    return try parse(path, bytes) { source throws(YAMLError) in try SealedSecretFile(source) }
  }

  /// Returns where the workspace file names a path, for messages about it.
  private func location(of path: String) -> Location? {
    let named =
      environment.targets.flatMap { [$0.kustomization, $0.output, $0.templates] }
      + [environment.certificate].compactMap { $0 }
    return named.first { Path.isIn(path, folder: $0.path) }?.location
  }
}

extension WorkspaceEnvironment {
  /// Returns the named targets, or nil for all of them.
  ///
  /// - Throws: `CommandError` for a name that no target has.
  package func selected(_ targets: [String]) throws -> Set<String>? {
    guard !targets.isEmpty else { return nil }
    for name in targets where target(name) == nil || name.isEmpty {
      let known = self.targets.map(\.name).filter { !$0.isEmpty }
      throw CommandError(
        "no target of '\(self.name)' is named '\(name)'\(nearest(to: name, among: known))",
        hint: known.isEmpty
          ? "the environment has one kustomization and no 'targets'"
          : "the environment has: \(known.joined(separator: ", "))",
        file: Workspace.fileName, location: location)
    }
    return Set(targets)
  }
}
