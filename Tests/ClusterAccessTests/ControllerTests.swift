/// Which service is the controller, and what its answers mean.

import Processes
import Reporting
import TestSupport
import Testing
import Text
import YAML

@testable import ClusterAccess

@Suite("The controller behind the API server")
struct ControllerTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private let own = Controller.Service(path: "/p", name: "ns/own")

  private func controller(
    _ script: String, namespace: String? = nil, name: String? = nil
  ) throws -> Controller {
    try Controller(try folder.kubectl(script), namespace: namespace, name: name)
  }

  /// A controller whose every answer is this error.
  private func failing(_ reason: String, _ message: String = "no") throws -> Controller {
    try controller(
      "cat >/dev/null; echo 'Error from server (\(reason)): \(message)' >&2; exit 1", name: "own")
  }

  private func diagnostic(_ body: () throws -> Void) -> Diagnostic? {
    #expect(throws: CommandError.self) { try body() }?.diagnostics.first
  }

  @Test("a name that is no label is refused, for it is a part of a path")
  func names() throws {
    let kubectl = try folder.kubectl("exit 1")
    for bad in ["a/b", "A", "..", "", "a.b", "-a"] {
      for (namespace, name, what) in [(bad, nil, "namespace"), (nil, bad, "name")]
        as [(String?, String?, String)]
      {
        let error = #expect(throws: CommandError.self) {
          try Controller(kubectl, namespace: namespace, name: name)
        }
        #expect(error?.status == 64)
        let diagnostic = error?.diagnostics.first
        #expect(diagnostic?.message.begins(with: "the controller's \(what) '\(bad)' is") == true)
        #expect(
          diagnostic?.hint == "correct --controller-\(what), or the environment's cluster")
      }
    }
    #expect(throws: Never.self) { try Controller(kubectl, namespace: "a-1", name: "b") }
  }

  @Test("the service has the manifest's name, else the chart's, and only a given name is asked for")
  func service() throws {
    let script = """
      case "$4" in
        /api/v1/namespaces/kube-system/services/sealed-secrets) ;;
        /api/v1/namespaces/ns/services/own) ;;
        *) echo 'Error from server (NotFound): none' >&2; exit 1 ;;
      esac
      echo '{"spec": {"ports": [{"name": "http"}, {"name": "metrics"}]}}'
      """
    let chart = try controller(script).service()
    #expect(chart.name == "kube-system/sealed-secrets")
    #expect(
      chart.path == "/api/v1/namespaces/kube-system/services/http:sealed-secrets:http/proxy")
    #expect(try controller(script, namespace: "ns", name: "own").service().name == "ns/own")
    #expect(
      diagnostic { _ = try controller(script, namespace: "ns").service() }?.message
        == "namespace 'ns' has no service 'sealed-secrets-controller' or 'sealed-secrets'")
    #expect(
      diagnostic { _ = try controller(script, name: "own").service() }?.message
        == "namespace 'kube-system' has no service 'own'")
  }

  @Test("a port has a name that fits into a path, or none")
  func ports() throws {
    func path(_ ports: String) throws -> String {
      try controller("echo '{\"spec\": {\"ports\": [\(ports)]}}'", namespace: "n", name: "own")
        .service().path
    }
    let folder = "/api/v1/namespaces/n/services/http:own:"
    #expect(try path("{\"name\": \"web\"}") == folder + "web/proxy")
    #expect(try path("{\"port\": 80}") == folder + "/proxy")
    #expect(try path("{\"name\": \"\"}") == folder + "/proxy")
    #expect(
      diagnostic { _ = try path("{\"name\": \"a/../b\"}") }?.message.begins(
        with: "the port 'a/../b' of service 'own' is not") == true)
  }

  @Test("another failure than a missing service ends the search, with what to do about it")
  func failures() throws {
    for (reason, hint) in [
      ("Forbidden", "allow this identity to use the controller's service proxy"),
      ("Unauthorized", "allow this identity to use the controller's service proxy"),
      ("ServiceUnavailable", "check that the controller's pod runs"),
      ("BadRequest", "check the controller's name and its log"),
    ] {
      let found = diagnostic { _ = try failing(reason).service() }
      #expect(found?.message == "kubectl: no (\(reason))")
      #expect(found?.hint == hint, "\(reason)")
    }
    let unanswered = diagnostic { _ = try controller("echo broken >&2; exit 1").service() }
    #expect(unanswered?.message == "kubectl: broken")
    #expect(unanswered?.hint?.begins(with: "check the context") == true)
  }

  private let empty = "an error on the server (\"\") has prevented the request"

  @Test("a verification opens, does not open, or was not read; anything else is an error")
  func verify() throws {
    let body = Array("{}".utf8)
    #expect(try controller("cat").verify(body, own) == .opens)
    for reason in ["Conflict", "AlreadyExists"] {
      #expect(try failing(reason).verify(body, own) == .doesNotOpen, "\(reason)")
    }
    #expect(try failing("InternalError", empty).verify(body, own) == .notRead)
    #expect(throws: Controller.Busy.self) {
      try failing("TooManyRequests").verify(body, own)
    }
    for (reason, message) in [("InternalError", "bad gateway"), ("Forbidden", "no")] {
      #expect(throws: CommandError.self) { try failing(reason, message).verify(body, own) }
    }
  }

  @Test("a re-encryption gives the ciphertexts by key, or nothing if no key opens the old ones")
  func rotate() throws {
    func rotated(_ answer: String) throws -> [Name: String]? {
      try controller("cat >/dev/null; echo '\(answer)'").rotate([], own)
    }
    let items = "\"a\": \"A\", \"b\": \"B\""
    #expect(
      try rotated("{\"spec\": {\"encryptedData\": {\(items)}}}")
        == [Name("a"): "A", Name("b"): "B"])
    for answer in [
      "{}", "{\"spec\": {\"encryptedData\": []}}", "{\"spec\": {\"encryptedData\": {\"a\": {}}}}",
      "{\"spec\": {\"encryptedData\": {\"a\": \"A\", \"a\": \"B\"}}}", "none",
    ] {
      #expect(throws: CommandError.self, "\(answer)") { try rotated(answer) }
    }
    #expect(try failing("InternalError", empty).rotate([], own) == nil)
    #expect(throws: CommandError.self) { try failing("InternalError").rotate([], own) }
    #expect(throws: Controller.Busy.self) { try failing("TooManyRequests").rotate([], own) }
  }

  @Test("an answer is one JSON document, and nothing after it")
  func json() {
    #expect(Controller.json(Array("{\"a\": \"b\"}\n".utf8))?["a"]?.scalar == "b")
    for text in ["", "{} {}", "{}x", "{"] {
      #expect(Controller.json(Array(text.utf8)) == nil, "\(text)")
    }
  }
}
