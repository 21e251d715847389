/// Rolls pods when their Secret changes, with a `replacements` entry that copies the rotation id.

package import Kubernetes
internal import Text
package import YAML

package enum Rollout {
  /// The annotation of a SealedSecret and of its Secret with the id of the last rotation.
  package static let rotationAnnotation = "moltseal.dev/rotation"
  /// The annotation of a role's SealedSecret with the id of the last restart of its consumers.
  ///
  /// It is needed because the rotation of that SealedSecret changes while nobody uses it.
  package static let restartAnnotation = "moltseal.dev/restart"

  /// A SealedSecret that pods follow.
  package struct Followed: Sendable {
    let name: String
    let namespace: String?
    /// The annotation that is copied into the pod templates.
    let annotation: String
    /// What the annotation of the pod templates is named after.
    let subject: String
    /// The Secrets whose users follow.
    let users: [String]

    /// Creates one whose rotations the pods follow.
    package init(name: String, namespace: String?) {
      (self.name, self.namespace) = (name, namespace)
      (annotation, subject, users) = (rotationAnnotation, name, [name])
    }

    /// Creates one of a pair, `BASE-ROLE`, whose restarts pods follow, whichever role they use.
    package init(restartsOf name: String, base: String, roles: [String], namespace: String?) {
      (self.name, self.namespace) = (name, namespace)
      (annotation, subject, users) = (restartAnnotation, base, roles)
    }
  }

  /// The annotation of a pod template that follows the Secret `name`.
  ///
  /// The part after the slash may have at most 63 characters; a longer one is hashed.
  package static func podAnnotation(secret name: String, _ sha256: SHA256) -> String {
    let plain = "rotation-\(name)"
    let part = plain.utf8.count <= 63 ? plain : "rotation-" + sha256(Array(name.utf8)).prefix(40)
    return "moltseal.dev/\(part)"
  }

  /// The entries that `kustomization` still needs so that `workloads` follow the Secrets.
  ///
  ///     - source:
  ///         kind: SealedSecret
  ///         name: api-secrets
  ///         namespace: api
  ///         fieldPath: metadata.annotations.[moltseal.dev/rotation]
  ///       targets:
  ///         - select:
  ///             kind: Deployment
  ///             name: api
  ///             namespace: api
  ///           fieldPaths:
  ///             - spec.template.metadata.annotations.[moltseal.dev/rotation-api-secrets]
  ///           options:
  ///             create: true
  package static func missingReplacements(
    secrets: [Followed], workloads: [Workload],
    in kustomization: Kustomization, sha256: SHA256
  ) -> [Tree] {
    var users: [Name: [Workload]] = [:]
    for workload in distinct(workloads) where workload.canRoll {
      for secret in Set(workload.secrets.map { Name($0) }) {
        users[secret, default: []].append(workload)
      }
    }
    let present = existingTargets(in: kustomization)
    return secrets.compactMap { secret in
      let annotation = podAnnotation(secret: secret.subject, sha256)
      let targets = distinct(secret.users.flatMap { users[Name($0)] ?? [] }).filter { workload in
        shares(workload, secret.namespace, kustomization)
          && !(present[Name(annotation)] ?? []).contains {
            $0.kind == workload.kind && $0.name === workload.name
              && ($0.namespace == nil || $0.namespace === workload.namespace
                || $0.namespace === workload.ownNamespace)
          }
      }
      return targets.isEmpty ? nil : replacement(secret, annotation, targets)
    }
  }

  private static func replacement(
    _ secret: Followed, _ annotation: String, _ targets: [Workload]
  ) -> Tree {
    .map([
      (
        "source",
        .map(
          [("kind", .string("SealedSecret")), ("name", .string(secret.name))]
            + identity(secret.namespace)
            + [("fieldPath", .string("metadata.annotations.[\(secret.annotation)]"))])
      ),
      (
        "targets",
        .sequence(
          targets.map { workload in
            .map([
              (
                "select",
                .map(
                  [("kind", .string(workload.kind)), ("name", .string(workload.name))]
                    + identity(workload.ownNamespace))
              ),
              ("fieldPaths", .sequence([.string("\(workload.annotationsPath).[\(annotation)]")])),
              ("options", .map([("create", .scalar("true", .boolean))])),
            ])
          })
      ),
    ])
  }

  /// Merges each workload with its patches.
  static func distinct(_ workloads: [Workload]) -> [Workload] {
    var found: [Workload] = []
    var places: [Name: [Int]] = [:]
    for workload in workloads {
      let key = Name("\(workload.kind)/\(workload.name)")
      if let index = places[key]?.first(where: { found[$0].isSame(workload) }) {
        found[index].merge(workload)
      } else {
        places[key, default: []].append(found.count)
        found.append(workload)
      }
    }
    return found
  }

  /// Whether pods of `workload` can use a Secret of `namespace`.
  ///
  /// A namespace that the kustomization sets applies to both.
  static func shares(
    _ workload: Workload, _ namespace: String?, _ kustomization: Kustomization
  ) -> Bool {
    kustomization.namespace != nil || workload.namespace == nil || namespace == nil
      || workload.namespace === namespace
  }

  static func identity(_ namespace: String?) -> [(String, Tree)] {
    namespace.map { [("namespace", .string($0))] } ?? []
  }

  /// The workloads that a replacement already copies into, by the annotation that it sets.
  private static func existingTargets(
    in kustomization: Kustomization
  ) -> [Name: [(kind: String, name: String, namespace: String?)]] {
    var found: [Name: [(kind: String, name: String, namespace: String?)]] = [:]
    for replacement in kustomization.value("replacements")?.items ?? [] {
      for target in replacement["targets"]?.items ?? [] {
        let select = target["select"]
        for path in (target["fieldPaths"]?.items ?? []).compactMap(\.scalar) {
          guard let annotation = path.without(suffix: "]")?.place(of: "[")?.after else { continue }
          found[Name(annotation), default: []].append(
            (
              select?["kind"]?.scalar ?? "", select?["name"]?.scalar ?? "",
              select?["namespace"]?.scalar
            ))
        }
      }
    }
    return found
  }
}
