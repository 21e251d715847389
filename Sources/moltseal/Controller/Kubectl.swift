/// Requests to the API server, made by the kubectl that is installed.

internal import CProcess
internal import Glibc
internal import YAML

struct Kubectl {
  /// Who asks, where the command line says it: kubectl's own command line never does, for every
  /// user of the machine can read that.
  struct Credentials {
    var token: String?
    var username: String?
    var password: String?

    var isEmpty: Bool { token == nil && username == nil && password == nil }
  }

  /// The flags that choose the cluster, `--context` for instance; none is a credential.
  let flags: [String]
  var credentials = Credentials()
  /// The file that holds the clusters, where the command line names one.
  var kubeconfig: String?

  /// How large an answer may be: an object of the API server has 1.5 MiB at most.
  private static let limit = 8 << 20
  /// The user of the kubeconfig that holds `credentials`.
  private static let user = "moltseal-credentials"

  /// What the server, or kubectl itself, answered instead.
  struct Failure: Error {
    /// The server's reason, `NotFound` for instance; nil where no server answered.
    let reason: String?
    let message: String

    /// Whether the answer had no text: the controller's own 500, and no proxy's on the way.
    var isEmpty: Bool { message.contains("an error on the server (\"\")") }
  }

  func get(_ path: String) throws -> [UInt8] { try run(["get", "--raw", path], input: nil) }

  /// Posts a body, byte for byte.
  func post(_ path: String, _ body: [UInt8]) throws -> [UInt8] {
    try run(["create", "--raw", path, "-f", "-"], input: body)
  }

  private func run(_ arguments: [String], input: [UInt8]?) throws -> [UInt8] {
    // kubectl itself waits for ever.
    let timeout =
      flags.contains { $0.hasPrefix("--request-timeout") } ? [] : ["--request-timeout=30s"]
    var surroundings = Children.Surroundings(variables: Environment.withoutOwn, input: input)
    var own = kubeconfig.map { ["--kubeconfig=\($0)"] } ?? []
    let memory = credentials.isEmpty ? -1 : try memoryFile()
    defer { if memory >= 0 { close(memory) } }
    if memory >= 0 {
      surroundings.inherited = memory
      surroundings.variables = try variables(with: "/dev/fd/\(memory)", surroundings.variables)
      own = ["--user=\(Kubectl.user)"]
    }
    let result = try Children.start(
      "kubectl", arguments + flags + own + timeout, outside: try Kubectl.repositories(),
      surroundings
    ).finish()
    // An answer that was cut off is on standard output all the same.
    guard result.status == 0 else { throw Kubectl.failure(result.errors) }
    guard result.output.count <= Kubectl.limit else {
      throw CommandError(
        "the server's answer is larger than \(Kubectl.limit >> 20) MiB",
        hint: "this cannot be the controller's; nothing was taken from it")
    }
    return result.output
  }

  /// The workspace and the repository around the working folder, which bring no kubectl along.
  private static func repositories() throws -> [String] {
    let workspace = try LoadedWorkspace.root()
    let place = try ChangePlace.here()
    return [workspace, place.git?.root].compactMap { $0 }
  }

  // MARK: Credentials

  /// A kubeconfig with one user, in memory.
  private func memoryFile() throws -> Int32 {
    var user: [(String, Tree)] = []
    if let token = credentials.token { user.append(("token", .string(token))) }
    if let username = credentials.username { user.append(("username", .string(username))) }
    if let password = credentials.password { user.append(("password", .string(password))) }
    let file = Tree.map([
      ("apiVersion", .string("v1")), ("kind", .string("Config")),
      ("users", .sequence([.map([("name", .string(Kubectl.user)), ("user", .map(user))])])),
    ])
    let bytes = Array(YAMLWriter.inline(file, quoting: true).utf8)
    let memory = moltseal_memory_file(0)
    guard memory >= 0, write(memory, bytes, bytes.count) == bytes.count else {
      throw CommandError(
        "no file can be made in memory: \(String(cString: strerror(errno)))",
        hint: "put the credentials into the kubeconfig instead")
    }
    return memory
  }

  /// The variables of kubectl, with one kubeconfig before the others.
  private func variables(with file: String, _ variables: [[UInt8]]) throws -> [[UInt8]] {
    if let kubeconfig, access(kubeconfig, R_OK) != 0 {
      throw CommandError(
        "cannot be read: \(String(cString: strerror(errno)))", hint: "check --kubeconfig",
        file: kubeconfig)
    }
    let others =
      kubeconfig ?? Environment.text("KUBECONFIG")
      ?? Environment.text("HOME").map { $0 + "/.kube/config" }
    let list = ([file] + [others].compactMap { $0 }).joined(separator: ":")
    let name = Array("KUBECONFIG=".utf8)
    return variables.filter { !$0.starts(with: name) } + [name + Array(list.utf8)]
  }

  /// Reads the first line of kubectl's complaint: `Error from server (REASON): MESSAGE`.
  private static func failure(_ errors: String) -> Failure {
    let line =
      errors.split(separator: "\n").map(String.init).first { !$0.hasPrefix("Warning:") }
      ?? "kubectl failed and did not say why"
    let prefix = "Error from server ("
    guard line.hasPrefix(prefix), let close = line.firstRange(of: "): ") else {
      return Failure(reason: nil, message: line)
    }
    return Failure(
      reason: String(line[prefix.endIndex..<close.lowerBound]),
      message: String(line[close.upperBound...]))
  }
}
