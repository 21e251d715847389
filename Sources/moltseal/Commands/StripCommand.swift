/// `moltseal strip`: runs the kustomization editor alone.

internal import ArgumentParser
internal import Manifests
internal import Reporting
internal import Repository
internal import SecretIO
internal import Files
internal import YAML

struct StripCommand: ParsableCommand, ChangesFiles {
  static let configuration = CommandConfiguration(
    commandName: "strip",
    abstract: "Remove the secretGenerator from a kustomization, byte for byte.",
    discussion: """
      Prints the result to standard output, unless --write or --diff is given. Everything outside \
      the edits stays unchanged; what cannot be edited safely is refused.
      """)

  @Argument(help: ArgumentHelp("The kustomization; - is standard input.", valueName: "file"))
  var file: String

  @Option(
    name: .customLong("name"),
    help: ArgumentHelp("Remove only this entry; may be repeated.", valueName: "name"))
  var names: [String] = []

  @Option(
    name: .customLong("add-resource"),
    help: ArgumentHelp("Add this path to resources.", valueName: "path"))
  var resources: [String] = []

  @Flag(help: "Write the file in place.")
  var write = false

  @Flag(help: "Print a diff.")
  var diff = false

  @Flag(help: AllowDirty.help)
  var allowDirty = false

  @OptionGroup var global: GlobalOptions

  func validate() throws {
    if write, file == "-" { throw ValidationError("--write needs a file") }
  }

  func run() throws {
    try global.enter()
    let target =
      write ? try TargetFile(file, uncommitted: allowDirty ? .overwritten : .refused) : nil
    let old = try target?.read() ?? PlainFile.read(file)
    let new = try strip(old)
    var changes = ChangeSet()
    changes.add(FileChange(path: file, old: old, new: new))
    if diff { Terminal.outputDiff(changes.diff()) }
    if let target {
      if try target.replace(old, with: new) { Notices.say("wrote \(file)") }
    } else if !diff {
      Terminal.output(bytes: new)
    }
  }

  private func strip(_ bytes: [UInt8]) throws -> [UInt8] {
    do throws(any Error) {
      var kustomization = try Kustomization(SourceText(bytes))
      let known = Set(kustomization.generators.map(\.name))
      if let unknown = names.first(where: { !known.contains($0) }), !isStripped(kustomization) {
        throw CommandError(
          "secretGenerator has no entry '\(unknown)'\(nearest(to: unknown, among: known.sorted()))",
          hint: "it has: \(known.sorted().joined(separator: ", "))", file: file)
      }
      if names.isEmpty {
        try kustomization.removeGenerators()
      } else {
        try kustomization.removeGenerators(named: names)
      }
      try kustomization.addResources(resources)
      if kustomization.isChanged, kustomization.isEmpty {
        Notices.warn("nothing is left in \(file); kustomize refuses an empty kustomization")
      }
      return kustomization.bytes
    } catch let error as YAMLError {
      throw CommandError(error, file: file)
    } catch let error as EditRefusal {
      throw CommandError(
        error, file: file,
        by: "remove the entry by hand; its first line is \(error.location.line)")
    }
  }

  /// Whether no entry is left; then a missing entry is not an error, so that the command may be run
  /// twice.
  private func isStripped(_ kustomization: Kustomization) -> Bool {
    kustomization.generators.isEmpty
  }
}
