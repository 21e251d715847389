/// Objects that run pods, and the Secrets that those pods use.

internal import Text
package import YAML

/// One place of a pod specification that names a Secret.
package struct SecretUse: Sendable {
  package let secret: String
  /// The key that it takes; nil where it takes them all.
  package let key: String?
  /// Whether the pod starts without it.
  package let isOptional: Bool
  package let location: Location
}

/// An object with a pod template.
package struct Workload: Sendable {
  package let kind: String
  package let name: String
  /// The namespace that it is built in, as far as it is known.
  package private(set) var namespace: String?
  /// The namespace of its own file, by which patches name it as well.
  package let ownNamespace: String?
  /// Every place that names a Secret.
  package private(set) var uses: [SecretUse]
  /// The Secrets that its pods need to run, by name.
  package var secrets: Set<String> { Set(uses.map(\.secret)) }
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
    uses += other.uses
    canRoll = canRoll || other.canRoll
  }

  /// Moves it into the namespace that a kustomization sets.
  package mutating func move(to namespace: String) { self.namespace = namespace }

  /// Whether another of the same kind and name is this one, or a patch of it.
  func isSame(_ other: Workload) -> Bool {
    kind == other.kind && name === other.name
      && (namespace == nil || other.namespace == nil || namespace === other.namespace
        || ownNamespace === other.namespace || namespace === other.ownNamespace)
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
    self.ownNamespace = self.namespace
    self.location = root.location
    self.uses = Workload.uses(in: pod)
    self.annotationsPath =
      (path.compactMap { if case .key(let key) = $0 { key } else { nil } } + [
        "metadata.annotations"
      ])
      .joined(separator: ".")
    self.canRoll = kind != "Job" || Workload.isMadeAnew(root)
  }

  /// Every place of the pod specification that names a Secret (k8s.io/api core/v1).
  private static func uses(in pod: Node) -> [SecretUse] {
    var uses: [SecretUse] = []
    func add(_ node: Node?, name: String = "name", keys: [Node?] = [nil]) {
      guard let node, let secret = node[name]?.scalar else { return }
      let isOptional = node["optional"]?.scalar == "true"
      uses += keys.map { key in
        SecretUse(
          secret: secret, key: key?.scalar, isOptional: isOptional,
          location: (key ?? node[name] ?? node).location)
      }
    }
    for list in ["containers", "initContainers", "ephemeralContainers"] {
      for container in pod[list]?.items ?? [] {
        for variable in container["env"]?.items ?? [] {
          let reference = variable.at("valueFrom", "secretKeyRef")
          add(reference, keys: [reference?["key"]])
        }
        for source in container["envFrom"]?.items ?? [] { add(source["secretRef"]) }
      }
    }
    for volume in pod["volumes"]?.items ?? [] {
      let secret = volume["secret"]
      add(secret, name: "secretName", keys: keys(of: secret))
      add(volume.at("csi", "nodePublishSecretRef"))
      for source in volume.at("projected", "sources")?.items ?? [] {
        add(source["secret"], keys: keys(of: source["secret"]))
      }
    }
    for reference in pod["imagePullSecrets"]?.items ?? [] { add(reference) }
    return uses
  }

  /// The keys that a volume takes; one nil where it takes them all.
  private static func keys(of volume: Node?) -> [Node?] {
    let items = volume?["items"]?.items ?? []
    return items.isEmpty ? [nil] : items.map { $0["key"] }
  }

  /// Hooks are deleted and made again; so is what is replaced instead of patched.
  private static func isMadeAnew(_ root: Node) -> Bool {
    (root.at("metadata", "annotations")?.stringEntries ?? []).contains { key, value in
      key == "argocd.argoproj.io/hook" || key == "helm.sh/hook"
        || key == "argocd.argoproj.io/sync-options"
          && (value.holds("Replace=true") || value.holds("Force=true"))
        || key == "kustomize.toolkit.fluxcd.io/force" && value == "enabled"
    }
  }
}
