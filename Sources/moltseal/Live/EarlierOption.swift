/// The option for earlier evidence, from which a look continues.

internal import ArgumentParser
internal import ClusterAccess
internal import Planning

struct EarlierOption: ParsableArguments {
  @Option(
    name: .customLong("earlier"),
    help: ArgumentHelp(
      "Continue from earlier evidence of moltseal live --format json, of any age; an empty file counts as none.",
      valueName: "file"))
  var file: String?

  func evidence(_ state: EnvironmentState) throws -> Evidence? {
    guard let file else { return nil }
    return try EvidenceFile(file).earlier(state)
  }
}
