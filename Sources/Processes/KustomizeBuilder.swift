/// Builds kustomizations with the installed kubectl or kustomize.

internal import Glibc
internal import Text

package struct KustomizeBuilder: Sendable {
  private let setup: Subprocess.Setup
  /// Folders from which no program is run.
  private let repositories: [String]

  package init(outside repositories: [String], _ setup: Subprocess.Setup) {
    self.repositories = repositories
    var setup = setup
    setup.limits = KustomizeBuilder.limits
    self.setup = setup
  }

  /// What one build may use; typical trees need a hundredth of it.
  ///
  /// The memory limit counts writable memory, because Go reserves more address space than any limit
  /// would allow.
  package static let limits = Subprocess.Limits(
    memory: 2 << 30, processorSeconds: 60, seconds: 300)

  /// Why a kustomization could not be built.
  package enum Fault: Error {
    /// Neither program is installed.
    case noBuilder
    /// The build exceeded its limits.
    case usedTooMuch
    /// The program's error on one line, which may contain values.
    case failed(String)
  }

  /// How many folders are built at once; each is a process.
  private static let atOnce = 2

  /// Builds folders, each with its own process, and passes on the output as it arrives.
  ///
  /// - Parameter folders: absolute paths.
  /// - Parameter take: gets the index of a folder and a part of its objects as YAML. They may
  ///   contain values; nothing is kept here.
  /// - Returns: for each folder why it could not be built, or nil if it was built.
  /// - Throws: `Fault.noBuilder` or `Subprocess.Fault`.
  package func build(
    _ folders: [String], taking take: @escaping (Int, UnsafeRawBufferPointer) -> Void
  ) throws -> [Fault?] {
    var faults: [Fault?] = []
    for first in stride(from: 0, to: folders.count, by: Self.atOnce) {
      let one = try start(folders[first])
      if first + 1 < folders.count {
        let other = try start(folders[first + 1])
        faults.append(try finish(one, first, take))
        faults.append(try finish(other, first + 1, take))
      } else {
        faults.append(try finish(one, first, take))
      }
    }
    return faults
  }

  private func start(_ folder: String) throws -> RunningChild {
    for (name, arguments) in [("kubectl", ["kustomize", "--"]), ("kustomize", ["build", "--"])] {
      do throws(any Error) {
        return try Subprocess.start(name, arguments + [folder], outside: repositories, setup)
      } catch Subprocess.Fault.notFound { continue }
    }
    throw Fault.noBuilder
  }

  private func finish(
    _ child: consuming RunningChild, _ index: Int,
    _ take: @escaping (Int, UnsafeRawBufferPointer) -> Void
  ) throws -> Fault? {
    let result = try child.finish { take(index, $0) }
    if result.status == 0 { return nil }
    let isSpent =
      [SIGXCPU, SIGKILL].contains(result.signal) || result.errors.holds("out of memory")
      || result.errors.holds("cannot allocate memory")
    return isSpent ? .usedTooMuch : .failed(Self.reason(result.errors))
  }

  /// Returns the error message: the text after `error: ` or `Error: `, or the `err="…"` of a log
  /// line.
  private static func reason(_ errors: String) -> String {
    var text = errors
    for mark in ["err=\"", "rror: "] {
      if let (_, after) = errors.place(of: mark) {
        text = after
        break
      }
    }
    var lines = text.pieces(between: "\n").filter { !$0.isEmpty }
    // Remove the quote that ends `err="…"`; below, the backslashes of the log line.
    if let last = lines.last?.without(suffix: "\""), text !== errors {
      lines[lines.count - 1] = last
    }
    let reason = lines.joined(separator: " ").pieces(between: "\\").joined(separator: "")
    return reason.isEmpty ? "it did not say why" : reason
  }
}
