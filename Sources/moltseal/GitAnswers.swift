/// Single queries to git, for every command that needs one.

internal import Glibc
internal import Processes
internal import Text

extension GitRepository {
  /// Runs git and waits for it.
  ///
  /// - Throws: `CommandError` if git cannot be started or read.
  func ask(_ arguments: [String]) throws -> Subprocess.Result {
    do throws(any Error) {
      return try start(arguments, Surroundings.bareSetup).finish()
    } catch let fault as Subprocess.Fault { throw fault.commandError }
  }

  /// Whether a file is in the work tree, and is tracked or not ignored.
  func wouldTake(_ file: String) throws -> Bool {
    guard let pointer = realpath(file, nil) else { return false }
    defer { free(pointer) }
    let path = String(cString: pointer)
    guard Path.relative(path, to: root) != nil else { return false }
    let listed = ["ls-files", "-z", "--cached", "--others", "--exclude-standard", "--", path]
    return try !ask(listed).output.isEmpty
  }
}
