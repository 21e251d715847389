/// How old evidence may be, and which evidence is not taken at all.

import Kubernetes
import Planning
import Reporting
import Repository
import TestSupport
import Testing
import Text

@testable import ClusterAccess

@Suite("Evidence from a file")
struct EvidenceFileTests {
  private let folder: TemporaryFolder
  private let workspace: LoadedWorkspace
  private let state: EnvironmentState
  private let time = Timestamp(seconds: 1_800_000_000)

  init() throws {
    folder = try TemporaryFolder([
      "moltseal.yml": """
      apiVersion: moltseal.dev/v1
      kind: Workspace
      environments:
        prod: {kustomization: k/kustomization.yml, output: k/out}
      """
    ])
    workspace = try LoadedWorkspace(folder.path)
    state = EnvironmentState(
      workspace: workspace.file, environment: try workspace.environment(nil), files: [], lock: nil,
      certificate: nil, sha256: { _ in "" })
  }

  private func file(
    environment: String = "prod", consumers: String = "[]"
  ) throws -> EvidenceFile {
    try folder.write(
      "evidence.json",
      """
      {apiVersion: moltseal.dev/v1, kind: Evidence, environment: \(environment), time: '\(time)',
       credentials: [{name: a, generation: 1, step: r-1, consumers: \(consumers),
        facts: [{fact: rolled, answer: 'yes', because: seen}]}]}
      """)
    return EvidenceFile(folder("evidence.json"))
  }

  /// What is taken of evidence that is some seconds old.
  private func taken(_ file: EvidenceFile, age: Int) throws -> Evidence? {
    try file.evidence(
      state, [], workspace, base: nil, now: Timestamp(seconds: time.seconds + age))
  }

  @Test("evidence counts until its lifetime is over, to the second")
  func lifetime() throws {
    let file = try file()
    for (age, counts) in [(0, true), (3599, true), (3600, true), (3601, false), (86_400, false)] {
      #expect(try (taken(file, age: age) != nil) == counts, "\(age)")
    }
    #expect(try taken(file, age: 3600)?.time == time)
  }

  @Test("a clock may be five minutes behind, and not a second more")
  func future() throws {
    let file = try file()
    #expect(try taken(file, age: -300) != nil)
    let error = #expect(throws: CommandError.self) { try taken(file, age: -301) }
    let diagnostic = error?.diagnostics.first
    #expect(
      diagnostic?.message == "this evidence was taken at \(time), which is in the future")
    #expect(diagnostic?.hint == "take it again: moltseal live --env prod --format json")
    #expect(diagnostic?.file == folder("evidence.json"))
  }

  @Test("evidence of another environment is refused, however old it is")
  func environment() throws {
    let file = try file(environment: "dev")
    for age in [0, 86_400] {
      let error = #expect(throws: CommandError.self) { try taken(file, age: age) }
      #expect(
        error?.diagnostics.first?.message == "this is evidence of environment 'dev'")
      #expect(error?.diagnostics.first?.hint == "use evidence of 'prod'")
    }
    #expect(throws: CommandError.self) { try file.earlier(state) }
  }

  @Test("evidence that saw other consumers opens nothing")
  func consumers() throws {
    let same = try taken(file(), age: 0)
    #expect(same?.credentials["a"]?.answers == [.rolled: .yes("seen")])
    let other = try taken(file(consumers: "['Deployment/ns/web x: s']"), age: 0)
    #expect(
      other?.credentials["a"]?.answers == [
        .rolled: .no("the consumers differ from those here: Deployment/ns/web x: s: not here")
      ])
  }

  @Test("an empty file is no earlier evidence, and any age of it is")
  func earlier() throws {
    #expect(try file().earlier(state)?.time == time)
    for text in ["", "\n", " \t\r\n"] {
      try folder.write("empty", text)
      #expect(try EvidenceFile(folder("empty")).earlier(state) == nil)
    }
    try folder.write("empty", "!")
    #expect(throws: CommandError.self) { try EvidenceFile(folder("empty")).earlier(state) }
  }

  @Test("earlier evidence is not held against the consumers, which a look does itself")
  func earlierConsumers() throws {
    let file = try file(consumers: "['Deployment/ns/web x: s']")
    #expect(try file.earlier(state)?.credentials["a"]?.answers == [.rolled: .yes("seen")])
  }

  @Test("a file that is missing, or no evidence, is an error with its name")
  func unreadable() throws {
    let none = EvidenceFile(folder("none"))
    for body in [
      { _ = try self.taken(none, age: 0) }, { _ = try none.earlier(self.state) },
    ] as [() throws -> Void] {
      let error = #expect(throws: CommandError.self) { try body() }
      #expect(error?.diagnostics.first?.message == "cannot be read")
      #expect(error?.diagnostics.first?.file == folder("none"))
    }
    try folder.write("other", "kind: Pod")
    let error = #expect(throws: CommandError.self) {
      try taken(EvidenceFile(folder("other")), age: 0)
    }
    #expect(error?.diagnostics.first?.file == folder("other"))
  }
}
