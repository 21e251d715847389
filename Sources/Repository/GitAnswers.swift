/// Single queries to git, for every command that needs one.

package import Processes
internal import Reporting
internal import Text
internal import Files
internal import Words

extension GitRepository {
  /// Runs git and waits for it.
  ///
  /// - Throws: `CommandError` if git cannot be started or read.
  package func ask(_ arguments: [String]) throws -> Subprocess.Result {
    do throws(any Error) {
      return try start(arguments, Surroundings.bareSetup).finish()
    } catch let fault as Subprocess.Fault { throw fault.commandError }
  }

  /// Whether a file is in the work tree, and is tracked or not ignored.
  package func wouldTake(_ file: String) throws -> Bool {
    guard let path = Disk.realPath(file), Path.relative(path, to: root) != nil else { return false }
    let listed = ["ls-files", "-z", "--cached", "--others", "--exclude-standard", "--", path]
    return try !ask(listed).output.isEmpty
  }
}
