/// Lists objects by the API server's own paths, with one start of kubectl each, for a server that
/// cannot list its kinds.

internal import Cluster
internal import Processes
internal import YAML

struct ClusterPaths {
  let kubectl: Kubectl

  /// The largest page of a list, in bytes; only 250 objects of the largest size in etcd would need
  /// more.
  private static let limit = 64 << 20
  private static let pageSize = 250
  private static let maximumPages = 400

  func list(_ kinds: [ObjectKind], _ namespace: String) throws -> [ObjectKind: Listing] {
    var listings: [ObjectKind: Listing] = [:]
    for kind in kinds { listings[kind] = try list(kind, namespace) }
    return listings
  }

  private func list(_ kind: ObjectKind, _ namespace: String) throws -> Listing {
    let path = "\(kind.group)/namespaces/\(namespace)/\(kind.plural)?limit=\(Self.pageSize)"
    var (nodes, token) = ([Node](), "")
    for _ in 0..<Self.maximumPages {
      do throws(any Error) {
        let answer = try kubectl.get(
          token.isEmpty ? path : "\(path)&continue=\(token)", limit: Self.limit)
        guard let root = Controller.json(answer), let items = root["items"]?.items else {
          return .unread("the server's answer is not a list")
        }
        nodes += items
        token = root.at("metadata", "continue")?.scalar ?? ""
      } catch let failure as Kubectl.Failure where failure.reason != nil {
        return failure.reason == "NotFound" && !kind.isBuiltIn
          ? .noSuchKind : .unread(failure.words)
      } catch { throw Controller.explained(error) }
      if token.isEmpty { return .objects(nodes) }
      guard token.utf8.allSatisfy(Self.isTokenByte) else {
        return .unread("the server's answer has an invalid continue token")
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
