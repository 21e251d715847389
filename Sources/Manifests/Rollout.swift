/// Rolls pods when their Secret changes: a `replacements` entry that copies the rotation id.

internal import Sealing
package import YAML

package enum Rollout {
  /// The annotation of a SealedSecret and of its Secret that names the last rotation.
  package static let rotationAnnotation = "moltseal.dev/rotation"

  /// The annotation of a pod template that follows the Secret `name`.
  ///
  /// The part after the slash may have 63 characters at most; a longer one is hashed.
  package static func podAnnotation(secret name: String) -> String {
    let plain = "rotation-\(name)"
    let part = plain.utf8.count <= 63 ? plain : "rotation-" + sha256(Array(name.utf8)).prefix(40)
    return "moltseal.dev/\(part)"
  }

  /// The entries that `kustomization` still needs so that `workloads` follow the Secret `name`.
  ///
  ///     - source:
  ///         kind: SealedSecret
  ///         name: api-secrets
  ///         fieldPath: metadata.annotations.[moltseal.dev/rotation]
  ///       targets:
  ///         - select:
  ///             kind: Deployment
  ///             name: api
  ///           fieldPaths:
  ///             - spec.template.metadata.annotations.[moltseal.dev/rotation-api-secrets]
  ///           options:
  ///             create: true
  package static func missingReplacement(
    secret name: String, namespace: String?, workloads: [Workload], in kustomization: Kustomization
  ) -> Tree? {
    let annotation = podAnnotation(secret: name)
    let present = existingTargets(of: annotation, in: kustomization)
    let targets = workloads.filter { workload in
      workload.canRoll && workload.secrets.contains(name)
        && (workload.namespace == nil || namespace == nil || workload.namespace == namespace)
        && !present.contains("\(workload.kind)/\(workload.name)")
    }
    guard !targets.isEmpty else { return nil }
    return .map([
      (
        "source",
        .map([
          ("kind", .string("SealedSecret")),
          ("name", .string(name)),
          ("fieldPath", .string("metadata.annotations.[\(rotationAnnotation)]")),
        ])
      ),
      (
        "targets",
        .sequence(
          targets.map { workload in
            .map([
              (
                "select",
                .map([("kind", .string(workload.kind)), ("name", .string(workload.name))])
              ),
              ("fieldPaths", .sequence([.string("\(workload.annotationsPath).[\(annotation)]")])),
              ("options", .map([("create", .scalar("true", .boolean))])),
            ])
          })
      ),
    ])
  }

  /// `kind/name` of the workloads into which something copies to `annotation` already.
  private static func existingTargets(
    of annotation: String, in kustomization: Kustomization
  ) -> Set<String> {
    var found: Set<String> = []
    for replacement in kustomization.value("replacements")?.items ?? [] {
      for target in replacement["targets"]?.items ?? [] {
        let paths = (target["fieldPaths"]?.items ?? []).compactMap(\.scalar)
        guard paths.contains(where: { $0.hasSuffix("[\(annotation)]") }) else { continue }
        let select = target["select"]
        found.insert("\(select?["kind"]?.scalar ?? "")/\(select?["name"]?.scalar ?? "")")
      }
    }
    return found
  }
}
