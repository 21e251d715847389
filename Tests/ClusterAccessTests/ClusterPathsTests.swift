/// Lists by the API server's own paths: pages, missing kinds, and what is not a list.

import Cluster
import Processes
import Reporting
import TestSupport
import Testing
import YAML

@testable import ClusterAccess

@Suite("Lists by path")
struct ClusterPathsTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  /// The names in a listing, or why there are none.
  private func listing(_ kind: ObjectKind, _ script: String) throws -> String {
    let paths = ClusterPaths(kubectl: try folder.kubectl(script))
    let found = try paths.list([kind], "ns")
    #expect(found.count == 1)
    return switch found[kind] {
    case .objects(let nodes):
      nodes.map { $0.at("metadata", "name")?.scalar ?? "?" }.joined(separator: " ")
    case .noSuchKind: "no such kind"
    case .unread(let reason): reason
    case nil: "nothing"
    }
  }

  private func page(_ name: String, next: String = "") -> String {
    "{\"items\": [{\"metadata\": {\"name\": \"\(name)\"}}], \"metadata\": {\"continue\": \"\(next)\"}}"
  }

  @Test("the pages of a list follow one another, by the path of its kind")
  func pages() throws {
    let script = """
      case "$4" in
        '/api/v1/namespaces/ns/pods?limit=250') echo '\(page("a", next: "t0.-_~="))' ;;
        '/api/v1/namespaces/ns/pods?limit=250&continue=t0.-_~=') echo '\(page("b", next: "Z"))' ;;
        '/api/v1/namespaces/ns/pods?limit=250&continue=Z') echo '\(page("c"))' ;;
        '/apis/apps/v1/namespaces/ns/deployments?limit=250') echo '{"items": []}' ;;
        *) echo "odd $4" >&2; exit 1 ;;
      esac
      """
    #expect(try listing(.pod, script) == "a b c")
    #expect(try listing(.deployment, script) == "")
  }

  @Test("a kind that not every cluster has may be missing; any other is not known then")
  func missing() throws {
    let script = "echo 'Error from server (NotFound): none' >&2; exit 1"
    #expect(try listing(.sealedSecret, script) == "no such kind")
    #expect(try listing(.cluster, script) == "no such kind")
    #expect(try listing(.pod, script) == "none (NotFound)")
    #expect(try listing(.job, script) == "none (NotFound)")
  }

  @Test("what may not be read is not known, whatever its kind")
  func forbidden() throws {
    let script = "echo 'Error from server (Forbidden): no' >&2; exit 1"
    for kind in [ObjectKind.sealedSecret, .pod] {
      #expect(try listing(kind, script) == "no (Forbidden)")
    }
  }

  @Test("an answer that is no list, or names an odd next page, is not known")
  func odd() throws {
    for answer in ["[]", "{}", "{\"items\": {}}", "none"] {
      #expect(
        try listing(.pod, "echo '\(answer)'") == "the server's answer is not a list", "\(answer)")
    }
    for token in ["a&b", "a b", "a/b", "a%20", "é"] {
      #expect(
        try listing(.pod, "echo '\(page("a", next: token))'")
          == "the server's answer has an invalid continue token", "\(token)")
    }
  }

  @Test("a kubectl that no server answers ends everything")
  func unreachable() {
    let error = #expect(throws: CommandError.self) {
      try listing(.pod, "echo 'no route' >&2; exit 1")
    }
    #expect(error?.diagnostics.first?.message == "kubectl: no route")
  }

  @Test("each kind has its own listing")
  func kinds() throws {
    let script = """
      case "$4" in
        */pods*) echo '\(page("a"))' ;;
        *) echo 'Error from server (NotFound): none' >&2; exit 1 ;;
      esac
      """
    let found = try ClusterPaths(kubectl: try folder.kubectl(script)).list(
      [.pod, .sealedSecret], "ns")
    #expect(found[.pod]?.nodes?.count == 1 && found[.sealedSecret]?.nodes?.isEmpty == true)
    #expect(found.count == 2)
  }
}
