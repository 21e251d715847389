/// Builds the kustomizations of a repository, and surveys the Secrets that they make.

package import Building
internal import Cryptography
package import Discovery
internal import Kubernetes
internal import Manifests
internal import Rules
package import Processes
internal import Reporting
internal import Secrets
internal import Text
internal import Workspace
internal import YAML

extension RepositorySurvey {
  /// The Secrets that each root builds; roots without any are left out.
  ///
  /// - Parameter git: the repository, in which no builder is looked for.
  /// - Parameter remote: whether the builder may fetch what is remote.
  /// - Throws: `CommandError` if there is no builder.
  package mutating func targets(
    _ roots: [Root], git: GitRepository?, remote: RemoteFiles
  ) throws -> [SurveyedTarget] {
    let found = try built(roots, Builder(folder, repository: git, remote: remote))
    var survey = SecretSurvey()
    for (secret, _) in found.flatMap(\.secrets) { survey.note(secret) }
    for one in found { look(for: survey, in: one.build, one.root.path) }
    // Every secret value must be known before any text is shown.
    var names: Set<String> = []
    return found.map { one in
      let consumers = Self.consumers(one.build)
      let checkers = SecretCheckers(one.build)
      let secrets = one.secrets.map { secret, object in
        survey.look(at: secret).placed(in: consumers[Name(object.identity.name)])
          .checked { checkers.check($0, of: object.identity.name) }
      }
      return target(one.root, Self.name(of: one.root.folder, among: &names), one.build, secrets)
    }
  }

  /// A root that builds Secrets, and those of them that no SealedSecret makes already.
  private struct Found {
    let root: Root
    let build: Build
    let secrets: [(SecretManifest, BuiltObject)]
  }

  /// Builds the roots, and notes what cannot be built or read.
  private mutating func built(_ roots: [Root], _ builder: Builder) throws -> [Found] {
    var secrets: [[(SecretManifest, BuiltObject)]] = roots.map { _ in [] }
    var faults: [(path: String, reason: String)] = []
    let builds = try build(roots, builder) { index, object, text in
      if let fault = object.faultOfName {
        faults.append(
          (roots[index].path, "a Secret that is built has a name or namespace that \(fault)"))
        return
      }
      do throws(YAMLError) {
        secrets[index] += try SecretStream(text, lists: .kept).secrets.map { ($0, object) }
      } catch {
        faults.append((roots[index].path, "\(object.identity.words) \(error.message)"))
      }
    }
    Notices.reached("built")
    failures += faults
    var found: [Found] = []
    for (root, (builds, secrets)) in zip(roots, zip(builds, secrets)) {
      switch builds[0] {
      case .success(let build):
        sealed += build.sealedSecrets.map(\.identity.name)
        // A Secret that a SealedSecret already makes is not drafted.
        let made = Set(build.sealedSecrets.map { Name($0.identity.name) })
        let secrets = secrets.filter { !made.contains(Name($0.1.identity.name)) }
        if !secrets.isEmpty { found.append(Found(root: root, build: build, secrets: secrets)) }
      case .failure(.noBuilder):
        throw BuildFault.noBuilder.commandError(paths: [], needs: "init needs the build")
      case .failure(let fault): failures.append((root.path, fault.words))
      }
    }
    return found
  }

  /// Builds the roots, a few at a time, and shows the progress.
  private func build(
    _ roots: [Root], _ builder: Builder,
    taking take: @escaping (Int, BuiltObject, SecretBytes) throws -> Void
  ) throws -> [[Result<Build, BuildFault>]] {
    var progress = Progress("built", of: roots.count)
    defer { progress.end() }
    var builds: [[Result<Build, BuildFault>]] = []
    for some in roots.batches(of: 8) {
      let first = some.startIndex
      builds += try builder.build(some.map(\.builtFolder), [[]]) { try take(first + $0, $1, $2) }
      progress.advance(some.count)
    }
    return builds
  }

  /// Finds values in plain text in a ConfigMap, in an argument or in a variable.
  private mutating func look(for survey: SecretSurvey, in build: Build, _ path: String) {
    func walk(_ node: Node, _ place: String, _ found: (String, String) -> Void) {
      if let text = node.scalar, let value = survey.copy(in: text) { found(value, place) }
      for (index, item) in (node.items ?? []).enumerated() {
        walk(item, "\(place).\(index)", found)
      }
      for entry in node.entries ?? [] {
        let key = entry.key.scalar ?? ""
        walk(entry.value, place.isEmpty ? key : "\(place).\(key)", found)
      }
    }
    for object in build.objects where !object.isSecret && !object.isSealedSecret {
      walk(object.root, "") { value, place in
        copies.append(
          (
            path,
            "the value of \(value) is in plain text in \(object.identity.words) at \(place), and stays there when it is renewed"
          ))
      }
    }
  }
}

extension BuiltObject {
  /// What is wrong with its name or its namespace.
  fileprivate var faultOfName: String? {
    KubernetesNames.faultOfSubdomain(identity.name)
      ?? identity.namespace.flatMap { KubernetesNames.faultOfLabel($0) }
  }
}
