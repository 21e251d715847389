/// What git answers to one question, for every command that asks one.

internal import Processes

extension GitRepository {
  /// Runs git to its end.
  ///
  /// - Throws: `CommandError` where it cannot be started or read.
  func ask(_ arguments: [String]) throws -> Subprocess.Result {
    do throws(any Error) {
      return try start(arguments, Surroundings.bareSetup).finish()
    } catch let fault as Subprocess.Fault { throw fault.commandError }
  }
}
