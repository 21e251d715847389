/// The errors of other programs.

internal import Processes
package import Reporting

extension Subprocess.Fault {
  /// The fault as an error of the command.
  package var commandError: CommandError {
    switch self {
    case .notFound(let name, let folders):
      let outside = folders.isEmpty ? "" : " outside '\(folders.joined(separator: "', '"))'"
      return CommandError("'\(name)' is not on the PATH\(outside)", hint: "install \(name)")
    case .failed(let what, let reason):
      return CommandError("cannot \(what): \(reason)", hint: "check the program and the machine")
    case .tookTooLong(let name, let seconds):
      return CommandError(
        "'\(name)' did not end within \(seconds) seconds, and was killed",
        hint: "run it yourself to see what it waits for")
    }
  }
}
