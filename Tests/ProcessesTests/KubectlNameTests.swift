/// Names and paths come from files: what kubectl could take for something else never reaches it.

import Processes
import TestSupport
import Testing
import Text

@Suite("Names that kubectl gets")
struct KubectlNameTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  /// A kubectl that prints its last argument.
  private func kubectl() throws -> Kubectl {
    try folder.program("bin/kubectl", "for last; do :; done; printf '%s' \"$last\"")
    return Kubectl(
      Kubectl.Connection(
        flags: [], credentials: .init(), kubeconfig: nil, otherKubeconfigs: nil, inCluster: nil),
      outside: [], folder.setup("bin"))
  }

  @Test(
    "a path that no server has is not asked for",
    arguments: [
      "api", "", "/a/../b", "/a/./b", "/..", "/a b", "/a\nb", "/é", "/a;b", "/a#b",
    ])
  func oddPath(path: String) throws {
    let kubectl = try kubectl()
    #expect(throws: Kubectl.Fault.self) { try kubectl.get(path) }
    #expect(throws: Kubectl.Fault.self) { try kubectl.post(path, []) }
  }

  @Test(
    "a path may have a query, and dots in a name",
    arguments: [
      "/", "/a/..b/c...", "/AZaz09/x.y-z_w:~", "/a?x=../b&y=%20",
    ])
  func path(path: String) throws {
    #expect(text(try kubectl().get(path)) == path)
  }

  @Test(
    "a name that no object has is not asked for",
    arguments: [
      "", "-x", ".x", "A", "a b", "a/b", "a,b", "é", "a_b", "{", "`", "/", ":",
    ])
  func oddName(name: String) throws {
    let kubectl = try kubectl()
    #expect(throws: Kubectl.Fault.self) { try kubectl.secret(name, namespace: "a") { _ in } }
    #expect(throws: Kubectl.Fault.self) { try kubectl.secret("a", namespace: name) { _ in } }
    #expect(throws: Kubectl.Fault.self) { try kubectl.list([name], namespace: "a", limit: 9) }
    #expect(throws: Kubectl.Fault.self) { try kubectl.list(["a"], namespace: name, limit: 9) }
    #expect(throws: Kubectl.Fault.self) { try kubectl.clusterObjects(nodes: ["a", name]) }
    for (secrets, configMaps, namespace) in [
      ([name], [], "a"), ([], [name], "a"), (["a"], [], name),
    ]
      as [([String], [String], String)]
    {
      #expect(throws: Kubectl.Fault.self) {
        try kubectl.metadata(
          secrets: secrets, configMaps: configMaps, annotations: [], namespace: namespace)
      }
    }
  }
}
