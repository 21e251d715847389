/// What a kustomization makes of the names of what it builds.

internal import Kubernetes
internal import Manifests
internal import YAML

struct BuiltNames {
  /// The file of the kustomization.
  let path: String
  private let kustomization: Kustomization?

  /// - Parameter kustomization: nil where it cannot be read.
  init(path: String, _ kustomization: Kustomization?) {
    self.path = path
    self.kustomization = kustomization
  }

  var prefix: String { kustomization?.namePrefix ?? "" }
  var suffix: String { kustomization?.nameSuffix ?? "" }
  var namespace: String? { kustomization?.namespace }

  /// Refuses names that the API server would not take, before one is sealed for or asked for: nothing
  /// else looks at what a prefix makes of them.
  ///
  /// - Throws: `CommandError` at the field that made the name.
  func check(_ objects: [(name: String, namespace: String?)]) throws {
    for (name, namespace) in objects {
      if let fault = KubernetesNames.faultOfSubdomain(name) {
        throw refusal("the name '\(name)' that is built", fault, ["namePrefix", "nameSuffix"])
      }
      if let namespace, let fault = KubernetesNames.faultOfLabel(namespace) {
        throw refusal("the namespace '\(namespace)' that is built", fault, ["namespace"])
      }
    }
  }

  private func refusal(_ what: String, _ fault: String, _ fields: [String]) -> CommandError {
    let made = fields.compactMap { field in
      kustomization?.value(field).map { (field: field, node: $0) }
    }.filter { $0.node.scalar?.isEmpty == false }
    let names = made.isEmpty ? fields : made.map(\.field)
    return CommandError(
      "\(what) \(fault)", hint: "correct \(names.joined(separator: " or "))", file: path,
      location: made.first?.node.location)
  }
}
