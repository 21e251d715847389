/// One kustomization that `init` takes into a workspace, and the Secrets that it builds.

internal import Text
package import Workspace

package struct SurveyedTarget: Sendable {
  /// What the target is called where there are several.
  package let name: String
  /// The kustomization, from the workspace.
  package let path: String
  /// Where the sealed files will go.
  package let output: String
  /// What the kustomization puts before and after names.
  package let prefix: String
  package let suffix: String
  /// The namespace that it sets.
  package let namespace: String?
  /// The namespace that what deploys it gives to its objects, and the file that says so.
  package let given: (namespace: String, file: String)?
  /// The Secrets that are made by generators, without prefix, suffix and hash of the kustomization.
  package let generated: [String]
  package let secrets: [SurveyedSecret]
  /// The names, as built, of the Secrets that a SealedSecret makes already.
  package let sealed: [String]
  /// The CloudNativePG clusters that it builds, each with the Secrets that it names.
  package let clusters: [(name: String, secrets: [String])]
  /// The wave of ArgoCD before everything that names a Secret, by its name as built; empty where ArgoCD
  /// does not deploy the kustomization.
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

  /// The name of a Secret without what the kustomization makes of it.
  ///
  /// - Parameter withoutHash: the built name without a generator's hash; nil where it has none.
  func ownName(_ built: String, withoutHash: String?) -> String {
    func stripped(_ name: String) -> String? {
      guard let rest = name.without(prefix: prefix) else { return nil }
      return rest.without(suffix: suffix)
    }
    if let name = withoutHash.flatMap(stripped), generated.includes(name) { return name }
    return stripped(built) ?? built
  }
}
