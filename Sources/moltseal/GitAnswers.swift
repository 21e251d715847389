/// What git answers to one question, for every command that asks one.

internal import Glibc
internal import Processes
internal import Text

extension GitRepository {
  /// Runs git to its end.
  ///
  /// - Throws: `CommandError` where it cannot be started or read.
  func ask(_ arguments: [String]) throws -> Subprocess.Result {
    do throws(any Error) {
      return try start(arguments, Surroundings.bareSetup).finish()
    } catch let fault as Subprocess.Fault { throw fault.commandError }
  }

  /// Whether a file lies in the work tree, and git has it or would take it.
  func wouldTake(_ file: String) throws -> Bool {
    guard let pointer = realpath(file, nil) else { return false }
    defer { free(pointer) }
    let path = String(cString: pointer)
    guard Path.relative(path, to: root) != nil else { return false }
    let listed = ["ls-files", "-z", "--cached", "--others", "--exclude-standard", "--", path]
    return try !ask(listed).output.isEmpty
  }
}
