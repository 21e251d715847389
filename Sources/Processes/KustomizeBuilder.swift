/// Builds kustomizations with the kubectl or the kustomize that is installed.

internal import Text

package struct KustomizeBuilder: Sendable {
  private let setup: Subprocess.Setup
  /// What brings no program along.
  private let repositories: [String]

  package init(outside repositories: [String], _ setup: Subprocess.Setup) {
    self.repositories = repositories
    self.setup = setup
  }

  /// Why something could not be built.
  package enum Fault: Error {
    /// Neither program is installed.
    case noBuilder
    /// What the program said, on one line.
    case failed(String)
  }

  /// The folders that are built at one time: each is a process.
  private static let atOnce = 2

  /// The objects that each folder builds, as YAML.
  ///
  /// - Parameter folders: absolute.
  /// - Throws: `Fault`, or `Subprocess.Fault`.
  package func build(_ folders: [String]) throws -> [Result<[UInt8], Fault>] {
    var built: [Result<[UInt8], Fault>] = []
    for first in stride(from: 0, to: folders.count, by: Self.atOnce) {
      let one = try start(folders[first])
      if first + 1 < folders.count {
        let other = try start(folders[first + 1])
        built.append(Self.result(one.finish(), folders[first]))
        built.append(Self.result(other.finish(), folders[first + 1]))
      } else {
        built.append(Self.result(one.finish(), folders[first]))
      }
    }
    return built
  }

  private func start(_ folder: String) throws -> RunningChild {
    for (name, arguments) in [("kubectl", ["kustomize"]), ("kustomize", ["build"])] {
      do throws(any Error) {
        return try Subprocess.start(name, arguments + [folder], outside: repositories, setup)
      } catch Subprocess.Fault.notFound { continue }
    }
    throw Fault.noBuilder
  }

  private static func result(
    _ result: Subprocess.Result, _ folder: String
  ) -> Result<[UInt8], Fault> {
    guard result.status != 0 else { return .success(result.output) }
    return .failure(.failed(reason(result.errors)))
  }

  /// What went wrong: after `error: ` or `Error: `, or in `err="…"` of a log line, up to its end.
  private static func reason(_ errors: String) -> String {
    var text = errors
    for mark in ["err=\"", "rror: "] {
      if let (_, after) = errors.place(of: mark) {
        text = after
        break
      }
    }
    var lines = text.pieces(between: "\n").filter { !$0.isEmpty }
    // The quote that ends `err="…"`, and what the log line escapes.
    if let last = lines.last?.without(suffix: "\""), text !== errors {
      lines[lines.count - 1] = last
    }
    let reason = lines.joined(separator: " ").pieces(between: "\\").joined(separator: "")
    return reason.isEmpty ? "it did not say why" : reason
  }
}
