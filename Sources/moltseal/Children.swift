/// Other programs: found outside the workspace, run with an environment of their own.

internal import Glibc
internal import Subprocess
internal import SystemPackage

enum Children {
  struct Result {
    let status: Int32
    let output: [UInt8]
    let errors: String
  }

  /// Runs a program to its end.
  ///
  /// It is taken from an absolute folder of PATH, never from beneath `workspace`, and gets PATH,
  /// HOME, the locale and the kubeconfig alone: no variable of moltseal's, and none of git's that
  /// would make it look elsewhere.
  static func run(
    _ name: String, _ arguments: [String], in folder: String, workspace: String
  ) async throws -> Result {
    guard let path = find(name, outside: workspace) else {
      throw CommandError(
        "'\(name)' is not on the PATH outside the workspace", hint: "install \(name)")
    }
    var environment: [Subprocess.Environment.Key: String] = ["GIT_OPTIONAL_LOCKS": "0", "LC_ALL": "C"]
    for key in ["PATH", "HOME", "KUBECONFIG"] {
      if let value = Environment.text(key), let key = Subprocess.Environment.Key(rawValue: key) {
        environment[key] = value
      }
    }
    let result = try await Subprocess.run(
      .path(.init(path)), arguments: .init(arguments), environment: .custom(environment),
      workingDirectory: .init(folder), output: .bytes(limit: 8 << 20),
      error: .string(limit: 64 << 10))
    let status: Int32 = if case .exited(let code) = result.terminationStatus { Int32(code) } else { -1 }
    return Result(
      status: status, output: result.standardOutput, errors: result.standardError)
  }

  private static func find(_ name: String, outside workspace: String) -> String? {
    let folders = (Environment.text("PATH") ?? "/usr/local/bin:/usr/bin:/bin").split(separator: ":")
    for folder in folders where folder.hasPrefix("/") {
      let path = "\(folder)/\(name)"
      guard access(path, X_OK) == 0, let real = realpath(path, nil) else { continue }
      defer { free(real) }
      let target = String(cString: real)
      if !target.hasPrefix(workspace + "/"), !path.hasPrefix(workspace + "/") { return path }
    }
    return nil
  }
}
