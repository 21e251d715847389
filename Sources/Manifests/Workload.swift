/// Objects that run pods, and the Secrets that those pods use.

package import YAML

/// An object with a pod template.
package struct Workload: Sendable {
  package let kind: String
  package let name: String
  package private(set) var namespace: String?
  /// The Secrets that its pods need to run, by name.
  package private(set) var secrets: Set<String>
  /// The path of its pod template's annotations, as kustomize writes field paths.
  package let annotationsPath: String
  /// Whether its pod template may change: a Job's may not, unless it is made anew at every sync.
  package private(set) var canRoll: Bool
  package let location: Location

  /// Where each kind keeps its pod template.
  private static let templatePaths: [String: [PathStep]] = [
    "Deployment": ["spec", "template"],
    "StatefulSet": ["spec", "template"],
    "DaemonSet": ["spec", "template"],
    "ReplicaSet": ["spec", "template"],
    "ReplicationController": ["spec", "template"],
    "Job": ["spec", "template"],
    "CronJob": ["spec", "jobTemplate", "spec", "template"],
    "PodTemplate": ["template"],
    // OpenShift's and Argo Rollouts' own, of the same shape.
    "DeploymentConfig": ["spec", "template"],
    "Rollout": ["spec", "template"],
  ]

  /// Takes over what a patch of this workload, or the workload of this patch, says.
  mutating func merge(_ other: Workload) {
    namespace = namespace ?? other.namespace
    secrets.formUnion(other.secrets)
    canRoll = canRoll || other.canRoll
  }

  /// The workload that an object is; nil for any other object.
  package init?(_ root: Node) {
    guard let kind = root["kind"]?.scalar, let path = Workload.templatePaths[kind],
      let name = root.at("metadata", "name")?.scalar,
      let pod = root.at(path + [.key("spec")])
    else { return nil }
    self.kind = kind
    self.name = name
    self.namespace = root.at("metadata", "namespace")?.scalar
    self.location = root.location
    self.secrets = Workload.secrets(of: pod)
    self.annotationsPath =
      (path.compactMap { if case .key(let key) = $0 { key } else { nil } } + [
        "metadata.annotations"
      ])
      .joined(separator: ".")
    self.canRoll = kind != "Job" || Workload.isMadeAnew(root)
  }

  /// Every place of the pod specification that names a Secret (k8s.io/api core/v1).
  private static func secrets(of pod: Node) -> Set<String> {
    var names: [String?] = []
    for list in ["containers", "initContainers", "ephemeralContainers"] {
      for container in pod[list]?.items ?? [] {
        names += (container["env"]?.items ?? []).map {
          $0.at("valueFrom", "secretKeyRef", "name")?.scalar
        }
        names += (container["envFrom"]?.items ?? []).map { $0.at("secretRef", "name")?.scalar }
      }
    }
    for volume in pod["volumes"]?.items ?? [] {
      names.append(volume.at("secret", "secretName")?.scalar)
      names.append(volume.at("csi", "nodePublishSecretRef", "name")?.scalar)
      names += (volume.at("projected", "sources")?.items ?? []).map {
        $0.at("secret", "name")?.scalar
      }
    }
    names += (pod["imagePullSecrets"]?.items ?? []).map { $0["name"]?.scalar }
    return Set(names.compactMap { $0 })
  }

  /// Hooks are deleted and made again; so is what is replaced instead of patched.
  private static func isMadeAnew(_ root: Node) -> Bool {
    (root.at("metadata", "annotations")?.stringEntries ?? []).contains { key, value in
      key == "argocd.argoproj.io/hook" || key == "helm.sh/hook"
        || key == "argocd.argoproj.io/sync-options"
          && (value.contains("Replace=true") || value.contains("Force=true"))
        || key == "kustomize.toolkit.fluxcd.io/force" && value == "enabled"
    }
  }
}
