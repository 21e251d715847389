/// Requests to the API server, made by the kubectl that is installed.

internal import YAML

struct Kubectl {
  /// The flags that choose the cluster, `--context` for instance.
  let flags: [String]
  /// How large an answer may be: an object of the API server has 1.5 MiB at most.
  private static let limit = 8 << 20

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
    let result = try Children.start(
      "kubectl", arguments + flags + timeout, workspace: try LoadedWorkspace.root(),
      .init(variables: Environment.withoutOwn, input: input)
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
