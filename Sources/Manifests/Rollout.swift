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
  package static func missingReplacement(
    secret name: String, namespace: String?, workloads: [Workload], in kustomization: Kustomization
  ) -> Tree? {
    let annotation = podAnnotation(secret: name)
    let present = existingTargets(of: annotation, in: kustomization)
    let targets = distinct(workloads).filter { workload in
      workload.canRoll && workload.secrets.contains(name)
        && shares(workload, namespace, kustomization)
        && !present.contains {
          $0.kind == workload.kind && $0.name == workload.name
            && ($0.namespace == nil || $0.namespace == workload.namespace)
        }
    }
    guard !targets.isEmpty else { return nil }
    return .map([
      (
        "source",
        .map(
          [("kind", .string("SealedSecret")), ("name", .string(name))] + identity(namespace)
            + [("fieldPath", .string("metadata.annotations.[\(rotationAnnotation)]"))])
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
                    + identity(workload.namespace))
              ),
              ("fieldPaths", .sequence([.string("\(workload.annotationsPath).[\(annotation)]")])),
              ("options", .map([("create", .scalar("true", .boolean))])),
            ])
          })
      ),
    ])
  }

  /// A workload and its patches are one.
  private static func distinct(_ workloads: [Workload]) -> [Workload] {
    var found: [Workload] = []
    for workload in workloads {
      let index = found.firstIndex {
        $0.kind == workload.kind && $0.name == workload.name
          && ($0.namespace == workload.namespace || $0.namespace == nil
            || workload.namespace == nil)
      }
      if let index { found[index].merge(workload) } else { found.append(workload) }
    }
    return found
  }

  /// Whether pods of `workload` can use a Secret of `namespace`; a namespace that the
  /// kustomization sets is that of both.
  private static func shares(
    _ workload: Workload, _ namespace: String?, _ kustomization: Kustomization
  ) -> Bool {
    kustomization.namespace != nil || workload.namespace == nil || namespace == nil
      || workload.namespace == namespace
  }

  private static func identity(_ namespace: String?) -> [(String, Tree)] {
    namespace.map { [("namespace", .string($0))] } ?? []
  }

  /// The workloads into which something copies to `annotation` already.
  private static func existingTargets(
    of annotation: String, in kustomization: Kustomization
  ) -> [(kind: String, name: String, namespace: String?)] {
    var found: [(kind: String, name: String, namespace: String?)] = []
    for replacement in kustomization.value("replacements")?.items ?? [] {
      for target in replacement["targets"]?.items ?? [] {
        let paths = (target["fieldPaths"]?.items ?? []).compactMap(\.scalar)
        guard paths.contains(where: { $0.hasSuffix("[\(annotation)]") }) else { continue }
        let select = target["select"]
        found.append(
          (
            select?["kind"]?.scalar ?? "", select?["name"]?.scalar ?? "",
            select?["namespace"]?.scalar
          ))
      }
    }
    return found
  }
}
