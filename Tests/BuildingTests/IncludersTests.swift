/// Which kustomizations of a folder build on others, and where they are looked for.

import Files
import Manifests
import TestSupport
import Testing

@testable import Building

@Suite("Kustomizations that build on others")
struct IncludersTests {
  private func includers(
    _ kustomizations: [String: String], link: (name: String, destination: String)? = nil
  ) throws -> Includers {
    let folder = try TemporaryFolder(kustomizations)
    if let link { try folder.link(link.name, to: link.destination) }
    return try withExtendedLifetime(folder) { try Includers(WorkspaceFolder(folder.path)) }
  }

  private func chain() throws -> Includers {
    try includers([
      "base/kustomization.yaml": "resources: [a.yaml]",
      "mid/kustomization.yml": "resources: [../base]\nnamespace: x",
      "top/Kustomization": "apiVersion: x\nKind: y\nresources: [../mid]\npatches:\n",
      "other/kustomization.yaml": "resources: [a.yaml]",
    ])
  }

  private func above(_ includers: Includers, _ folders: String...) -> [String] {
    includers.above(folders).map(\.path)
  }

  @Test("those above a folder are found at every depth, sorted, and without those that are given")
  func depths() throws {
    let includers = try chain()
    #expect(above(includers, "base") == ["mid/kustomization.yml", "top/Kustomization"])
    #expect(includers.above(["base"]).map(\.folder) == ["mid", "top"])
    #expect(above(includers, "mid") == ["top/Kustomization"])
    #expect(above(includers, "base", "mid") == ["top/Kustomization"])
    #expect(above(includers, "top") == [])
    #expect(above(includers, "other") == [])
  }

  @Test("one that only gathers has no field that changes what it includes")
  func gathers() throws {
    #expect(try chain().above(["base"]).map(\.onlyGathers) == [false, true])
    for (field, gathers) in [
      ("metadata: {name: x}", true), ("bases: []", true), ("namePrefix: x", false),
      ("components: []", false), ("namePrefix: null", true),
    ] {
      let found = try includers([
        "a/kustomization.yaml": "", "b/kustomization.yaml": "resources: [../a]\n\(field)",
      ]).above(["a"])
      #expect(found.map(\.onlyGathers) == [gathers], "\(field)")
    }
  }

  @Test("bases and components are included too, and a circle ends")
  func fields() throws {
    for field in ["resources", "bases", "components"] {
      let includers = try includers([
        "a/kustomization.yaml": "resources: [../b]",
        "b/kustomization.yaml": "\(field): [../a]",
      ])
      #expect(above(includers, "a") == ["b/kustomization.yaml"], "\(field)")
      #expect(above(includers, "b") == ["a/kustomization.yaml"], "\(field)")
    }
  }

  @Test("a folder is included by another one, and not by itself")
  func isIncluded() throws {
    let chain = try chain()
    #expect(chain.isIncluded("base") && chain.isIncluded("mid"))
    #expect(!chain.isIncluded("top") && !chain.isIncluded("nowhere"))
    #expect(try !includers(["a/kustomization.yaml": "resources: [.]"]).isIncluded("a"))
    let root = try includers([
      "kustomization.yaml": "resources: [a]", "a/kustomization.yaml": "resources: [..]",
    ])
    #expect(root.isIncluded("a") && root.isIncluded("."))
  }

  @Test("the kustomization of a folder is its own")
  func kustomization() throws {
    let chain = try chain()
    #expect(chain.kustomization(of: "mid")?.namespace == "x")
    #expect(chain.kustomization(of: "base")?.namespace == nil)
    #expect(chain.kustomization(of: "base") != nil)
    #expect(chain.kustomization(of: "nowhere") == nil)
  }

  @Test("hidden folders, node_modules, links and files that only look alike are not searched")
  func skipped() throws {
    let names = [
      "kustomization.yaml", "a/kustomization.yaml", "v1.2/kustomization.yaml",
      ".hidden/kustomization.yaml", "node_modules/x/kustomization.yaml",
      "x.yaml/kustomization.yaml", "a/kustomization.json", "a/b/c/kustomization.yml",
    ]
    let files = Dictionary(uniqueKeysWithValues: names.map { ($0, "resources: []") })
    let found = try includers(files, link: ("z", "a")).all
    #expect(
      found.map(\.path) == [
        "kustomization.yaml", "a/kustomization.yaml", "v1.2/kustomization.yaml",
        "a/b/c/kustomization.yml",
      ])
    #expect(found.map(\.folder) == [".", "a", "v1.2", "a/b/c"])
  }

  @Test("what cannot be read as a kustomization is left out, and the others stay")
  func unreadable() throws {
    let includers = try includers([
      "a/kustomization.yaml": "[", "b/kustomization.yaml": "- a",
      "c/kustomization.yaml": "resources: [../a, {x: y}]",
    ])
    #expect(includers.all.map(\.folder) == ["c"])
    #expect(above(includers, "a") == ["c/kustomization.yaml"])
  }

  @Test("a resource is a path below the workspace, or none")
  func paths() {
    #expect(Includers.path(of: "../b", below: "a") == "b")
    #expect(Includers.path(of: "x.yaml", below: "a/b") == "a/b/x.yaml")
    #expect(Includers.path(of: "..", below: "a") == ".")
    for resource in ["/b", "https://h/b", "git::ssh://h/b", "../../b"] {
      #expect(Includers.path(of: resource, below: "a") == nil, "\(resource)")
    }
  }
}
