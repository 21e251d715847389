/// What kubectl's answers and errors mean.

import Processes
import TestSupport
import Testing
import Text

@Suite("Answers of kubectl")
struct KubectlAnswerTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private func kubectl(_ script: String) throws -> Kubectl {
    try folder.program("bin/kubectl", script)
    return Kubectl(
      Kubectl.Connection(
        flags: [], credentials: .init(), kubeconfig: nil, otherKubeconfigs: nil, inCluster: nil),
      outside: [], folder.setup("bin"))
  }

  /// A kubectl that fails with these lines.
  private func failing(_ lines: String...) throws -> Kubectl {
    let words = lines.map { "'\($0)'" }.joined(separator: " ")
    return try kubectl("printf 'part'; printf '%s\\n' \(words) >&2; exit 1")
  }

  @Test("an answer may be as large as the limit, and no larger")
  func limit() throws {
    let four = try kubectl("printf 1234")
    #expect(text(try four.get("/a", limit: 4)) == "1234")
    #expect(try four.list(["a"], namespace: "b", limit: 4).output.count == 4)
    for body in [
      { _ = try four.get("/a", limit: 3) },
      { _ = try four.list(["a"], namespace: "b", limit: 3) },
    ] {
      let fault = #expect(throws: Kubectl.Fault.self) { try body() }
      guard case .answerTooLarge(let limit)? = fault else {
        Issue.record("\(String(describing: fault))")
        continue
      }
      #expect(limit == 3)
    }
  }

  @Test("an error has the server's reason and message, or is kubectl's own")
  func reasons() throws {
    func failure(_ lines: String...) throws -> [String?] {
      let words = lines.map { "'\($0)'" }.joined(separator: " ")
      let kubectl = try kubectl("printf '%s\\n' \(words) >&2; exit 1")
      let failure = #expect(throws: Kubectl.Failure.self) { try kubectl.get("/a") }
      return [failure?.reason, failure?.message]
    }
    #expect(
      try failure("Error from server (NotFound): secrets \"x\" not found")
        == ["NotFound", "secrets \"x\" not found"])
    #expect(try failure("error: no context") == [nil, "error: no context"])
    #expect(try failure("Error from server (odd") == [nil, "Error from server (odd"])
    #expect(try failure("", "Warning: old", "that") == [nil, "that"])
    #expect(try failure("Warning: old") == [nil, "kubectl failed and did not say why"])
    // klog's lines count only where there is nothing else.
    #expect(try failure("E1130 12:00 x.go:1] one", "two") == [nil, "two"])
    #expect(try failure("E1130 12:00 x.go:1] one") == [nil, "E1130 12:00 x.go:1] one"])
    for line in ["E113 x", "X1130 x", "E11a0 x", "E11300 x", "E1130", "e1130 x"] {
      #expect(try failure(line, "two") == [nil, line])
    }
  }

  @Test("an answer without a text is a controller's own error, not that of a proxy")
  func emptyAnswer() throws {
    func isEmpty(_ text: String) throws -> Bool? {
      let kubectl = try failing(
        "Error from server (InternalError): an error on the server (\(text)) has")
      return #expect(throws: Kubectl.Failure.self) { try kubectl.get("/a") }?.isEmpty
    }
    #expect(try isEmpty("\"\"") == true)
    #expect(try isEmpty("\"bad gateway\"") == false)
  }

  @Test("what was answered counts beside what failed, and no failure is made of a warning")
  func partial() throws {
    let some = try failing("Error from server (Forbidden): a", "Error from server (NotFound): b")
    let answer = try some.list(["a", "b"], namespace: "c", limit: 9)
    #expect(text(answer.output) == "part")
    #expect(answer.failures.map(\.reason) == ["Forbidden", "NotFound"])
    #expect(answer.failures.map(\.message) == ["a", "b"])
    let all = try kubectl("echo 'Warning: old' >&2").resources()
    #expect(all.failures.isEmpty)
  }

  /// What `script` prints of its arguments, after the timeout.
  private func arguments(_ ask: (Kubectl) throws -> Kubectl.Partial) throws -> [String] {
    let output = try ask(try kubectl("printf '%s\\0' \"$@\"")).output
    return text(output).pieces(between: "\0").dropFirst().dropLast()
  }

  @Test("lists ask for several kinds at once, and for who has written what")
  func lists() throws {
    #expect(
      try arguments { try $0.resources() } == [
        "api-resources", "--verbs=list", "--output=name",
      ])
    #expect(
      try arguments { try $0.list(["pods", "jobs.batch"], namespace: "ns", limit: 999) } == [
        "get", "--namespace=ns", "--show-managed-fields", "--output=json", "--", "pods,jobs.batch",
      ])
    #expect(
      try arguments { try $0.clusterObjects(nodes: ["a", "b"]) } == [
        "get", "--ignore-not-found", "--output=json", "--", "namespace/kube-system", "node/a",
        "node/b",
      ])
  }

  @Test("metadata are asked for without any value of a Secret, in the form that kubectl prints")
  func metadata() throws {
    func template(_ secrets: [String], _ configMaps: [String]) throws -> String {
      let words = try arguments {
        try $0.metadata(
          secrets: secrets, configMaps: configMaps, annotations: ["a.b/c"], namespace: "ns")
      }
      #expect(words.prefix(3) == ["get", "--namespace=ns", "--ignore-not-found"])
      #expect(
        words.suffix(from: 5).elementsEqual(
          secrets.map { "secret/\($0)" } + configMaps.map { "configmap/\($0)" }))
      return words[3]
    }
    let own =
      #"{.kind}{"\t"}{.metadata.name}{"\t"}{.metadata.uid}{"\t"}{.metadata.resourceVersion}{"\t"}{.metadata.creationTimestamp}{"\t"}{.metadata.deletionTimestamp}{"\t"}{.metadata.managedFields}{"\t"}{.metadata.annotations.a\.b/c}{"\n"}"#
    let data = #"{.metadata.name}{"\t"}{.data}{"\n"}"#
    #expect(try template(["s"], []) == "--output=jsonpath=\(own)")
    #expect(try template([], ["m"]) == "--output=jsonpath=\(own)\(data)")
    #expect(
      try template(["s"], ["m"])
        == "--output=jsonpath={range .items[*]}\(own){end}{range .items[?(@.kind==\"ConfigMap\")]}\(data){end}"
    )
  }

  @Test("the server's address comes from the kubeconfig")
  func server() throws {
    let said = text(try kubectl("printf '%s\\n' \"$@\"").server()).pieces(between: "\n")
    #expect(
      said.dropFirst().prefix(5) == ["config", "view", "--minify", "--raw", "--flatten"])
    #expect(said[6].begins(with: "--output=jsonpath={.clusters[0].cluster.server}{\"\\n\"}"))
  }
}
