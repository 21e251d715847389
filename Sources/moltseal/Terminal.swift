/// The terminal: everything that the shell prints.
///
/// Standard output is data, standard error is for people. A message begins with `moltseal:`, has no
/// capital and no full stop; an error is followed by a hint that says what to do. Colour is only
/// used on terminals, and never if NO_COLOR is set.

internal import Glibc
internal import Processes
internal import Reporting
internal import Reports
internal import SecretIO
internal import Text
internal import Files
internal import YAML

/// When messages are coloured.
enum ColorChoice: String, CaseIterable {
  case auto, always, never
}

package enum Terminal {
  /// The exit status if standard output cannot be written; 0 once the files are written.
  nonisolated(unsafe) static var statusWithoutOutput: Int32 = 1
  // Set once, before any thread starts.
  nonisolated(unsafe) static var color = ColorChoice.auto

  /// Where a result goes.
  enum Stream { case output, error }

  static func output(_ text: String) { StandardOutput.write(text) }

  static func output(bytes: [UInt8]) { StandardOutput.write(bytes) }

  /// Prints lines for the user on standard output, with control characters escaped.
  static func output(lines: [String]) {
    output(lines.map { Visible.text($0) + "\n" }.joined())
  }

  /// Prints text to standard error as it is.
  static func complain(_ text: String) { error(text) }

  static func message(_ text: String) { say(nil, text) }

  /// What a line on standard error is, and its colour.
  private enum Label: String {
    case error, warning, hint

    var code: String {
      switch self {
      case .error: "31"
      case .warning: "33"
      case .hint: "36"
      }
    }
  }

  /// A line on standard error; on a terminal it is broken at its width.
  private static func say(_ label: Label?, _ text: String) {
    let start = "moltseal:" + (label.map { " \($0.rawValue):" } ?? "")
    let whole = "\(start) \(Visible.text(text))"
    var painted = whole
    if isatty(STDERR_FILENO) == 1 {
      // A command at the end stays on one line, so that it can be copied.
      let command = whole.place(of: ": moltseal ").map { "moltseal \($0.after)" } ?? ""
      let rest = String(Substring(whole.utf8.dropLast(command.utf8.count)))
      let unbroken = rest + command.pieces(between: " ").joined(separator: "\u{1}")
      let lines = Table.wrapped(unbroken, width: columns(STDERR_FILENO), hang: 2)
      painted = lines.joined(separator: "\n").pieces(between: "\u{1}").joined(separator: " ")
    }
    painted += "\n"
    if let label, let rest = painted.without(prefix: start) {
      painted = "moltseal: \(paint(label.rawValue, label.code)):\(rest)"
    }
    error(painted)
  }

  /// Keeps a warning until the command has said what it did; each is shown once a run.
  static func warning(_ text: String) { warning(Diagnostic(text, hint: nil)) }

  /// Prints a warning and its hint.
  static func warning(_ diagnostic: Diagnostic) {
    guard known.insert(Array("\(diagnostic.text)\0\(diagnostic.hint ?? "")".utf8)).inserted else {
      return
    }
    if known.count <= limit { warnings.append(diagnostic) }
  }

  /// Shows the warnings that were kept.
  static func flushWarnings() {
    for diagnostic in warnings {
      say(.warning, diagnostic.text)
      if let hint = diagnostic.hint { say(.hint, hint) }
    }
    if known.count > limit { message("\(known.count - limit) more warnings are not shown") }
    warnings = []
    known = []
  }

  /// A result for a person: on standard output, or on standard error where that has other data.
  ///
  /// On a terminal the lines are broken at its width.
  static func output(_ screen: Screen, to stream: Stream = .output) {
    let descriptor = stream == .error ? STDERR_FILENO : STDOUT_FILENO
    let width = isatty(descriptor) == 1 ? columns(descriptor) : Int.max
    for line in screen.lines {
      let parts =
        line.isCommand
        ? [line.text] : Table.wrapped(line.text, width: width, hang: min(line.hang, width / 2))
      for (index, part) in parts.enumerated() {
        let text = index == 0 ? painted(part, line.state, descriptor) : part
        if stream == .error { error(text + "\n") } else { output(text + "\n") }
      }
    }
  }

  /// Shows a rotation: before it, with the diff if asked for, or after everything is written.
  ///
  /// - Parameter stream: standard error where standard output has something else.
  static func output(
    _ report: RunReport, _ moment: RunReport.Moment, _ format: OutputFormat,
    to stream: Stream = .output
  ) {
    report.sayWarnings()
    guard format == .text else { return outputJSON(report.json(moment)) }
    output(report.screen(moment), to: stream)
    if moment == .dryRun, Notices.isVerbose, !report.changes.isEmpty {
      output("\n")
      outputDiffWithoutLiterals(report.changes.diff())
    }
  }

  /// Whether a person can answer a question.
  static var isInteractive: Bool { isatty(STDIN_FILENO) == 1 && isatty(STDERR_FILENO) == 1 }

  /// How many columns a terminal has: 80 where it does not say.
  private static func columns(_ descriptor: Int32) -> Int {
    var size = winsize()
    guard ioctl(descriptor, UInt(TIOCGWINSZ), &size) == 0, size.ws_col >= 20 else { return 80 }
    return Int(size.ws_col)
  }

  /// The first word of a line in the colour of its state.
  private static func painted(_ line: String, _ state: Screen.State?, _ descriptor: Int32) -> String
  {
    guard let state, isColored(descriptor) else { return line }
    let code =
      switch state {
      case .done: "32"
      case .waits: "33"
      case .refused: "31"
      }
    let indent = line.prefix { $0 == " " }
    let word = line.dropFirst(indent.count).prefix { $0 != " " }
    return "\(indent)\u{1B}[\(code)m\(word)\u{1B}[0m\(line.dropFirst(indent.count + word.count))"
  }

  /// The most warnings, and the most faults of one error, that are shown.
  private static let limit = 100
  /// What was warned of since the last time that warnings were shown, each once.
  nonisolated(unsafe) private static var known: Set<[UInt8]> = []
  /// The first of these, which will be shown.
  nonisolated(unsafe) private static var warnings: [Diagnostic] = []

  /// Prints a step's name, which tests of a debug build read.
  static func step(_ name: String) { error("moltseal-step: \(name)\n") }

  /// Shows the error that ends a command.
  ///
  /// - Parameter files: what the command could have done to files.
  static func report(_ error: CommandError, of files: FileEffect) {
    for diagnostic in error.diagnostics.prefix(limit) {
      say(.error, diagnostic.text)
      if let hint = diagnostic.hint { say(.hint, hint) }
    }
    if error.diagnostics.count > limit {
      message("\(error.diagnostics.count - limit) more are not shown")
    }
    if let consequence = error.consequence,
      files == .changed || consequence != CommandError.nothingWritten
    {
      message(consequence)
    }
  }

  /// Replaces the progress line, or clears it if nil.
  ///
  /// Prints nothing without a terminal.
  static func progress(_ text: String?) {
    guard isatty(STDERR_FILENO) == 1 else { return }
    error("\r\u{1B}[K" + (text.map { "moltseal: \($0)" } ?? ""))
  }

  /// Reports an invalid command line, with the usage text.
  static func usage(_ message: String, _ usage: String) {
    error("moltseal: \(paint("error", "31")): \(Visible.text(message))\n")
    error("moltseal: \(paint("hint", "36")): use these flags\n\(usage)")
  }

  /// Whether to colour standard output, for diffs.
  static var outputIsColored: Bool { isColored(STDOUT_FILENO) }

  /// Prints a diff without the values of `literals`, which may be in use.
  static func outputDiffWithoutLiterals(_ diff: String) {
    let lines = diff.pieces(between: "\n").map { withoutLiteral($0) }
    outputDiff(lines.joined(separator: "\n"))
  }

  /// Removes the value from `- KEY=value` and `literals: [KEY=value]`.
  private static func withoutLiteral(_ line: String) -> String {
    guard let (before, after) = line.place(of: "=") else { return line }
    let trimmed = before.dropFirst().drop { $0 == " " }
    if before.holds("literals:") || before.holds("literals\"") { return "\(before)=…" }
    guard trimmed.hasPrefix("- "), !after.isEmpty,
      trimmed.dropFirst(2).utf8.allSatisfy({ byte in
        (97...122).contains(byte | 0x20) || (48...57).contains(byte)
          || "_.-\"' ".utf8.contains(byte)
      })
    else { return line }
    return "\(before)=…"
  }

  /// Prints a diff with coloured lines; tabs stay, other control characters are escaped.
  static func outputDiff(_ diff: String) {
    for line in diff.pieces(between: "\n").dropLast() {
      let code =
        line.begins(with: "+")
        ? "32" : line.begins(with: "-") ? "31" : line.begins(with: "@") ? "36" : nil
      // The carriage return of CRLF stays, or the diff would not apply.
      let content = line.without(suffix: "\r")
      let end = content == nil ? "\n" : "\r\n"
      let text = (content ?? line).pieces(between: "\t").map { Visible.escaped($0) }
        .joined(separator: "\t")
      output(
        outputIsColored
          ? code.map { "\u{1B}[\($0)m\(text)\u{1B}[0m\(end)" } ?? text + end : text + end)
    }
  }

  /// Prints a value as one line of JSON, whose strings escape control characters.
  static func outputJSON(_ tree: Tree) { output(YAMLWriter.inline(tree, quotes: .always) + "\n") }

  private static func paint(_ text: String, _ code: String) -> String {
    isColored(STDERR_FILENO) ? "\u{1B}[\(code)m\(text)\u{1B}[0m" : text
  }

  private static func isColored(_ descriptor: Int32) -> Bool {
    switch color {
    case .always: true
    case .never: false
    case .auto:
      isatty(descriptor) == 1 && Surroundings.text("NO_COLOR") == nil
        && Surroundings.text("TERM") != "dumb"
    }
  }

  /// Ends the command, because standard output cannot be written.
  static func endWithoutOutput() -> Never {
    flushWarnings()
    error("moltseal: error: cannot write to standard output: \(String(cString: strerror(errno)))\n")
    if Interrupts.changesFiles, statusWithoutOutput == 1 { message(CommandError.nothingWritten) }
    Glibc.exit(statusWithoutOutput)
  }

  /// An unreadable message changes nothing, so that failures are ignored.
  private static func error(_ text: String) {
    Interrupts.holdBack()
    var rest = Array(text.utf8)[...]
    while !rest.isEmpty {
      let count = rest.withUnsafeBytes { Glibc.write(STDERR_FILENO, $0.baseAddress, $0.count) }
      guard count > 0 || errno == EINTR else { return }
      rest = rest.dropFirst(max(count, 0))
    }
  }
}
