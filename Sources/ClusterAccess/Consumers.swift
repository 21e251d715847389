/// The workloads that the repository builds, and the fields in which they name the templates'
/// Secrets.

internal import Kubernetes
internal import Cluster
internal import Manifests
internal import Planning
internal import Rules
internal import Text
internal import Words
internal import Workspace

extension BuiltConsumers {
  /// Collects the consumers; a consumer of one role's Secret counts for both roles, because a flip
  /// changes the name.
  init(_ state: EnvironmentState, _ contexts: [KustomizationContext]) {
    let secrets = state.files.flatMap(\.template.secrets)
    let built = contexts.flatMap { context in
      context.files.workloads.map(\.workload).filter { !context.isDeleted($0.kind, $0.name) }
        .map { (workload: $0, name: context.builtName(of: $0)) }
    }
    var workloads: [String: [(kind: String, name: String)]] = [:]
    for (workload, name) in built where workload.canRoll {
      for secret in secrets {
        let place = NamespacedName(secret.namespace, secret.builtName)
        guard workload.namespace == nil || workload.namespace === place.namespace,
          Self.names(of: secret, among: secrets).contains(where: workload.secrets.contains)
        else { continue }
        workloads[place.text, default: []].append((workload.kind, name))
      }
    }
    var places: [String: [String]] = [:]
    for credential in state.workspace.groups {
      var found: Set<String> = []
      for secret in state.secrets(of: credential) {
        let namespace = NamespacedName(secret.namespace, secret.builtName).namespace
        for copy in state.environment.copies(of: secret).namespaces {
          found.insert("Secret/\(copy)/\(secret.builtName): copy")
        }
        let names = Self.names(of: secret, among: secrets)
        for (workload, name) in built
        where workload.namespace == nil || workload.namespace === namespace {
          for use in workload.uses where names.contains(where: { $0 === use.secret }) {
            found.insert("\(workload.kind)/\(namespace)/\(name) \(use.path): \(use.secret)")
          }
        }
      }
      places[credential.name] = found.sorted()
    }
    self.init(workloads: workloads, places: places)
  }

  /// Returns the names by which workloads of the repository may refer to a Secret.
  private static func names(
    of secret: TemplateSecret, among secrets: [TemplateSecret]
  ) -> [String] {
    secrets.filter {
      $0.pair != nil && $0.pair == secret.pair && $0.items.map(\.key) == secret.items.map(\.key)
    }.map(\.name) + [secret.name]
  }
}
