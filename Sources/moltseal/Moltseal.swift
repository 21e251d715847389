/// The command line: its commands, and how the process begins and ends.

internal import ArgumentParser
internal import Cryptography
internal import Glibc

@main
struct Moltseal: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "moltseal",
    abstract: "Give a GitOps repository its production credentials, and keep rotating them.",
    discussion: """
      moltseal reads Secret templates, makes new credentials, seals them for the sealed-secrets \
      controller with nothing but its certificate, and puts the result into the kustomization, \
      all or nothing.

      Exit status: 0 done, 1 refused or failed and nothing changed, 2 interrupted (see recover), \
      3 something is due, 64 usage.
      """,
    subcommands: [
      RotateCommand.self, ApplyCommand.self, StatusCommand.self, CertCommand.self,
      UnsealCommand.self, StripCommand.self, GenerateCommand.self, RecoverCommand.self,
    ])

  @Flag(name: .customLong("version"), help: "Print the version; with --verbose, how memory is protected.")
  var showsVersion = false

  @Flag(help: .hidden)
  var verbose = false

  func run() async throws {
    guard showsVersion else { throw CleanExit.helpRequest(self) }
    Terminal.output(Version.text(verbose: verbose))
  }

  /// Hardens the process before anything is read, then parses and runs.
  static func main() async {
    ProcessHardening.apply()
    let arguments = Array(CommandLine.arguments.dropFirst())
    if arguments == ["--version"] {
      Terminal.output(Version.text(verbose: false))
      return
    }
    do {
      var command = try parseAsRoot(arguments)
      if var command = command as? any AsyncParsableCommand {
        try await command.run()
      } else {
        try command.run()
      }
    } catch let error as CommandError {
      Terminal.report(error)
      Glibc.exit(error.status)
    } catch {
      exit(withError: error)
    }
  }

  static let _errorPrefix = "moltseal: error: "  // swift-format-ignore: NoLeadingUnderscores
}

/// What `--version` says.
enum Version {
  static let number = "0.1.0"

  static func text(verbose: Bool) -> String {
    guard verbose else { return "moltseal \(number)\n" }
    let heap = SecureMemory.isLocked ? "locked" : "not locked: the memlock limit is too low"
    let dumps = ProcessHardening.coreDumpsAreOff ? "off" : "on"
    return "moltseal \(number)\nsecret memory: \(heap)\ncore dumps: \(dumps)\n"
  }
}
