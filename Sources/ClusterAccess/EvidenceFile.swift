/// Evidence from a file, current or earlier.

package import Kubernetes
internal import Cluster
package import Planning
package import Rules
internal import Reporting
package import Repository
internal import SecretIO
internal import Text
internal import Workspace
internal import YAML

/// A file with the output of `live`.
package struct EvidenceFile {
  private let file: String

  /// - Parameter file: the path; `-` is standard input.
  package init(_ file: String) { self.file = file }

  /// Returns the evidence if it still says something about the cluster; else nil, with a warning.
  ///
  /// - Parameter base: the commit of the state; nil for the work tree.
  package func evidence(
    _ state: EnvironmentState, _ contexts: [KustomizationContext], _ workspace: LoadedWorkspace,
    base: String?, now: Timestamp
  ) throws -> Evidence? {
    let evidence = try read(state)
    let age = now.seconds - evidence.time.seconds
    let again =
      "take it again: moltseal live \(CLI.env) \(state.environment.name) \(CLI.format) json"
    guard age >= -300 else {
      throw CommandError(
        "this evidence was taken at \(evidence.time), which is in the future", hint: again,
        file: PlainFile.name(file))
    }
    // Old evidence may be wrong by now, so it neither opens nor closes a gate.
    if age > Evidence.lifetime {
      Notices.warn(
        "\(PlainFile.name(file)) was taken at \(evidence.time), and may be at most \(Evidence.lifetime / 60) minutes old, so it is ignored; \(again)"
      )
      return nil
    }
    // A revert that is itself reverted restores the lock file, but not the cluster.
    if let change = try LockHistory(workspace, state.environment).lastChange(before: base),
      evidence.time < change
    {
      Notices.warn(
        "\(PlainFile.name(file)) was taken at \(evidence.time), before the lock file last changed (\(change)), so it is ignored; \(again)"
      )
      return nil
    }
    return evidence.held(against: BuiltConsumers(state, contexts).places)
  }

  /// Reads evidence to continue from; an empty file counts as none.
  package func earlier(_ state: EnvironmentState) throws -> Evidence? {
    if let bytes = try? bytes(), bytes.allSatisfy({ $0 <= 32 }) { return nil }
    return try read(state)
  }

  /// - Throws: `CommandError` if the file cannot be read, or is of another environment.
  private func read(_ state: EnvironmentState) throws -> Evidence {
    let evidence: Evidence
    do throws(YAMLError) {
      evidence = try Evidence(try SourceText(try bytes()))
    } catch { throw CommandError(error, file: PlainFile.name(file)) }
    guard evidence.environment === state.environment.name else {
      throw CommandError(
        "this is evidence of environment '\(evidence.environment)'",
        hint: "use evidence of '\(state.environment.name)'", file: PlainFile.name(file))
    }
    return evidence
  }

  private func bytes() throws(YAMLError) -> [UInt8] {
    do { return try PlainFile.read(file) } catch {
      throw YAMLError("cannot be read", at: Location(line: 1, column: 1))
    }
  }
}
