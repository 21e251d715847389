/// Objects that run pods, and the Secrets that those pods use.

package import Text
package import YAML

/// One place in a pod specification that names a Secret.
package struct SecretUse: Sendable {
  package fileprivate(set) var secret: String
  /// The key that it uses; nil if it uses all keys.
  package let key: String?
  /// Whether the pod starts without it.
  package let isOptional: Bool
  /// The path of the field that names the Secret, as kustomize writes field paths.
  package fileprivate(set) var path: String
  /// Whether the path contains the index of a list whose items have no names.
  var isByPlace: Bool { path.holds(".envFrom.") || path.holds(".sources.") }
  package let location: Location
}

/// An object with a pod template.
package struct Workload: Sendable {
  package let kind: String
  package let name: String
  /// The namespace that it is built in, as far as that is known.
  package private(set) var namespace: String?
  /// The namespace in its own file, by which patches can name it too.
  let ownNamespace: String?
  /// Every place that names a Secret.
  package private(set) var uses: [SecretUse]
  /// The names of the Secrets that its pods use.
  package var secrets: Set<String> { Set(uses.map(\.secret)) }
  /// The path of its pod template's annotations, as kustomize writes field paths.
  let annotationsPath: String
  /// Whether its pod template may change: a Job's may not, unless it is recreated at every sync.
  package private(set) var canRoll: Bool
  /// Why its pods are not replaced when their template changes; nil if they are.
  package private(set) var restraint: Restraint?
  /// The images of its containers that are pulled at each start, and may then have changed.
  package let movingImages: [String]
  package let location: Location

  package enum Restraint: Sendable, Equatable {
    /// A Job that is not recreated at each sync.
    case job
    /// Pods that nothing replaces: a Pod, a ReplicaSet, a ReplicationController.
    case bare
    /// A StatefulSet or DaemonSet that waits until its pods are deleted.
    case onDelete
    /// A StatefulSet that does not update the pods below a number.
    case partition(String)
    case paused
  }

  /// The path of the pod template in each kind of Kubernetes.
  private static let templatePaths: [String: [PathStep]] = [
    "Deployment": ["spec", "template"],
    "StatefulSet": ["spec", "template"],
    "DaemonSet": ["spec", "template"],
    "ReplicaSet": ["spec", "template"],
    "ReplicationController": ["spec", "template"],
    "Job": ["spec", "template"],
    "CronJob": ["spec", "jobTemplate", "spec", "template"],
    "PodTemplate": ["template"],
    "Pod": [],
  ]

  /// The paths of the pod template in other kinds, which are recognised by their shape.
  ///
  /// These are Argo Rollouts, OpenShift, OpenKruise, Knative, KEDA and similar kinds.
  private static let shapes: [[PathStep]] = [
    ["spec", "template"], ["spec", "jobTemplate", "spec", "template"],
    ["spec", "jobTargetRef", "template"], ["spec", "podTemplate"],
  ]

  private static func templatePath(_ kind: String, _ root: Node) -> [PathStep]? {
    if let path = templatePaths[kind], root.at(path + [.key("spec")]) != nil { return path }
    // A patch may lack the containers; then only the kind of its object tells.
    return shapes.first { root.at($0 + [.key("spec"), .key("containers")])?.items != nil }
      ?? (kind == "Rollout" || kind == "DeploymentConfig" ? shapes[0] : nil)
  }

  /// The specification of the pods that an object makes or is; nil for any other object.
  static func podSpecification(of root: Node) -> Node? {
    guard let kind = root["kind"]?.scalar, let path = templatePath(kind, root) else { return nil }
    return root.at(path + [.key("spec")])
  }

  /// Whether a patch has lists of this workload whose items have no names.
  private(set) var hasPatchedLists = false

  /// Merges a patch of this workload, or the workload of this patch, into it.
  mutating func merge(_ other: Workload) {
    namespace = namespace ?? other.namespace
    hasPatchedLists =
      hasPatchedLists || other.hasPatchedLists
      || uses.contains(where: \.isByPlace) && other.uses.contains(where: \.isByPlace)
    uses += other.uses
    canRoll = canRoll || other.canRoll
    restraint = restraint ?? other.restraint
  }

  /// The workload with its Secrets renamed.
  package func naming(_ names: [Name: String]) -> Workload {
    var copy = self
    for index in uses.indices {
      if let name = names[Name(uses[index].secret)] { copy.uses[index].secret = name }
    }
    return copy
  }

  /// Moves it into the namespace that a kustomization sets.
  package mutating func move(to namespace: String) { self.namespace = namespace }

  /// Whether another workload of the same kind and name is this one, or a patch of it.
  func isSame(_ other: Workload) -> Bool {
    kind == other.kind && name === other.name
      && (namespace == nil || other.namespace == nil || namespace === other.namespace
        || ownNamespace === other.namespace || namespace === other.ownNamespace)
  }

  /// The workload that an object is; nil for any other object.
  package init?(_ root: Node) {
    guard let kind = root["kind"]?.scalar, let path = Workload.templatePath(kind, root),
      let name = root.at("metadata", "name")?.scalar,
      let pod = Workload.podSpecification(of: root)
    else { return nil }
    self.kind = kind
    self.name = name
    self.namespace = root.at("metadata", "namespace")?.scalar
    self.ownNamespace = self.namespace
    self.location = root.location
    // A Pod is its own template; its specification is where that of a template would be.
    let prefix = path.compactMap { if case .key(let key) = $0 { key } else { nil } }
    self.uses = Workload.uses(in: pod).map { use in
      var use = use
      use.path = (prefix + ["spec", use.path]).joined(separator: ".")
      return use
    }
    self.annotationsPath = (prefix + ["metadata.annotations"]).joined(separator: ".")
    self.restraint = Workload.restraint(kind, root)
    self.movingImages = Workload.movingImages(pod)
    self.canRoll = restraint != .job && restraint != .bare
  }

  private static func restraint(_ kind: String, _ root: Node) -> Restraint? {
    let spec = root["spec"]
    switch kind {
    case "Job": return isMadeAnew(root) ? nil : .job
    case "Pod", "ReplicaSet", "ReplicationController": return isMadeAnew(root) ? nil : .bare
    case "StatefulSet", "DaemonSet":
      let strategy = spec?["updateStrategy"]
      if strategy?["type"]?.scalar == "OnDelete" { return .onDelete }
      let partition = strategy?.at("rollingUpdate", "partition")?.scalar ?? "0"
      return partition == "0" ? nil : .partition(partition)
    default: return spec?["paused"]?.scalar == "true" ? .paused : nil
    }
  }

  /// The images without a digest whose tag is pulled again whenever a container starts.
  private static func movingImages(_ pod: Node) -> [String] {
    var images: [String] = []
    for list in ["containers", "initContainers"] {
      for container in pod[list]?.items ?? [] {
        guard let image = container["image"]?.scalar, !image.holds("@") else { continue }
        let last = Path.name(image)
        let isLatest = !last.holds(":") || last.ends(with: ":latest")
        let policy = container["imagePullPolicy"]?.scalar ?? (isLatest ? "Always" : "IfNotPresent")
        if policy == "Always", !images.contains(where: { $0 === image }) { images.append(image) }
      }
    }
    return images
  }

  /// Every place in the pod specification that names a Secret (k8s.io/api core/v1).
  package static func uses(in pod: Node) -> [SecretUse] {
    var uses: [SecretUse] = []
    func add(_ node: Node?, _ path: String, name: String = "name", keys: [Node?] = [nil]) {
      guard let node, let secret = node[name]?.scalar else { return }
      let isOptional = node["optional"]?.scalar == "true"
      uses += keys.map { key in
        SecretUse(
          secret: secret, key: key?.scalar, isOptional: isOptional, path: "\(path).\(name)",
          location: (key ?? node[name] ?? node).location)
      }
    }
    for list in ["containers", "initContainers", "ephemeralContainers"] {
      for (container, place) in named(pod[list], list) {
        for (variable, place) in named(container["env"], place + ".env") {
          let reference = variable.at("valueFrom", "secretKeyRef")
          add(reference, place + ".valueFrom.secretKeyRef", keys: [reference?["key"]])
        }
        for (index, source) in (container["envFrom"]?.items ?? []).enumerated() {
          add(source["secretRef"], "\(place).envFrom.\(index).secretRef")
        }
      }
    }
    for (volume, place) in named(pod["volumes"], "volumes") {
      let secret = volume["secret"]
      add(secret, place + ".secret", name: "secretName", keys: keys(of: secret))
      add(volume.at("csi", "nodePublishSecretRef"), place + ".csi.nodePublishSecretRef")
      for (index, source) in (volume.at("projected", "sources")?.items ?? []).enumerated() {
        add(
          source["secret"], "\(place).projected.sources.\(index).secret",
          keys: keys(of: source["secret"]))
      }
    }
    for (index, reference) in (pod["imagePullSecrets"]?.items ?? []).enumerated() {
      add(reference, "imagePullSecrets.\(index)")
    }
    return uses
  }

  /// The items of a list, each with the path that finds it by name, or else by index.
  private static func named(_ list: Node?, _ path: String) -> [(Node, String)] {
    (list?.items ?? []).enumerated().map { index, item in
      (item, item["name"]?.scalar.map { "\(path).[name=\($0)]" } ?? "\(path).\(index)")
    }
  }

  /// The keys that a volume uses; a single nil if it uses all keys.
  private static func keys(of volume: Node?) -> [Node?] {
    let items = volume?["items"]?.items ?? []
    return items.isEmpty ? [nil] : items.map { $0["key"] }
  }

  /// Whether it is recreated at each sync, as a hook, or because it is replaced instead of patched.
  private static func isMadeAnew(_ root: Node) -> Bool {
    (root.at("metadata", "annotations")?.stringEntries ?? []).contains { key, value in
      key == "argocd.argoproj.io/hook" || key == "helm.sh/hook"
        || key == "argocd.argoproj.io/sync-options"
          && (value.holds("Replace=true") || value.holds("Force=true"))
        || key == "kustomize.toolkit.fluxcd.io/force" && value == "enabled"
    }
  }
}
