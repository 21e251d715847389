/// Which Secrets of the templates contain a value of a credential.

internal import Kubernetes
internal import Text
package import Workspace

extension TemplateSecret {
  /// The Secret as it is built, as `NAMESPACE/NAME`.
  var path: String { NamespacedName(namespace, builtName).text }
}

extension EnvironmentState {
  /// The Secrets that contain a current or previous value of a credential.
  package func secrets(of credential: Credential) -> [TemplateSecret] {
    files.flatMap(\.template.secrets).filter { secret in
      secret.pair === credential.name
        || secret.items.contains { item in
          item.expression.previousOf === credential.name
            || item.expression.credentials.contains {
              Credential.group(of: $0) === credential.name
            }
        }
    }
  }
}
