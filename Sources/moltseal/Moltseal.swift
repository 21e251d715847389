/// The command line: its commands, and the start and end of the process.

internal import ArgumentParser
internal import Glibc
internal import Processes
internal import Reporting
internal import SecretIO
internal import Text
internal import Files
internal import YAML

@main
struct Moltseal: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "moltseal",
    abstract: "Give a GitOps repository its production credentials, and keep rotating them.",
    discussion: """
      moltseal reads Secret templates, makes new credentials, seals them for the sealed-secrets \
      controller with nothing but its certificate, and puts the result into the kustomization, \
      all or nothing.

      Every command takes -C DIR, as git does. --generate-completion-script bash, zsh or fish \
      prints completions.

      Exit status: 0 done, 1 refused or failed and nothing changed, 2 interrupted, or an \
      interrupted run was recovered first (see recover), 3 something is due, 4 findings, 64 usage.
      """,
    subcommands: [
      InitCommand.self, AdoptCommand.self, RotateCommand.self, ApplyCommand.self,
      StatusCommand.self, CheckCommand.self, LiveCommand.self,
      CertCommand.self,
      SealCommand.self, MergeCommand.self, UnsealCommand.self, VerifyCommand.self,
      ResealCommand.self, ReEncryptCommand.self, StripCommand.self, GenerateCommand.self,
      RecoverCommand.self,
    ])

  @Flag(
    name: .customLong("version"),
    help: "Print the version; with --verbose, also how memory and builds are protected.")
  var showsVersion = false

  func run() throws {
    guard showsVersion else { throw CleanExit.helpRequest(self) }
    Terminal.output(Version.text)
  }

  /// Hardens the process before reading anything, then parses and runs the command.
  static func main() {
    ProcessProtection.apply()
    Surroundings.read(from: ProcessSurroundings())
    Notices.send(to: ShellListener())
    StandardOutput.onFailure { Terminal.endWithoutOutput() }
    setEnd(of: .read)
    let arguments = Array(ProcessSurroundings.arguments.dropFirst())
    let isKubeseal = KubesealCommand.isCalled(ProcessSurroundings.arguments.first ?? "")
    if !isKubeseal, arguments == ["--version"] {
      return Terminal.output(Version.text)
    }
    ProcessProtection.start()
    // A `--verbose` flag of the root command would take it away from every subcommand.
    if !isKubeseal, arguments.count == 2, Set(arguments) == ["--version", "--verbose"] {
      return Terminal.output(Version.details)
    }
    if isKubeseal {
      let status = KubesealCommand.run(arguments)
      Terminal.flushWarnings()
      Glibc.exit(status)
    }
    run(arguments)
  }

  /// Parses and runs a command, and ends the process if it fails.
  private static func run(_ arguments: [String]) {
    var files = FileEffect.read
    do {
      let arguments = try enterFolders(arguments)
      files = ["seal", "merge"].contains(arguments.first) ? .changed : .read
      try refuseUnknown(arguments.first)
      if try SealingFlags.runs(arguments) { return Terminal.flushWarnings() }
      var command = try parseAsRoot(arguments)
      files = command is any ChangesFiles ? .changed : .read
      setEnd(of: files)
      try command.run()
      Terminal.flushWarnings()
      Interrupts.endIfPending()
    } catch let error as CommandError {
      Terminal.flushWarnings()
      Interrupts.endIfPending()
      Terminal.report(error, of: files)
      Glibc.exit(error.status)
    } catch {
      Terminal.flushWarnings()
      Interrupts.endIfPending()
      end(with: error)
    }
  }

  /// Sets what happens when a signal ends the command.
  private static func setEnd(of files: FileEffect) {
    Interrupts.atEnd(
      Interrupts.End(
        nothingWritten: files == .changed ? CommandError.nothingWritten : nil,
        cleanUp: { ScratchFolder.removeAll() }, say: { Terminal.message($0) }))
  }

  /// Refuses an unknown command, and names the nearest one.
  private static func refuseUnknown(_ word: String?) throws {
    guard let word, !word.begins(with: "-"), word != "help" else { return }
    let known = configuration.subcommands.compactMap { $0.configuration.commandName }
    guard !known.includes(word) else { return }
    throw CommandError(
      "'\(word)' is not a command\(nearest(to: word, among: known))",
      hint: "run moltseal --help for a list", consequence: nil, status: 64)
  }

  /// Ends as ArgumentParser asks: with help, usage or a status.
  ///
  /// The text may contain words of the command line.
  private static func end(with error: any Error) -> Never {
    let status = exitCode(for: error)
    // A line break in such a word could start a line that looks like moltseal's own.
    let odd = ProcessSurroundings.arguments.first { Visible.text($0) != $0 }
    if !status.isSuccess, let odd {
      Terminal.complain(
        "moltseal: error: '\(Visible.text(odd))' is not valid here; run moltseal --help\n")
      Glibc.exit(status.rawValue)
    }
    let text = fullMessage(for: error)
    if !text.isEmpty {
      let lines = text.split(separator: "\n", omittingEmptySubsequences: false).map {
        Visible.text(String($0))
      }
      let message = lines.joined(separator: "\n") + "\n"
      if status.isSuccess { Terminal.output(message) } else { Terminal.complain(message) }
    }
    Glibc.exit(status.rawValue)
  }

  /// Handles `-C DIR` before the subcommand, as in git; each is relative to the one before.
  private static func enterFolders(_ arguments: [String]) throws -> [String] {
    var rest = arguments[...]
    while rest.first == "-C", rest.count > 1 {
      try GlobalOptions.enter(rest[rest.startIndex + 1])
      rest = rest.dropFirst(2)
    }
    return Array(rest)
  }

  // ArgumentParser's own hook, hence the underscore.
  // swift-format-ignore: NoLeadingUnderscores
  static let _errorPrefix = "moltseal: error: "
}

/// The text of `--version`.
enum Version {
  static let number = "0.1.0"
  /// The kubeseal version whose flags and results moltseal reproduces under that name.
  static let kubeseal = "0.36.6"

  /// The version alone.
  static var text: String { "moltseal \(number)\n" }

  /// The version, and how memory and builds are protected.
  static var details: String {
    let network =
      Subprocess.canIsolate ? "none" : "not blocked: this machine cannot isolate a program from it"
    return """
      moltseal \(number)
      libcrypto: \(ProcessProtection.libraryVersion)
      secret memory: \(ProcessProtection.memory)
      core dumps: \(ProcessProtection.coreDumps)
      network of builds: \(network)

      """
  }
}
