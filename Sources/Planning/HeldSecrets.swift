/// Which Secrets of the templates hold a value of a credential.

internal import Text
package import Workspace

extension EnvironmentState {
  /// The Secrets that hold a value of a credential, or one that was made before.
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
