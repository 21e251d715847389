/// The faults of an operation as errors of the command.

internal import Reporting
package import Repository
internal import Workspace

extension LoadedWorkspace {
  /// Runs a part of an operation, and attributes its faults to the workspace file.
  package func explained<Value>(_ body: () throws -> Value) throws -> Value {
    do throws(any Error) { return try body() } catch let fault as OperationFault {
      throw CommandError(fault, input: Workspace.fileName)
    }
  }
}
