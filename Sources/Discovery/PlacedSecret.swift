/// A surveyed Secret in its target, under the name that its author gave it.

internal import Text
internal import Workspace

struct PlacedSecret {
  let secret: SurveyedSecret
  let target: SurveyedTarget
  /// Its name without the kustomization's prefix, suffix and hash.
  let own: String
  /// Names it in messages: the target if there are several, and its namespace if another Secret has
  /// its name.
  private let label: String

  init(
    _ secret: SurveyedSecret, in target: SurveyedTarget, of targets: [SurveyedTarget], own: String
  ) {
    self.secret = secret
    self.target = target
    self.own = own
    let hasTwin = target.secrets.count { $0.name == secret.name } > 1
    let namespace = hasTwin ? secret.namespace.map { "\($0)/" } ?? "" : ""
    label = (targets.count > 1 ? "\(target.name): " : "") + "\(namespace)\(own)"
  }

  /// The identity of a Secret among others with the same name.
  struct Home: Hashable {
    let target: String
    let namespace: String?
    let name: String
  }

  var home: Home {
    Home(target: target.name, namespace: secret.namespace, name: secret.name)
  }

  /// `SECRET/KEY`, for messages.
  func place(of key: String) -> String { "\(label)/\(key)" }

  /// Whether the API server makes its values.
  var isOfServiceAccount: Bool { secret.type == "kubernetes.io/service-account-token" }

  /// The value that is the login name of the Secret's passwords.
  var user: SurveyedValue? {
    secret.values.first {
      let last = KeyMeaning.words($0.key).last
      return last?.ends(with: "user") == true || last == "username"
    }
  }
}
