/// What CloudNativePG requires of the Secrets that a Cluster names (cloudnative-pg,
/// `specs/secrets.go`, `instance_controller.go`).

internal import Manifests
internal import Text
internal import YAML

extension BuildContext {
  /// The Secrets that a cluster takes passwords from, each with the user that it is for.
  fileprivate func credentials(
    of cluster: BuiltObject
  ) -> [(secret: BuiltObject, user: String?)] {
    let spec = cluster.root["spec"]
    var found: [(String?, String?)] = []
    for way in ["initdb", "recovery", "pg_basebackup"] {
      let bootstrap = spec?.at("bootstrap", way)
      found.append((bootstrap?.at("secret", "name")?.scalar, bootstrap?["owner"]?.scalar))
    }
    found.append((spec?.at("superuserSecret", "name")?.scalar, "postgres"))
    for role in spec?.at("managed", "roles")?.items ?? [] {
      found.append((role.at("passwordSecret", "name")?.scalar, role["name"]?.scalar))
    }
    return found.compactMap { name, user in
      name.flatMap { secret($0, for: cluster) }.map { ($0, user) }
    }
  }
}

/// CloudNativePG reads `username` and `password`, and expects the type `kubernetes.io/basic-auth`.
func cnpgCredentials(_ context: BuildContext) -> [Finding] {
  context.clusters.flatMap { cluster in
    context.credentials(of: cluster).flatMap { secret, user -> [Finding] in
      let missing = ["username", "password"].filter { !secret.keys.contains(Name($0)) }
      if !missing.isEmpty {
        return [
          context.finding(
            "cnpg-credentials", .error,
            "\(cluster.identity.words) takes its password from '\(secret.identity.name)', which has no \(missing.joined(separator: " and no "))",
            hint: "give its template the keys username and password")
        ]
      }
      guard secret.type != "kubernetes.io/basic-auth" else { return [] }
      return [
        context.finding(
          "cnpg-credentials", .warning,
          "'\(secret.identity.name)' of \(cluster.identity.words) has the type \(secret.type), not kubernetes.io/basic-auth",
          hint: "set type: kubernetes.io/basic-auth in its template before the Secret is live")
      ]
    }
  }
}

/// Without the label, a new password is applied only at a later event, for instance a restart.
func cnpgReload(_ context: BuildContext) -> [Finding] {
  context.clusters.flatMap { cluster in
    context.credentials(of: cluster).filter { secret, _ in
      !secret.labels.contains { $0.key == "cnpg.io/reload" }
    }.map { secret, _ in
      context.finding(
        "cnpg-reload", .warning,
        "'\(secret.identity.name)' lacks the label cnpg.io/reload, so \(cluster.identity.words) applies a new password only at its next restart",
        hint: "add the label cnpg.io/reload: \"true\" to its template")
    }
  }
}

/// The superuser's Secret is ignored unless superuser access is enabled.
func cnpgSuperuser(_ context: BuildContext) -> [Finding] {
  context.clusters.filter { cluster in
    cluster.root.at("spec", "superuserSecret", "name") != nil
      && cluster.root.at("spec", "enableSuperuserAccess")?.scalar != "true"
  }.map { cluster in
    context.finding(
      "cnpg-superuser", .warning,
      "\(cluster.identity.words) names a superuserSecret, which is ignored without enableSuperuserAccess: true",
      hint: "set enableSuperuserAccess: true, or remove superuserSecret")
  }
}

/// If the bootstrap owner is also a managed role, two Secrets set the same password.
func cnpgOwnerManaged(_ context: BuildContext) -> [Finding] {
  context.clusters.filter { cluster in
    guard let owner = cluster.root.at("spec", "bootstrap", "initdb", "owner")?.scalar else {
      return false
    }
    return (cluster.root.at("spec", "managed", "roles")?.items ?? []).contains {
      $0["name"]?.scalar === owner
    }
  }.map { cluster in
    context.finding(
      "cnpg-owner-managed", .error,
      "\(cluster.identity.words) also lists its owner under managed.roles, so two Secrets overwrite the same password in turn",
      hint: "remove the owner from managed.roles")
  }
}
