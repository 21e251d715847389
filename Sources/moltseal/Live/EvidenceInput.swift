/// Evidence from a file, current or earlier.

internal import ArgumentParser
internal import Live
internal import Planning
internal import Text
internal import Workspace
internal import YAML

enum EvidenceInput {
  /// - Throws: `CommandError` if the file cannot be read, or is of another environment.
  static func read(_ file: String, _ state: EnvironmentState) throws -> Evidence {
    let evidence: Evidence
    do throws(YAMLError) {
      evidence = try Evidence(try SourceText(try bytes(file)))
    } catch { throw CommandError(error, file: PlainFile.name(file)) }
    guard evidence.environment === state.environment.name else {
      throw CommandError(
        "this is evidence of environment '\(evidence.environment)'",
        hint: "use evidence of '\(state.environment.name)'", file: PlainFile.name(file))
    }
    return evidence
  }

  fileprivate static func bytes(_ file: String) throws(YAMLError) -> [UInt8] {
    do { return try PlainFile.read(file) } catch {
      throw YAMLError("cannot be read", at: Location(line: 1, column: 1))
    }
  }
}

/// The option for earlier evidence, from which this look continues.
struct EarlierOption: ParsableArguments {
  @Option(
    name: .customLong("earlier"),
    help: ArgumentHelp(
      "Continue from earlier evidence of moltseal live --format json, of any age; an empty file counts as none.",
      valueName: "file"))
  var file: String?

  func evidence(_ state: EnvironmentState) throws -> Evidence? {
    guard let file else { return nil }
    if let bytes = try? EvidenceInput.bytes(file), bytes.allSatisfy({ $0 <= 32 }) { return nil }
    return try EvidenceInput.read(file, state)
  }
}
