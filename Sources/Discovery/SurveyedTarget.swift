/// One kustomization that `init` adds to a workspace, and the Secrets that it builds.

internal import Text
package import Workspace

package struct SurveyedTarget: Sendable {
  package let place: Place
  let naming: Naming
  let namespace: Namespace
  let build: Build

  /// Where a kustomization is.
  package struct Place: Sendable {
    /// The name of the target if there are several.
    let name: String
    /// The path of the kustomization, relative to the workspace.
    package let path: String
    /// Where the sealed files will go.
    let output: String

    package init(name: String, path: String, output: String) {
      self.name = name
      self.path = path
      self.output = output
    }
  }

  /// How a kustomization changes the names of Secrets.
  package struct Naming: Sendable {
    /// The prefix and suffix that it adds to names.
    let prefix: String
    let suffix: String
    /// The Secrets that generators make, without prefix, suffix and hash.
    let generated: [String]

    package init(prefix: String, suffix: String, generated: [String]) {
      self.prefix = prefix
      self.suffix = suffix
      self.generated = generated
    }
  }

  /// The namespace of the objects that have none of their own.
  package struct Namespace: Sendable {
    /// The one that the kustomization sets.
    let own: String?
    /// The one that the tool which deploys it gives to its objects, and the file that says so.
    let given: (namespace: String, file: String)?

    package init(own: String?, given: (namespace: String, file: String)? = nil) {
      self.own = own
      self.given = given
    }

    /// The namespace; nil if nothing states one.
    var stated: String? { own ?? given?.namespace }
  }

  /// What a kustomization builds.
  package struct Build: Sendable {
    let secrets: [SurveyedSecret]
    /// The built names of the Secrets that a SealedSecret already makes.
    let sealed: [String]
    /// The CloudNativePG clusters, each with the Secrets that it names.
    let clusters: [(name: String, secrets: [String])]
    /// The ArgoCD wave before everything that names a Secret, by the Secret's built name.
    ///
    /// Empty if ArgoCD does not deploy the kustomization.
    let waves: [String: Int]

    package init(
      secrets: [SurveyedSecret], sealed: [String] = [],
      clusters: [(name: String, secrets: [String])] = [], waves: [String: Int] = [:]
    ) {
      self.secrets = secrets
      self.sealed = sealed
      self.clusters = clusters
      self.waves = waves
    }
  }

  package init(place: Place, naming: Naming, namespace: Namespace, build: Build) {
    self.place = place
    self.naming = naming
    self.namespace = namespace
    self.build = build
  }

  var name: String { place.name }
  var secrets: [SurveyedSecret] { build.secrets }

  /// Whether nothing states the namespace of some Secret.
  var lacksNamespace: Bool {
    namespace.stated == nil && secrets.contains { $0.namespace == nil }
  }

  /// The name of a Secret without the kustomization's prefix, suffix and hash.
  ///
  /// - Parameter withoutHash: the built name without a generator's hash; nil if it has none.
  func ownName(_ built: String, withoutHash: String?) -> String {
    func stripped(_ name: String) -> String? {
      guard let rest = name.without(prefix: naming.prefix) else { return nil }
      return rest.without(suffix: naming.suffix)
    }
    if let name = withoutHash.flatMap(stripped), naming.generated.includes(name) { return name }
    return stripped(built) ?? built
  }
}
