/// Reads the objects that tell how far a step is, through kubectl, and changes none.

internal import Cryptography
internal import Kubernetes
internal import Live
internal import Manifests
internal import Planning
internal import Preflight
internal import Processes
internal import Text
internal import Workspace
internal import YAML

struct ClusterReader {
  private let workspace: LoadedWorkspace
  private let state: EnvironmentState
  private let contexts: [KustomizationContext]
  private let kubectl: Kubectl

  /// How large one page of a list may be: 250 objects of the largest size that etcd takes would be
  /// larger, and are no list of this kind.
  private static let limit = 64 << 20
  private static let pageSize = 250
  private static let maximumPages = 400

  init(
    _ workspace: LoadedWorkspace, _ state: EnvironmentState, _ contexts: [KustomizationContext]
  ) throws {
    self.workspace = workspace
    self.state = state
    self.contexts = contexts
    kubectl = try Kubectl(
      flags: state.environment.cluster.context.map { ["--context=\($0)"] } ?? [])
  }

  func evidence(now: Timestamp) throws -> Evidence {
    let loader = EnvironmentLoader(workspace: workspace, environment: state.environment)
    let lock = try loader.read(state.environment.lockPath, limit: EnvironmentLoader.sealedLimit)
    let secrets = state.files.flatMap(\.template.secrets)
    var namespaces: [String: NamespaceObjects] = [:]
    let configMaps = state.configMaps.flatMap(\.template.configMaps)
    for place in secrets.map(\.namespace) + configMaps.map(\.namespace) {
      let namespace = place ?? ""
      guard namespaces[namespace] == nil, KubernetesNames.faultOfLabel(namespace) == nil else {
        continue
      }
      let names = secrets.filter { ($0.namespace ?? "") === namespace }
        .map(\.builtName)
      let published = configMaps.filter {
        ($0.namespace ?? "") === namespace
      }.map(\.name)
      namespaces[namespace] = try objects(of: namespace, secrets: names, configMaps: published)
    }
    return Observation(
      state: state, namespaces: namespaces, consumers: consumers,
      merged: try LockHistory(workspace, state.environment).merged(lock), now: now,
      sha256: { Digest.sha256($0) }
    ).evidence
  }

  /// The workloads that the repository builds, by the namespace and name of a Secret that they use;
  /// those of one role's Secret count for both, since it is the switch that names it.
  private var consumers: [String: [(kind: String, name: String)]] {
    var consumers: [String: [(kind: String, name: String)]] = [:]
    let secrets = state.files.flatMap(\.template.secrets)
    let workloads = contexts.flatMap { context in
      context.files.workloads.map(\.workload).filter {
        $0.canRoll && !context.isDeleted($0.kind, $0.name)
      }.map { (workload: $0, name: context.builtName(of: $0)) }
    }
    for (workload, name) in workloads {
      for secret in secrets {
        let namespace = secret.namespace ?? ""
        let names =
          secrets.filter {
            $0.pair != nil && $0.pair == secret.pair
              && $0.items.map(\.key) == secret.items.map(\.key)
          }.map(\.name) + [secret.name]
        guard workload.namespace == nil || workload.namespace === namespace,
          names.contains(where: workload.secrets.contains)
        else { continue }
        consumers["\(namespace)/\(secret.builtName)", default: []].append((workload.kind, name))
      }
    }
    return consumers
  }

  // MARK: Requests

  private func objects(
    of namespace: String, secrets: [String], configMaps: [String]
  ) throws -> NamespaceObjects {
    let hasPairs = state.workspace.groups.contains { !$0.roles.isEmpty }
    var listings: [ObjectKind: Listing] = [:]
    for kind in ObjectKind.all where hasPairs || kind.isNeededAlways {
      listings[kind] = try list(kind, namespace)
    }
    let kinds = Set(contexts.flatMap(\.files.workloads).map(\.workload.kind))
    for kind in ObjectKind.others where hasPairs && kinds.contains(kind.name) {
      listings[kind] = try list(kind, namespace)
    }
    var read: [(name: String, object: Node?)] = []
    for name in secrets {
      do throws(any Error) {
        let metadata = try kubectl.secretMetadata(name, namespace: namespace)
        guard !metadata.isEmpty else {
          read.append((name, nil))
          continue
        }
        if let object = Controller.json(Array("{\"metadata\":".utf8) + metadata + [125]) {
          read.append((name, object))
        }
      } catch is Kubectl.Failure { continue } catch { throw Controller.explained(error) }
    }
    listings[.configMap] = try configMaps.isEmpty ? nil : get(.configMap, configMaps, namespace)
    return NamespaceObjects(listings: listings, secrets: read)
  }

  /// The objects of some names that are there.
  private func get(
    _ kind: ObjectKind, _ names: [String], _ namespace: String
  ) throws -> Listing {
    var nodes: [Node] = []
    for name in names {
      do throws(any Error) {
        let answer = try kubectl.get("\(kind.group)/namespaces/\(namespace)/\(kind.plural)/\(name)")
        guard let root = Controller.json(answer) else {
          return .unread("the server's answer is no object")
        }
        nodes.append(root)
      } catch let failure as Kubectl.Failure where failure.reason == "NotFound" {
        continue
      } catch let failure as Kubectl.Failure where failure.reason != nil {
        return .unread("\(failure.message) (\(failure.reason ?? ""))")
      } catch { throw Controller.explained(error) }
    }
    return .objects(nodes)
  }

  private func list(_ kind: ObjectKind, _ namespace: String) throws -> Listing {
    let path = "\(kind.group)/namespaces/\(namespace)/\(kind.plural)?limit=\(Self.pageSize)"
    var (nodes, token) = ([Node](), "")
    for _ in 0..<Self.maximumPages {
      do throws(any Error) {
        let answer = try kubectl.get(
          token.isEmpty ? path : "\(path)&continue=\(token)", limit: Self.limit)
        guard let root = Controller.json(answer), let items = root["items"]?.items else {
          return .unread("the server's answer is no list")
        }
        nodes += items
        token = root.at("metadata", "continue")?.scalar ?? ""
      } catch let failure as Kubectl.Failure where failure.reason != nil {
        return failure.reason == "NotFound" && !kind.isBuiltIn
          ? .noSuchKind : .unread("\(failure.message) (\(failure.reason ?? ""))")
      } catch { throw Controller.explained(error) }
      if token.isEmpty { return .objects(nodes) }
      guard token.utf8.allSatisfy(Self.isTokenByte) else {
        return .unread("the server's answer has no token that a list goes on with")
      }
    }
    return .unread("the list is too long")
  }

  private static func isTokenByte(_ byte: UInt8) -> Bool {
    switch byte {
    case 48...57, 65...90, 97...122, 45, 46, 61, 95, 126: true
    default: false
    }
  }
}

extension ObjectKind {
  /// Whether it tells of Secrets that have no roles as well.
  fileprivate var isNeededAlways: Bool {
    [.sealedSecret, .pod, .deployment, .statefulSet, .daemonSet].contains(self)
  }
}
