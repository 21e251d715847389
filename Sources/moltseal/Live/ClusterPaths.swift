/// Lists by the API server's own paths, a start of kubectl each: for a server that answers objects and
/// does not say what kinds it has.

internal import Live
internal import Processes
internal import Text
internal import YAML

struct ClusterPaths {
  let kubectl: Kubectl

  /// How large one page of a list may be: 250 objects of the largest size that etcd takes would be
  /// larger, and are no list of this kind.
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
          return .unread("the server's answer is no list")
        }
        nodes += items
        token = root.at("metadata", "continue")?.scalar ?? ""
      } catch let failure as Kubectl.Failure where failure.reason != nil {
        return failure.reason == "NotFound" && !kind.isBuiltIn
          ? .noSuchKind : .unread(failure.words)
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
