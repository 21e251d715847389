/// What a build reads, and what it must not do, on trees in memory.

import Kustomize
import Testing
import Text
import YAML

@Suite("What a build reads")
struct KustomizationGraphTests {
  private func graph(_ files: [String: String], _ folder: String = "k") -> KustomizationGraph {
    KustomizationGraph(folder, reading: FilesInMemory(files))
  }

  private func read(_ graph: KustomizationGraph) -> [String] {
    graph.files.keys.map(\.text).sorted()
  }

  @Test("files that fields name are read, and files that other texts name are not")
  func reads() {
    let graph = graph([
      "k/kustomization.yaml": """
      resources: [a.yaml, ../base]
      commonAnnotations: {where: ../big/}
      configMapGenerator: [{name: c, files: [x=b.txt, c.txt], envs: [d.env], literals: [e=secret.txt]}]
      patches: [{path: p.yaml}, {patch: "- {op: remove, path: /q.yaml}", target: {kind: X}}]
      replacements: [{path: r.yaml}]
      """,
      "k/a.yaml": "see: secret.txt", "k/b.txt": "", "k/c.txt": "", "k/d.env": "", "k/p.yaml": "",
      "k/r.yaml": "", "k/secret.txt": "", "big/x": "",
      "base/kustomization.yml": "resources: [m.yaml]",
      "base/m.yaml": "",
    ])
    #expect(graph.faults.isEmpty)
    #expect(
      read(graph) == [
        "base/kustomization.yml", "base/m.yaml", "k/a.yaml", "k/b.txt", "k/c.txt", "k/d.env",
        "k/kustomization.yaml", "k/p.yaml", "k/r.yaml",
      ])
  }

  /// Each row of the tables that names a file, with an address in its place.
  static let rows = KustomizationField.rows.filter(\.use.namesFile).map { row in
    (kind: row.kind == "Kustomization" ? "" : row.kind, path: row.path)
  }

  @Test("the table has every plugin of kustomize's own but the one for charts")
  func kinds() {
    #expect(Set(KustomizationField.rows.map(\.kind)).count == 17)
    #expect(Self.rows.count > 25)
  }

  @Test("an address is found in every field that kustomize reads", arguments: rows)
  func remote(row: (kind: String, path: String)) {
    for address in ["http://x.example/y", "HTTPS://x.example/y", "http:x"] {
      for text in document(row, address) {
        let graph = graph(["k/kustomization.yaml": text])
        #expect(graph.faults.contains { $0.isRemote }, "\(text)")
      }
    }
  }

  @Test("a path out of the folder is found in every field that kustomize reads", arguments: rows)
  func leaves(row: (kind: String, path: String)) {
    for path in ["/etc/passwd", "../../x", "file:///etc"] {
      for text in document(row, path) {
        let graph = graph(["k/kustomization.yaml": text])
        #expect(
          graph.faults.contains { if case .leaves = $0.kind { true } else { false } }, "\(text)")
      }
    }
  }

  /// A kustomization with a text at the path of a row.
  private func document(_ row: (kind: String, path: String), _ text: String) -> [String] {
    func tree(_ path: [Substring]) -> String {
      guard var step = path.first else { return "\"\(text)\"" }
      let isList = step.hasSuffix("[]")
      if isList { step = step.dropLast(2) }
      let inner = tree(Array(path.dropFirst()))
      return "{\"\(step)\": \(isList ? "[\(inner)]" : inner)}"
    }
    let fields = tree(row.path.split(separator: "."))
    guard !row.kind.isEmpty else { return [fields, fields.uppercasedKeys] }
    let plugin =
      "{apiVersion: builtin, kind: \(row.kind), metadata: {name: x}, \(fields.dropFirst())"
    return ["generators", "transformers", "validators"].map { field in
      "\(field):\n- |\n  \(plugin)\n"
    }
  }

  @Test(
    "addresses of git are found, whatever they look like",
    arguments: [
      "github.com/x/y", "GitHub.com:x/y", "git@h:x/y", "a-b@h/x/y", "git::https://h/x", "ssh://h/x",
      "https://h/x?ref=y", "gh:x/y", "git::git@h:x", "ext::sh -c x://",
    ])
  func git(address: String) {
    for field in ["resources", "components", "bases", "transformers"] {
      let graph = graph(["k/kustomization.yaml": "\(field): [\"\(address)\"]"])
      #expect(graph.faults.count == 1, "\(field)")
    }
  }

  @Test("names of files that only look like addresses are files")
  func files() {
    let graph = graph([
      "k/kustomization.yaml": "resources: [icon@2x.yaml, vendor/github.com/x.yaml, a:b.yaml]",
      "k/icon@2x.yaml": "", "k/vendor/github.com/x.yaml": "", "k/a:b.yaml": "",
    ])
    #expect(graph.faults.isEmpty)
    #expect(graph.files.count == 4)
  }

  @Test(
    "what the table does not have is refused",
    arguments: [
      "newField: [x]", "openapi: {url: x}", "configMapGenerator: [{name: c, urls: [x]}]",
      "patches: [{file: x}]", "reſources: [x]", "\u{212A}ind: x", "? [a]\n: b",
      "sortOptions: {order: fifo, path: x}", "namePrefix: {path: x}",
      "transformers: ['{apiVersion: builtin, kind: PatchTransformer, metadata: {name: x}, url: y}']",
      "transformers: ['{apiVersion: builtin, kind: NewTransformer, metadata: {name: x}}']",
      "generators: ['{apiVersion: example.com/v1, kind: Program, metadata: {name: x}}']",
      "validators: ['{kind: FooList, items: [{apiVersion: v1, kind: Program}]}']",
    ])
  func unknown(text: String) { #expect(!graph(["k/kustomization.yaml": text]).faults.isEmpty) }

  @Test("a tag that makes another text of what is written is refused, in plugins too")
  func tags() {
    let binary = "!!binary aHR0cDovL3guZXhhbXBsZS95"
    #expect(!graph(["k/kustomization.yaml": "resources: [\(binary)]"]).faults.isEmpty)
    #expect(
      !graph([
        "k/kustomization.yaml": "transformers: [t.yaml]",
        "k/t.yaml":
          "{apiVersion: builtin, kind: PatchTransformer, metadata: {name: x}, path: \(binary)}",
      ]).faults.isEmpty)
  }

  @Test("aliases and merge keys are followed")
  func aliases() {
    let merged = "patches: [&p {path: 'http://x.example/y'}, {<<: *p, target: {kind: X}}]"
    #expect(graph(["k/kustomization.yaml": merged]).faults.count == 2)
  }

  @Test("configurations of plugins are read in files, in lists and in folders that gather them")
  func plugins() {
    let plugin =
      "{apiVersion: builtin, kind: PatchTransformer, metadata: {name: x}, path: 'https://x.example/y'}"
    #expect(
      graph(["k/kustomization.yaml": "transformers: [t.yaml]", "k/t.yaml": plugin]).faults.count
        == 1)
    #expect(
      graph([
        "k/kustomization.yaml": "transformers: [t.yaml]",
        "k/t.yaml": "{apiVersion: v1, kind: List, items: [\(plugin), \(plugin)]}",
      ]).faults.count == 2)
    #expect(
      graph([
        "k/kustomization.yaml": "transformers: [t]",
        "k/t/kustomization.yaml": "resources: [t.yaml]",
        "k/t/t.yaml": plugin,
      ]).faults.count == 1)
    #expect(
      !graph([
        "k/kustomization.yaml": "transformers: [t]",
        "k/t/kustomization.yaml": "resources: [t.yaml]\npatches: [{patch: x}]",
        "k/t/t.yaml":
          "{apiVersion: builtin, kind: PrefixTransformer, metadata: {name: x}, prefix: a}",
      ]).faults.isEmpty)
  }

  @Test("bases that double with each step are refused")
  func bombs() {
    var files: [String: String] = [:]
    for step in 0..<20 {
      files["\(step)/kustomization.yaml"] = "resources: [../\(step + 1), ../\(step + 1)/.]"
    }
    files["20/kustomization.yaml"] = "resources: [x.yaml]"
    files["20/x.yaml"] = "x"
    #expect(!graph(files, "0").faults.isEmpty)
  }

  @Test("a chain is followed to a depth that a builder stands, and no further")
  func chains() {
    func graph(_ length: Int) -> KustomizationGraph {
      var files = ["c\(length)/kustomization.yaml": "resources: []"]
      for number in 0..<length {
        files["c\(number)/kustomization.yaml"] = "resources: [../c\(number + 1)]"
      }
      return self.graph(files, "c0")
    }
    #expect(graph(1000).faults.isEmpty)
    #expect(
      graph(1100).faults.contains { if case .tooMuch = $0.kind { true } else { false } })
  }

  @Test("an address is said without what may be a password in it")
  func shown() {
    let said = [
      "https://u:p@h/x?token=y": "an address", "https://h/x": "'https://h/…'",
      "https://h": "'https://h'", "github.com/a/b?ref=x": "'github.com/a/b'",
      "redis://:p/x@h": "an address", "../base": "'../base'", "a=b://c": "an address",
    ]
    for (address, words) in said { #expect(SecretName.quotedAddress(address) == words) }
  }
}

extension String {
  /// The same with keys in upper case, which Go's decoder takes as well.
  fileprivate var uppercasedKeys: String {
    replacing(/"(\w+)":/) { "\"\($0.output.1.uppercased())\":" }
  }
}
