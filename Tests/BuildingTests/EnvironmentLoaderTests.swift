/// An environment read from its folder: the names that its kustomization builds, and what is refused.

import Kubernetes
import Manifests
import Planning
import Reporting
import Repository
import TestSupport
import Testing
import Workspace
import YAML

@testable import Building

@Suite("An environment as it is on disk")
struct EnvironmentLoaderTests {
  private static let template = """
    apiVersion: v1
    kind: Secret
    metadata: {name: app}
    stringData: {K: text}
    """

  private static let files = [
    "moltseal.yml": """
    apiVersion: moltseal.dev/v1
    kind: Workspace
    environments:
      prod: {kustomization: k/kustomization.yml, output: k/out}
    """,
    "k/kustomization.yml": "namePrefix: a-\nnameSuffix: -z\nnamespace: ns\n",
    "templates/app-template.yml": template, "templates/README.md": "no template",
  ]

  private func state(_ changed: [String: String?] = [:], selected: Set<String>? = nil) throws
    -> EnvironmentState
  {
    var files = Self.files
    for (name, text) in changed { files[name] = text }
    let folder = try TemporaryFolder(files)
    return try withExtendedLifetime(folder) {
      let workspace = try LoadedWorkspace(folder.path)
      return try EnvironmentLoader(
        workspace: workspace, environment: workspace.environment(nil), selected: selected
      ).state(certificate: "sha256:c")
    }
  }

  private func refusal(_ changed: [String: String?]) -> Diagnostic? {
    #expect(throws: CommandError.self) { try state(changed) }?.diagnostics.first
  }

  @Test("a template has the names that its kustomization builds")
  func names() throws {
    let state = try state()
    try #require(state.files.count == 1 && state.files[0].template.secrets.count == 1)
    #expect(state.files[0].template.secrets[0].builtName == "a-app-z")
    #expect(state.files[0].template.secrets[0].namespace == "ns")
    #expect(state.files[0].suppliedNamespace == "ns")
    #expect(state.files[0].outputPath == "k/out/app-sealedsecret.yml")
    #expect(state.files[0].manifest == nil && state.lock == nil)
    #expect(state.certificate == "sha256:c")
  }

  @Test("a kustomization that is missing, or not readable, changes no name")
  func noKustomization() throws {
    let own = Self.template.split(separator: "app}").joined(separator: "app, namespace: own}")
    for text in [nil, "["] as [String?] {
      let changed: [String: String?] = [
        "k/kustomization.yml": text, "templates/app-template.yml": own,
      ]
      let secrets = try state(changed).files.flatMap(\.template.secrets)
      #expect(secrets.map(\.builtName) == ["app"])
      #expect(secrets.map(\.namespace) == ["own"])
    }
  }

  @Test("templates whose sealed files or Secrets are the same are refused")
  func twice() {
    #expect(
      refusal(["templates/app-secret.yml": Self.template])?.message
        == "'templates/app-template.yml' and 'templates/app-secret.yml' would both become 'k/out/app-sealedsecret.yml'"
    )
    let again = refusal(["templates/b-template.yml": Self.template])
    #expect(again?.message == "Secret 'ns/a-app-z' is already in 'templates/app-template.yml'")
    #expect(again?.file == "templates/b-template.yml")
  }

  @Test("a built name that the API server refuses is refused at the field that made it")
  func builtNames() {
    let prefix = refusal(["k/kustomization.yml": "namespace: ns\nnamePrefix: A_\n"])
    #expect(
      prefix?.message
        == "the built name 'A_app' is not a DNS-1123 name: lower-case letters, digits, '-' and '.', at most 253 characters"
    )
    #expect(prefix?.hint == "correct namePrefix")
    #expect(prefix?.file == "k/kustomization.yml")
    #expect(prefix?.location == Location(line: 2, column: 13))
    let namespace = refusal(["k/kustomization.yml": "namespace: a.b\n"])
    #expect(namespace?.hint == "correct namespace")
    #expect(namespace?.location?.line == 1)
  }

  @Test("a name may have dots where a namespace may not, and nothing is said of what is right")
  func check() throws {
    let names = BuiltNames(path: "k", nil)
    #expect(throws: Never.self) { try names.check([("a.b", "n"), ("c", nil)]) }
    let error = #expect(throws: CommandError.self) { try names.check([("a.b", "n"), ("C", nil)]) }
    #expect(error?.diagnostics.first?.hint == "correct namePrefix or nameSuffix")
    #expect(error?.diagnostics.first?.location == nil)
    #expect(throws: CommandError.self) { try names.check([("a", "a.b")]) }
    #expect([names.prefix, names.suffix] == ["", ""] && names.namespace == nil)
  }

  @Test("a folder without a template is refused where the workspace names it")
  func noTemplate() {
    let none = refusal(["templates/app-template.yml": nil])
    #expect(none?.message == "the folder 'templates' contains no template")
    #expect(none?.file == "moltseal.yml")
  }

  @Test("a lock file of another environment is refused")
  func lock() throws {
    var lock = LockFile()
    lock.credentials["x"] = .init(rotation: "r-20260101T000000Z-a", time: Timestamp(seconds: 0))
    func text(_ environment: String) -> String {
      String(decoding: lock.render(environment: environment), as: UTF8.self)
    }
    #expect(try state(["k/out/moltseal.lock": text("prod")]).lock?.credentials["x"] != nil)
    let other = refusal(["k/out/moltseal.lock": text("dev")])
    #expect(other?.message == "is the lock file of environment 'dev', not of 'prod'")
    #expect(other?.file == "k/out/moltseal.lock")
  }

  @Test("only the selected targets are planned; the others are kept apart")
  func targets() throws {
    let workspace = """
      apiVersion: moltseal.dev/v1
      kind: Workspace
      environments:
        prod:
          targets:
            one: {templates: t1, kustomization: k1/kustomization.yml, output: k1/out}
            two: {templates: t2, kustomization: k2/kustomization.yml, output: k2/out}
      """
    let files: [String: String?] = [
      "moltseal.yml": workspace, "t1/a-template.yml": Self.template,
      "t2/b-template.yml": Self.template, "k1/kustomization.yml": "namespace: n1",
      "k2/kustomization.yml": "namespace: n2",
    ]
    let one = try state(files, selected: ["one"])
    #expect(one.files.map(\.target) == ["one"] && one.otherFiles.map(\.target) == ["two"])
    let all = try state(files)
    #expect(all.files.map(\.target) == ["one", "two"] && all.otherFiles.isEmpty)
    let environment = all.environment
    #expect(try environment.selected([]) == nil)
    #expect(try environment.selected(["two"]) == ["two"])
    #expect(throws: CommandError.self) { try environment.selected(["two", "three"]) }
    #expect(throws: CommandError.self) { try environment.selected([""]) }
  }
}
