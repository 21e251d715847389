/// Searches a repository for what it builds, and for the Secrets in it.

internal import Building
internal import Kustomize
internal import Manifests
internal import Processes
internal import Reporting
internal import Secrets
internal import Text
package import Files
internal import YAML

/// The kustomizations below a folder, and what is known of their Secrets.
package struct RepositorySurvey {
  /// A kustomization that nothing else builds on, or that the user named.
  package struct Root {
    /// The file, relative to the folder that is surveyed.
    package let path: String
    /// The folder of the file.
    package let folder: String
    let kustomization: Kustomization
    /// The folder that is built instead: an overlay that does not exist yet adds nothing to it.
    var built: String?
    var builtFolder: String { built ?? folder }
  }

  /// What the files of a kustomization must mention, so that it is built.
  package enum Kinds {
    case secrets
    /// SealedSecrets count as well.
    case secretsAndSealed
  }

  let folder: WorkspaceFolder
  let includers: Includers
  /// What could not be checked, and why.
  var failures: [(path: String, reason: String)] = []
  /// The SealedSecrets that already exist.
  var sealed: [String] = []
  /// The places where another built object contains a secret value in plain text.
  var copies: [(path: String, words: String)] = []
  /// What ArgoCD and Flux do to builds.
  let deployed: DeployedPlaces

  /// Searches a folder for kustomizations, and for what deploys them.
  ///
  /// - Throws: `CommandError` if the folder cannot be read.
  package init(_ folder: WorkspaceFolder) throws {
    self.folder = folder
    let root = GitRepository.find(from: folder.path)?.root
    let way = root.flatMap { Path.relative(folder.path, to: $0) } ?? ""
    deployed = DeployedPlaces.read(prefix: way.isEmpty ? "" : way + "/")
    includers = try Includers(folder)
  }

  var isEmpty: Bool { includers.all.isEmpty }

  /// The first kustomization that builds on something outside this folder.
  var reachingOut: (path: String, resource: String)? {
    for (path, folder, kustomization) in includers.all {
      for resource in kustomization.resources.compactMap(\.scalar)
      where resource.begins(with: "..") && Includers.path(of: resource, below: folder) == nil {
        return (path, resource)
      }
    }
    return nil
  }

  /// The paths of the kustomizations that nothing builds on and whose files mention no Secret.
  package func silent() throws -> [String] {
    try includers.all.map {
      Root(path: $0.path, folder: $0.folder, kustomization: $0.kustomization)
    }.filter {
      try !$0.kustomization.isComponent && !includers.isIncluded($0.folder)
        && !speaksOfSecrets($0, .secretsAndSealed)
    }.map(\.path)
  }

  /// The kustomizations that nothing builds on and whose files mention Secrets.
  ///
  /// - Parameter named: the files or folders that the user named; empty for all of them.
  /// - Throws: `CommandError` for a name that is not a kustomization here.
  package func roots(_ named: [String], mentioning kinds: Kinds = .secrets) throws -> [Root] {
    let all = includers.all.map {
      Root(path: $0.path, folder: $0.folder, kustomization: $0.kustomization)
    }
    guard named.isEmpty else {
      return try named.map { name in
        let steps = Path.steps(name).filter { $0 != "." }.joined(separator: "/")
        let path = steps.isEmpty ? "." : steps
        guard let root = all.first(where: { $0.path === path || $0.folder === path }) else {
          throw CommandError(
            "'\(name)' is not a kustomization here\(nearest(to: path, among: all.map(\.path)))",
            hint: "name a kustomization or its folder, relative to where moltseal.yml will be")
        }
        return root
      }
    }
    let free = try all.filter { root throws in
      guard !root.kustomization.isComponent, !includers.isIncluded(root.folder) else {
        return false
      }
      return try speaksOfSecrets(root, kinds)
    }
    // A repository of components has nothing else.
    return free.isEmpty
      ? try all.filter {
        try $0.kustomization.isComponent && speaksOfSecrets($0, kinds)
      } : free
  }

  private func speaksOfSecrets(_ root: Root, _ kinds: Kinds) throws -> Bool {
    let graph = KustomizationGraph(root.folder, reading: DiskReading(folder: folder))
    // What cannot be read is reported when it is not built.
    return !graph.faults.isEmpty
      || graph.files.values.contains { bytes in
        // Each of these words is rare enough to build what contains it.
        bytes.contains(text: "ecretGenerator:") || bytes.contains(text: "secretgenerator")
          || bytes.contains(text: "kind: Secret")
          || bytes.contains(text: "\"Secret\"")
          || kinds == .secretsAndSealed && bytes.contains(text: "SealedSecret")
      }
  }

  /// How names are changed after the build: what is sealed here could not be opened then.
  func renaming(of root: Root) -> (file: String, words: String)? {
    guard let place = deployed.place(of: root.folder) else { return nil }
    let parts = [place.prefix.map { "a prefix '\($0)'" }, place.suffix.map { "a suffix '\($0)'" }]
      .compactMap { $0 }
    return parts.isEmpty ? nil : (place.file, parts.joined(separator: " and "))
  }

  /// Whether something else builds on a root.
  func isBase(_ root: Root) -> Bool { includers.isIncluded(root.folder) }

}

extension RepositorySurvey.Root {
  /// What the folder is for, according to its steps.
  enum Purpose { case production, staging, development, unknown }

  var purpose: Purpose {
    let steps = folder.lowercased().pieces(between: "/").flatMap { $0.pieces(between: "-") }
    func has(_ words: String...) -> Bool { steps.contains { words.contains($0) } }
    if has("prod", "production", "prd", "live") { return .production }
    if has("staging", "stage", "stg", "qa", "uat", "preprod", "acceptance") { return .staging }
    if has(
      "dev", "development", "local", "test", "tests", "testing", "ci", "minikube", "kind", "e2e")
    {
      return .development
    }
    return .unknown
  }
}
