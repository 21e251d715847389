/// One kustomization that `init` adds to a workspace, and the Secrets that it builds.

internal import Text
package import Workspace

package struct SurveyedTarget: Sendable {
  /// The name of the target if there are several.
  package let name: String
  /// The path of the kustomization, relative to the workspace.
  package let path: String
  /// Where the sealed files will go.
  package let output: String
  /// The prefix and suffix that the kustomization adds to names.
  package let prefix: String
  package let suffix: String
  /// The namespace that it sets.
  package let namespace: String?
  /// The namespace that the tool which deploys it gives to its objects, and the file that says so.
  package let given: (namespace: String, file: String)?
  /// The Secrets that generators make, without the kustomization's prefix, suffix and hash.
  package let generated: [String]
  package let secrets: [SurveyedSecret]
  /// The built names of the Secrets that a SealedSecret already makes.
  package let sealed: [String]
  /// The CloudNativePG clusters that it builds, each with the Secrets that it names.
  package let clusters: [(name: String, secrets: [String])]
  /// The ArgoCD wave before everything that names a Secret, by the Secret's built name.
  ///
  /// Empty if ArgoCD does not deploy the kustomization.
  package let waves: [String: Int]

  package init(
    name: String, path: String, output: String, prefix: String, suffix: String,
    namespace: String?, given: (namespace: String, file: String)? = nil, generated: [String],
    secrets: [SurveyedSecret], sealed: [String] = [],
    clusters: [(name: String, secrets: [String])], waves: [String: Int] = [:]
  ) {
    self.waves = waves
    self.name = name
    self.path = path
    self.output = output
    self.prefix = prefix
    self.suffix = suffix
    self.namespace = namespace
    self.given = given
    self.generated = generated
    self.secrets = secrets
    self.sealed = sealed
    self.clusters = clusters
  }

  /// The name of a Secret without the kustomization's prefix, suffix and hash.
  ///
  /// - Parameter withoutHash: the built name without a generator's hash; nil if it has none.
  func ownName(_ built: String, withoutHash: String?) -> String {
    func stripped(_ name: String) -> String? {
      guard let rest = name.without(prefix: prefix) else { return nil }
      return rest.without(suffix: suffix)
    }
    if let name = withoutHash.flatMap(stripped), generated.includes(name) { return name }
    return stripped(built) ?? built
  }
}
