/// How a kustomization changes the names of its resources.

internal import Kubernetes
internal import Manifests
internal import Reporting
internal import YAML

struct BuiltNames {
  /// The file of the kustomization.
  let path: String
  private let kustomization: Kustomization?

  /// - Parameter kustomization: nil if it cannot be read.
  init(path: String, _ kustomization: Kustomization?) {
    self.path = path
    self.kustomization = kustomization
  }

  var prefix: String { kustomization?.namePrefix ?? "" }
  var suffix: String { kustomization?.nameSuffix ?? "" }
  var namespace: String? { kustomization?.namespace }

  /// Refuses names that the API server would not accept, before anything is sealed for them or
  /// requested with them; no other check sees the names with their prefix.
  ///
  /// - Throws: `CommandError` at the field that made the name.
  func check(_ objects: [(name: String, namespace: String?)]) throws {
    for (name, namespace) in objects {
      if let fault = KubernetesNames.faultOfSubdomain(name) {
        throw refusal("the built name '\(name)'", fault, ["namePrefix", "nameSuffix"])
      }
      if let namespace, let fault = KubernetesNames.faultOfLabel(namespace) {
        throw refusal("the built namespace '\(namespace)'", fault, ["namespace"])
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
