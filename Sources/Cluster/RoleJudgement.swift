/// Whether the database has the current password of a role's Secret.

internal import Kubernetes
internal import Planning
internal import Text
internal import YAML

struct RoleJudgement {
  let objects: NamespaceObjects
  let now: Timestamp

  /// Whether the database has applied the current version of a role's Secret.
  ///
  /// CloudNativePG reports which version it has given to a role (`api/v1/cluster_types.go`:
  /// `ManagedRoles.PasswordStatus`).
  ///
  /// - Parameter unsealed: the answer about the role's Secret.
  /// - Returns: nil if no Cluster in this namespace manages the role.
  func altered(login: String, secret: String, unsealed: Answer) -> Answer? {
    guard let clusters = objects.listing(.cluster).nodes else { return objects.unread(.cluster) }
    let managing = clusters.filter { role(login, of: $0) != nil }
    guard !managing.isEmpty else { return nil }
    guard unsealed.isYes else { return unsealed }
    guard let version = objects.secret(secret).object?.at("metadata", "resourceVersion")?.scalar
    else {
      return .unknown(
        "Secret/\(secret) cannot be read, or does not exist: its resourceVersion is unknown")
    }
    let given = GivenPassword(login: login, secret: secret, version: version)
    return managing.lazy.compactMap { fault(of: given, in: $0) }.first
      ?? .yes(
        "Cluster/\(managing.first?.objectName ?? "?") passwordStatus of '\(login)' is at version \(version)"
      )
  }

  /// The password that a Cluster should have given to a role.
  private struct GivenPassword {
    let login: String
    let secret: String
    /// The resourceVersion of the Secret.
    let version: String
  }

  /// Why a Cluster has not given it, or may not have; nil if it has.
  private func fault(of given: GivenPassword, in cluster: Node) -> Answer? {
    let (login, secret, version) = (given.login, given.secret, given.version)
    let place = "Cluster/\(cluster.objectName ?? "?")"
    let named = role(login, of: cluster)?.at("passwordSecret", "name")?.scalar
    guard let named, named === secret else {
      return .no(
        "\(place) takes the password of '\(login)' from \(named.map { "Secret/\($0)" } ?? "no Secret")"
      )
    }
    if let reason = role(login, of: cluster).flatMap({ closed($0) }) {
      return .no("\(place) does not let '\(login)' log in: \(reason)")
    }
    let status = cluster.at("status", "managedRolesStatus")
    if let errors = status?.at("cannotReconcile")?[login] {
      let reason = (errors.items ?? []).compactMap(\.scalar).first ?? "no reason is given"
      return .no("\(place) cannot reconcile role '\(login)': \(reason)")
    }
    let reconciled = (status?.at("byStatus", "reconciled")?.items ?? []).compactMap(\.scalar)
    guard reconciled.contains(where: { $0 === login }) else {
      return .no(
        "\(place) status.managedRolesStatus.byStatus does not list '\(login)' as reconciled")
    }
    guard let applied = status?.at("passwordStatus")?[login]?["resourceVersion"]?.scalar else {
      return .unknown(
        "\(place) status.managedRolesStatus.passwordStatus does not name '\(login)'")
    }
    guard applied === version else {
      return .no(
        "\(place) has given '\(login)' version \(applied) of Secret/\(secret), but that is at \(version)"
      )
    }
    return nil
  }

  /// Why a role cannot log in, whatever its password is; nil if it can (`api/v1/cluster_types.go`:
  /// `RoleConfiguration`).
  private func closed(_ role: Node) -> String? {
    if role["ensure"]?.scalar == "absent" { return "ensure is absent" }
    if role["login"]?.scalar != "true" { return "login is not true" }
    if role["connectionLimit"]?.scalar == "0" { return "connectionLimit is 0" }
    guard let end = role["validUntil"]?.scalar else { return nil }
    guard let time = Timestamp(end) else {
      return "validUntil is '\(end.count <= 40 ? end : "…")', which is not a time in UTC"
    }
    return time <= now ? "validUntil has passed" : nil
  }

  private func role(_ login: String, of cluster: Node) -> Node? {
    cluster.at("spec", "managed", "roles")?.items?.first { $0["name"]?.scalar === login }
  }
}
