/// What kubectl is told, and what is never told on its command line.

import Processes
import TestSupport
import Testing
import Text

@Suite("Requests to kubectl")
struct KubectlTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  /// A kubectl that is this script.
  private func kubectl(
    _ script: String = "printf '%s\\n' \"$@\"", flags: [String] = [],
    credentials: Kubectl.Credentials = .init(), kubeconfig: String? = nil, others: String? = nil,
    inCluster: Kubectl.InCluster? = nil, variables: [String] = []
  ) throws -> Kubectl {
    try folder.program("bin/kubectl", script)
    var setup = folder.setup("bin")
    setup.variables = variables.map { Array($0.utf8) }
    return Kubectl(
      Kubectl.Connection(
        flags: flags, credentials: credentials, kubeconfig: kubeconfig, otherKubeconfigs: others,
        inCluster: inCluster), outside: [], setup)
  }

  private func lines(_ bytes: [UInt8]) -> [String] {
    text(bytes).pieces(between: "\n").dropLast()
  }

  @Test("a request has a timeout, unless a flag sets one, and flags before names")
  func arguments() throws {
    #expect(
      lines(try kubectl(flags: ["--context=a"]).get("/api"))
        == ["--context=a", "--request-timeout=30s", "get", "--raw", "/api"])
    #expect(
      lines(try kubectl(flags: ["--request-timeout=5s"], kubeconfig: "/x").get("/api"))
        == ["--request-timeout=5s", "--kubeconfig=/x", "get", "--raw", "/api"])
  }

  @Test("a body is posted byte for byte")
  func post() throws {
    let echoed = try kubectl("printf '%s\\n' \"$*\"; cat").post("/v1/verify", Array("{}\n\0".utf8))
    #expect(text(echoed) == "--request-timeout=30s create --raw /v1/verify -f -\n{}\n\0")
  }

  @Test("credentials go into a file in memory, before the other kubeconfigs")
  func credentials() throws {
    let script = """
      printf '%s\\n' "$*" "$KUBECONFIG"; cat "${KUBECONFIG%%:*}"
      """
    let said = lines(
      try kubectl(
        script, credentials: .init(token: "t0ken", username: "u", password: "p"), others: "/a:/b",
        variables: ["KUBECONFIG=/old", "A=b"]
      ).get("/api") + [10])
    try #require(said.count == 3)
    #expect(said[0] == "--user=moltseal-credentials --request-timeout=30s get --raw /api")
    #expect(said[1].begins(with: "/dev/fd/") && said[1].ends(with: ":/a:/b"))
    #expect(
      said[2].holds(
        #""user": {"token": "t0ken", "username": "u", "password": "p"}"#))
    #expect(!said[2].holds("clusters"))
    // The one that the command line names takes the place of the others.
    let named = lines(
      try kubectl(
        "echo \"$KUBECONFIG\"", credentials: .init(password: "p"), kubeconfig: "/dev/null",
        others: "/a"
      ).get("/api"))
    #expect(named.count == 1 && named[0].ends(with: ":/dev/null"))
  }

  @Test("without credentials the kubeconfigs stay as they are")
  func noCredentials() throws {
    let said = try kubectl("echo \"$KUBECONFIG\"", others: "/a", variables: ["KUBECONFIG=/old"])
      .get("/api")
    #expect(text(said) == "/old\n")
  }

  @Test("a kubeconfig that cannot be read is said, for credentials would hide it")
  func unreadable() throws {
    let fault = #expect(throws: Kubectl.Fault.self) {
      try kubectl(credentials: .init(token: "t"), kubeconfig: folder("none")).get("/api")
    }
    guard case .kubeconfigUnreadable(let path, _)? = fault else {
      Issue.record("\(String(describing: fault))")
      return
    }
    #expect(path == folder("none"))
  }

  @Test("a pod finds its server by two variables and two files, and its token stays in its file")
  func inCluster() throws {
    func found(_ host: String?, _ port: String?) -> Kubectl.InCluster? {
      Kubectl.InCluster(host: host, port: port, folder: folder("account"))
    }
    #expect(found("10.0.0.1", "443") == nil)
    try folder.write("account/ca.crt", "")
    #expect(found("10.0.0.1", "443") == nil)
    try folder.write("account/token", "t0ken")
    #expect(found(nil, "443") == nil && found("10.0.0.1", nil) == nil)
    let script = "printf '%s\\n' \"$*\"; cat \"${KUBECONFIG%%:*}\""
    for (host, server) in [
      ("10.0.0.1", "https://10.0.0.1:443"), ("fd00::1", "https://[fd00::1]:443"),
    ] {
      let inCluster = try #require(found(host, "443"))
      let kubectl = try kubectl(script, inCluster: inCluster)
      #expect(kubectl.serverInCluster == server)
      let said = text(try kubectl.get("/api"))
      #expect(said.begins(with: "--request-timeout=30s get"))
      #expect(
        said.holds(
          #""server": "\#(server)", "certificate-authority": "\#(folder("account/ca.crt"))""#))
      #expect(said.holds(#""user": {"tokenFile": "\#(folder("account/token"))"}"#))
      #expect(said.holds(#""current-context": "moltseal-credentials""#) && !said.holds("t0ken"))
    }
    let both = text(
      try kubectl(script, credentials: .init(token: "own"), inCluster: found("h", "1")).get("/api"))
    #expect(both.holds(#""user": {"token": "own"}"#) && both.begins(with: "--user="))
  }

  @Test("a Secret is passed on as it arrives")
  func secret() throws {
    var taken: [UInt8] = []
    try kubectl().secret("z0.a-9", namespace: "ns") { taken += $0 }
    #expect(
      lines(taken) == [
        "--request-timeout=30s", "get", "--namespace=ns", "--ignore-not-found", "--output=json",
        "--", "secret", "z0.a-9",
      ])
  }
}
