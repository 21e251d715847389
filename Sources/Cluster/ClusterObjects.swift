/// The objects of a cluster that show how far a step is, as the API server returned them.

internal import Kubernetes
internal import Manifests
internal import Text
package import YAML

/// The result of a request for objects.
package enum Listing: Sendable {
  case objects([Node])
  /// The server does not know this kind, so no object of it exists.
  case noSuchKind
  /// It could not be read, for this reason.
  case unread(String)

  /// The objects; nil if they could not be read.
  package var nodes: [Node]? {
    switch self {
    case .objects(let nodes): nodes
    case .noSuchKind: []
    case .unread: nil
    }
  }
}

/// The result of a request for a Secret; only its metadata is used.
package enum SecretReading: Sendable {
  /// An object with `metadata`, and nothing else.
  case metadata(Node)
  case absent
  /// The user may not read it.
  case forbidden
  /// It could not be read, for this reason, so nothing is known of it.
  case unread(String)

  /// The annotations of a Secret that are read.
  ///
  /// No others are requested, because one may contain a copy of the Secret's values.
  package static let annotations = [Rollout.rotationAnnotation] + SecretCopies.versions

  /// The object; nil if there is none.
  var object: Node? { if case .metadata(let node) = self { node } else { nil } }
}

/// A kind that is read, and its path in the API.
package struct ObjectKind: Sendable, Hashable {
  package let name: String
  /// The path of the group and version: `/apis/apps/v1`.
  package let group: String
  package let plural: String

  package init(_ name: String, _ group: String, _ plural: String) {
    self.name = name
    self.group = group
    self.plural = plural
  }

  /// Its name for kubectl, which no other project's kind shares: `deployments.apps`.
  package var resource: String {
    let parts = group.pieces(between: "/")
    return parts[1] == "api" ? plural : "\(plural).\(parts[2])"
  }

  /// Whether every cluster has it: a server that does not know it does not answer for the cluster.
  package var isBuiltIn: Bool { ["/api/v1", "/apis/apps/v1", "/apis/batch/v1"].contains(group) }

  package static let sealedSecret = ObjectKind(
    "SealedSecret", "/apis/bitnami.com/v1alpha1", "sealedsecrets")
  package static let pod = ObjectKind("Pod", "/api/v1", "pods")
  package static let configMap = ObjectKind("ConfigMap", "/api/v1", "configmaps")
  package static let deployment = ObjectKind("Deployment", "/apis/apps/v1", "deployments")
  package static let statefulSet = ObjectKind("StatefulSet", "/apis/apps/v1", "statefulsets")
  package static let daemonSet = ObjectKind("DaemonSet", "/apis/apps/v1", "daemonsets")
  package static let replicaSet = ObjectKind("ReplicaSet", "/apis/apps/v1", "replicasets")
  package static let replicationController = ObjectKind(
    "ReplicationController", "/api/v1", "replicationcontrollers")
  static let rollout = ObjectKind("Rollout", "/apis/argoproj.io/v1alpha1", "rollouts")
  static let deploymentConfig = ObjectKind(
    "DeploymentConfig", "/apis/apps.openshift.io/v1", "deploymentconfigs")
  package static let job = ObjectKind("Job", "/apis/batch/v1", "jobs")
  package static let cronJob = ObjectKind("CronJob", "/apis/batch/v1", "cronjobs")
  package static let cluster = ObjectKind("Cluster", "/apis/postgresql.cnpg.io/v1", "clusters")

  /// The kinds that are listed in each namespace.
  package static let all: [ObjectKind] = [
    .sealedSecret, .pod, .deployment, .statefulSet, .daemonSet, .replicaSet,
    .replicationController, .job, .cronJob, .cluster,
  ]
  /// The kinds of other projects, which are listed if the repository has one of them.
  package static let others: [ObjectKind] = [.rollout, .deploymentConfig]
  /// The kinds whose pod template starts pods or keeps them running.
  static let templated: [ObjectKind] = [
    .deployment, .statefulSet, .daemonSet, .replicaSet, .replicationController, .job, .cronJob,
  ]
}

/// What was read of one namespace.
package struct NamespaceObjects: Sendable {
  private let listings: [ObjectKind: Listing]
  private let secrets: [Name: SecretReading]
  private let byName: [ObjectKind: [Name: Node]]

  package init(
    listings: [ObjectKind: Listing], secrets: [(name: String, reading: SecretReading)]
  ) {
    self.listings = listings
    self.secrets = Dictionary(
      secrets.map { (Name($0.name), $0.reading) }, uniquingKeysWith: { $1 })
    byName = listings.mapValues { listing in
      Dictionary(
        (listing.nodes ?? []).compactMap { node in node.objectName.map { (Name($0), node) } },
        uniquingKeysWith: { $1 })
    }
  }

  /// The nodes of pods with a final phase that do not say that their containers have ended.
  package var nodesOfUnendedPods: [String] {
    (listing(.pod).nodes ?? []).filter(\.isOverByPhaseAlone).compactMap {
      $0.at("spec", "nodeName")?.scalar
    }
  }

  /// Every object that was read.
  var all: [Node] {
    listings.values.flatMap { $0.nodes ?? [] } + secrets.values.compactMap(\.object)
  }

  func listing(_ kind: ObjectKind) -> Listing {
    listings[kind] ?? .unread("\(kind.plural) were not requested")
  }

  func object(_ kind: ObjectKind, _ name: String) -> Node? { byName[kind]?[Name(name)] }

  /// What is known of a live Secret.
  func secret(_ name: String) -> SecretReading {
    secrets[Name(name)] ?? .unread("it was not requested")
  }

  /// The kinds that create pods and were listed.
  var templated: [ObjectKind] {
    ObjectKind.templated + ObjectKind.others.filter { listings[$0] != nil }
  }
}

extension Node {
  /// `metadata.name`.
  var objectName: String? { at("metadata", "name")?.scalar }
  /// The value of one of its annotations.
  func annotation(_ key: String) -> String? { at("metadata", "annotations")?[key]?.scalar }
  /// A number; nil if it is absent or not a number.
  func number(_ path: String...) -> Int? {
    path.reduce(self as Node?) { $0?[$1] }?.scalar.flatMap { Int($0) }
  }
}
