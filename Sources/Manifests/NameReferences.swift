/// The kustomize configuration with which references follow a SealedSecret that is renamed.
///
/// kustomize knows which fields name a Secret, but not that a SealedSecret becomes one
/// (kustomize#2193, sealed-secrets#297).

package import YAML

package enum NameReferences {
  /// The name of the file beside the sealed ones.
  ///
  /// It has no .yml, so that `kubectl apply -f` on the folder skips the file.
  package static let fileName = "moltseal-names.conf"

  /// The fields of a pod that name a Secret.
  private static let ofPods = [
    "containers/env/valueFrom/secretKeyRef/name", "containers/envFrom/secretRef/name",
    "initContainers/env/valueFrom/secretKeyRef/name", "initContainers/envFrom/secretRef/name",
    "imagePullSecrets/name", "volumes/secret/secretName", "volumes/projected/sources/secret/name",
  ]
  /// The kinds that kustomize knows to have pods, and the path of their pod specification.
  private static let specifications = [
    ("Pod", "spec"), ("Deployment", "spec/template/spec"), ("StatefulSet", "spec/template/spec"),
    ("DaemonSet", "spec/template/spec"), ("ReplicaSet", "spec/template/spec"),
    ("ReplicationController", "spec/template/spec"), ("Job", "spec/template/spec"),
    ("CronJob", "spec/jobTemplate/spec/template/spec"), ("PodTemplate", "template/spec"),
  ]
  private static let ofOthers = [
    ("ServiceAccount", "imagePullSecrets/name"), ("ServiceAccount", "secrets/name"),
    ("Ingress", "spec/tls/secretName"), ("Role", "rules/resourceNames"),
    ("ClusterRole", "rules/resourceNames"),
  ]

  /// The fields in which kustomize follows a Secret, by kind, from its own list
  /// (`api/internal/konfig/builtinpluginconsts/namereference.go`).
  package static let fields: [(kind: String, path: String)] =
    specifications.flatMap { kind, place in ofPods.map { (kind, "\(place)/\($0)") } } + ofOthers

  /// Renders the file.
  ///
  /// - Parameter more: field specifications of the kustomization's own configurations for Secrets.
  package static func text(more: [Tree] = []) -> [UInt8] {
    let head =
      "# Written by moltseal: references follow the SealedSecrets that this kustomization renames."
    let own = fields.map { field in
      Tree.map([("kind", .string(field.kind)), ("path", .string(field.path))])
    }
    let tree = Tree.map([
      (
        "nameReference",
        .sequence([
          .map([
            ("kind", .string("SealedSecret")), ("group", .string("bitnami.com")),
            ("fieldSpecs", .sequence(own + more)),
          ])
        ])
      )
    ])
    return Array(([head] + YAMLWriter.block(tree, indent: 0)).map { $0 + "\n" }.joined().utf8)
  }
}
