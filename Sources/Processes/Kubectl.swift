/// Requests to the API server, made by the installed kubectl.

internal import CProcess
internal import Glibc
internal import Text
internal import YAML

package struct Kubectl: Sendable {
  /// The credentials given on the command line.
  ///
  /// They never go on kubectl's own command line, which every user of the machine can read.
  package struct Credentials: Sendable {
    package var token: String?
    package var username: String?
    package var password: String?

    package init(token: String? = nil, username: String? = nil, password: String? = nil) {
      self.token = token
      self.username = username
      self.password = password
    }

    var isEmpty: Bool { token == nil && username == nil && password == nil }
  }

  /// The API server as a pod finds it; the token stays in its file.
  package struct InCluster: Sendable {
    /// The server's address, such as `https://10.96.0.1:443`.
    let server: String
    let certificateFile: String
    let tokenFile: String

    /// Where kubelets put the files of a pod's ServiceAccount (client-go `rest.InClusterConfig`).
    package static let folder = "/var/run/secrets/kubernetes.io/serviceaccount"

    /// - Parameter host: KUBERNETES_SERVICE_HOST; `port` is KUBERNETES_SERVICE_PORT.
    /// - Returns: nil if one is missing, or if the files do not exist.
    package init?(host: String?, port: String?, folder: String = InCluster.folder) {
      guard let host, let port else { return nil }
      server = "https://\(host.holds(":") ? "[\(host)]" : host):\(port)"
      (certificateFile, tokenFile) = ("\(folder)/ca.crt", "\(folder)/token")
      guard access(certificateFile, R_OK) == 0, access(tokenFile, R_OK) == 0 else { return nil }
    }
  }

  /// How kubectl finds the cluster.
  package struct Connection: Sendable {
    /// The flags that choose the cluster, such as `--context`; none is a credential.
    let flags: [String]
    let credentials: Credentials
    /// The kubeconfig that the command line names.
    let kubeconfig: String?
    /// The kubeconfigs to use if the command line names none, separated by colons.
    let otherKubeconfigs: String?
    /// The cluster around the pod, if there is no kubeconfig.
    ///
    /// Without this, kubectl connects to localhost as soon as it gets any connection flag
    /// (kubernetes/kubernetes#49343).
    let inCluster: InCluster?

    package init(
      flags: [String], credentials: Credentials, kubeconfig: String?, otherKubeconfigs: String?,
      inCluster: InCluster?
    ) {
      self.flags = flags
      self.credentials = credentials
      self.kubeconfig = kubeconfig
      self.otherKubeconfigs = otherKubeconfigs
      self.inCluster = inCluster
    }
  }

  private let connection: Connection
  private let setup: Subprocess.Setup
  /// The workspace and the repository around the working folder; no kubectl in them is run.
  private let repositories: [String]

  package init(
    _ connection: Connection, outside repositories: [String], _ setup: Subprocess.Setup
  ) {
    self.connection = connection
    self.repositories = repositories
    self.setup = setup
  }

  /// The server's address, if it comes from the environment of a pod.
  package var serverInCluster: String? { connection.inCluster?.server }

  /// The largest answer, in bytes; an object of the API server has at most 1.5 MiB.
  package static let limit = 8 << 20
  /// The name of the kubeconfig user that has `credentials`.
  private static let user = "moltseal-credentials"

  /// An error answered by the server, or by kubectl itself.
  package struct Failure: Error {
    /// The server's reason, such as `NotFound`; nil if no server answered.
    package let reason: String?
    package let message: String

    /// Whether the answer had no text, as a 500 of the controller itself, but not of a proxy on the
    /// way.
    package var isEmpty: Bool { message.holds("an error on the server (\"\")") }
  }

  /// What can go wrong before a server is asked or after it has answered.
  package enum Fault: Error {
    /// The largest accepted answer, in bytes.
    case answerTooLarge(limit: Int)
    case noMemoryFile(reason: String)
    case kubeconfigUnreadable(String, reason: String)
    /// A name or path that no server has, and that kubectl could misinterpret.
    case oddName(String)
  }

  /// - Parameter limit: the largest accepted answer, in bytes.
  /// - Throws: `Failure`, `Fault` or `Subprocess.Fault`.
  package func get(_ path: String, limit: Int = Kubectl.limit) throws -> [UInt8] {
    try Kubectl.check(path: path)
    return try run(["get", "--raw", path], input: nil, limit: limit)
  }

  /// Passes a Secret as JSON to `take` as it arrives; passes nothing if it does not exist.
  package func secret(
    _ name: String, namespace: String, take: (UnsafeRawBufferPointer) -> Void
  ) throws {
    for text in [name, namespace] { try Kubectl.check(name: text) }
    try withoutActuallyEscaping(take) { take in
      _ = try run(
        [
          "get", "--namespace=\(namespace)", "--ignore-not-found", "--output=json", "--", "secret",
          name,
        ], input: nil, take: take)
    }
  }

  /// Posts a body, byte for byte.
  package func post(_ path: String, _ body: [UInt8]) throws -> [UInt8] {
    try Kubectl.check(path: path)
    return try run(["create", "--raw", path, "-f", "-"], input: body)
  }

  /// Refuses what is not a path of an API server, because names in it come from files.
  private static func check(path: String) throws {
    let isPlain = path.utf8.allSatisfy { byte in
      (97...122).contains(byte | 0x20) || (48...57).contains(byte)
        || "/.-_:~?&=%".utf8.contains(byte)
    }
    let steps = path.pieces(between: "?")[0].pieces(between: "/").dropFirst()
    guard path.begins(with: "/"), isPlain, !steps.contains(where: { [".", ".."].contains($0) })
    else { throw Fault.oddName(path) }
  }

  /// Refuses what is not a name of an object.
  static func check(name: String) throws {
    let isPlain = name.utf8.allSatisfy { byte in
      (97...122).contains(byte) || (48...57).contains(byte) || byte == 45 || byte == 46
    }
    guard isPlain, let first = name.utf8.first, first != 45, first != 46 else {
      throw Fault.oddName(name)
    }
  }

  func run(
    _ arguments: [String], input: [UInt8]?, limit: Int = Kubectl.limit,
    take: ((UnsafeRawBufferPointer) -> Void)? = nil
  ) throws -> [UInt8] {
    let result = try finish(arguments, input: input, take: take)
    // A truncated answer is on standard output all the same.
    guard result.status == 0 else { throw Kubectl.failures(result.errors)[0] }
    guard result.output.count <= limit else { throw Fault.answerTooLarge(limit: limit) }
    return result.output
  }

  /// Asks for several things, of which some may fail.
  func ask(_ arguments: [String], limit: Int) throws -> Partial {
    let result = try finish(arguments, input: nil, take: nil)
    guard result.output.count <= limit else { throw Fault.answerTooLarge(limit: limit) }
    return Partial(
      output: result.output, failures: result.status == 0 ? [] : Kubectl.failures(result.errors))
  }

  private func finish(
    _ arguments: [String], input: [UInt8]?, take: ((UnsafeRawBufferPointer) -> Void)?
  ) throws -> Subprocess.Result {
    // kubectl itself has no timeout.
    let timeout =
      connection.flags.contains { $0.begins(with: "--request-timeout") }
      ? [] : ["--request-timeout=30s"]
    var setup = setup
    setup.input = input
    var own = connection.kubeconfig.map { ["--kubeconfig=\($0)"] } ?? []
    let isBare = connection.credentials.isEmpty && connection.inCluster == nil
    let memory = isBare ? -1 : try memoryFile()
    defer { if memory >= 0 { close(memory) } }
    if memory >= 0 {
      setup.inherited = memory
      setup.variables = try variables(with: "/dev/fd/\(memory)", setup.variables)
      // The context of the cluster around a pod names its user itself.
      if !connection.credentials.isEmpty { own = ["--user=\(Kubectl.user)"] }
    }
    // Flags first, then only names, so that a name that begins with a dash is not a flag.
    return try Subprocess.start(
      "kubectl", connection.flags + own + timeout + arguments, outside: repositories, setup
    ).finish(taking: take)
  }

  // MARK: Credentials

  /// Makes a kubeconfig in memory with one user and, if set, the cluster around a pod.
  private func memoryFile() throws -> Int32 {
    let (credentials, inCluster) = (connection.credentials, connection.inCluster)
    var user: [(String, Tree)] = []
    if let token = credentials.token { user.append(("token", .string(token))) }
    if let username = credentials.username { user.append(("username", .string(username))) }
    if let password = credentials.password { user.append(("password", .string(password))) }
    if let inCluster, user.isEmpty { user.append(("tokenFile", .string(inCluster.tokenFile))) }
    let name = Tree.string(Kubectl.user)
    var fields: [(String, Tree)] = [
      ("apiVersion", .string("v1")), ("kind", .string("Config")),
      ("users", .sequence([.map([("name", name), ("user", .map(user))])])),
    ]
    if let inCluster {
      let cluster: [(String, Tree)] = [
        ("server", .string(inCluster.server)),
        ("certificate-authority", .string(inCluster.certificateFile)),
      ]
      let context: [(String, Tree)] = [("cluster", name), ("user", name)]
      fields += [
        ("clusters", .sequence([.map([("name", name), ("cluster", .map(cluster))])])),
        ("contexts", .sequence([.map([("name", name), ("context", .map(context))])])),
        ("current-context", name),
      ]
    }
    let file = Tree.map(fields)
    let bytes = Array(YAMLWriter.inline(file, quotes: .always).utf8)
    let memory = moltseal_memory_file(0)
    guard memory >= 0, write(memory, bytes, bytes.count) == bytes.count else {
      throw Fault.noMemoryFile(reason: String(cString: strerror(errno)))
    }
    return memory
  }

  /// Returns the variables for kubectl, with one kubeconfig before the others.
  private func variables(with file: String, _ variables: [[UInt8]]) throws -> [[UInt8]] {
    let kubeconfig = connection.kubeconfig
    if let kubeconfig, access(kubeconfig, R_OK) != 0 {
      throw Fault.kubeconfigUnreadable(kubeconfig, reason: String(cString: strerror(errno)))
    }
    let others = kubeconfig ?? connection.otherKubeconfigs
    let list = ([file] + [others].compactMap { $0 }).joined(separator: ":")
    let name = Array("KUBECONFIG=".utf8)
    return variables.filter { !$0.starts(with: name) } + [name + Array(list.utf8)]
  }

  /// Whether a line was written by klog: a letter for its level, then the day, as in `E1130`.
  private static func isLog(_ line: String) -> Bool {
    let bytes = Array(line.utf8.prefix(6))
    return bytes.count == 6 && "EWIF".utf8.contains(bytes[0])
      && bytes[1..<5].allSatisfy { (48...57).contains($0) } && bytes[5] == 32
  }

  /// Parses kubectl's errors, one per line: `Error from server (REASON): MESSAGE`.
  ///
  /// There is always at least one.
  private static func failures(_ errors: String) -> [Failure] {
    let all = errors.pieces(between: "\n").filter { !$0.isEmpty && !$0.begins(with: "Warning:") }
    // kubectl also logs what it could not find out, for example about an API that is unavailable.
    let said = all.filter { !isLog($0) }
    let lines = said.isEmpty ? all : said
    guard !lines.isEmpty else {
      return [Failure(reason: nil, message: "kubectl failed and did not say why")]
    }
    return lines.map { line in
      guard let answer = line.without(prefix: "Error from server ("),
        let (reason, message) = answer.place(of: "): ")
      else { return Failure(reason: nil, message: line) }
      return Failure(reason: reason, message: message)
    }
  }
}
