/// What `check` has found, and what it could not look at: for people, as JSON, as SARIF.

internal import Preflight
internal import Text
internal import Workspace
internal import YAML

struct CheckReport {
  /// One finding of one environment.
  private(set) var findings: [Finding] = []
  private var known: Set<ByBytes> = []
  /// What was not looked at, and why.
  private(set) var unevaluated: [(what: String, why: String)] = []
  /// What was looked at, for people.
  private(set) var looked: [String] = []

  /// What somebody lets be, and why.
  private(set) var accepted: [(finding: Finding, because: String)] = []

  mutating func add(_ findings: [Finding]) {
    for finding in findings where known.insert(finding.identity).inserted {
      self.findings.append(finding)
    }
  }

  /// Sets aside what an environment accepts; an entry that nothing answers to is a finding itself.
  mutating func accept(_ environment: WorkspaceEnvironment, from first: Int) {
    var used: [Acceptance] = []
    var kept: [Finding] = []
    for finding in findings[first...] {
      if let entry = finding.acceptance(among: environment.accepted) {
        accepted.append((finding, entry.because))
        if !used.contains(entry) { used.append(entry) }
      } else {
        kept.append(finding)
      }
    }
    findings.replaceSubrange(first..., with: kept)
    for entry in environment.accepted where !used.contains(entry) {
      let isRefusal = kept.contains { $0.code == entry.code && ($0.file == entry.file ?? $0.file) }
      add([
        Finding(
          code: "accept-unused", severity: .warning,
          message: isRefusal
            ? "'\(entry.code)' is accepted, but rotate refuses because of it, so it stays an error"
            : "'\(entry.code)' is accepted\(entry.file.map { " in '\($0)'" } ?? ""), but was not found there",
          hint: isRefusal ? "fix its cause" : "remove the entry",
          file: LoadedWorkspace.fileName, location: entry.location)
      ])
    }
  }

  mutating func skip(_ what: String, _ why: String) { unevaluated.append((what, why)) }
  mutating func look(at what: String) { looked.append(what) }

  var hasErrors: Bool { findings.contains { $0.severity == .error } }

  var screen: Screen {
    var screen = Screen()
    if Terminal.isVerbose {
      for (finding, because) in accepted {
        add(finding, "accepted", to: &screen)
        screen.line("  because: \(because)", hang: 2)
        screen.blank()
      }
    }
    let folded = FoldedFindings(findings)
    for finding in findings where !folded.holds(finding) {
      add(finding, finding.severity.rawValue, to: &screen)
      screen.line("  hint: \(finding.hint)", hang: 2)
      screen.blank()
    }
    for line in folded.lines { screen.line(line, hang: 2) }
    screen.blank()
    for (what, why) in unevaluated { screen.line("not evaluated: \(what): \(why)", hang: 2) }
    screen.line(summary, hang: 2)
    return screen
  }

  /// `FILE:LINE:COLUMN  severity  code`, and below it what is wrong.
  private func add(_ finding: Finding, _ severity: String, to screen: inout Screen) {
    let place = finding.location.map { "\(finding.file):\($0.line):\($0.column)" } ?? finding.file
    screen.line("\(place)  \(severity)  \(finding.code)", hang: 2)
    screen.line("  \(finding.message)", hang: 2)
  }

  private var summary: String {
    let errors = findings.count { $0.severity == .error }
    let warnings = findings.count - errors
    var parts: [String] = []
    if errors > 0 { parts.append(counted(errors, "error")) }
    if warnings > 0 { parts.append(counted(warnings, "warning")) }
    if findings.isEmpty { parts.append("nothing found") }
    if !accepted.isEmpty { parts.append("\(accepted.count) accepted") }
    if !unevaluated.isEmpty { parts.append("\(unevaluated.count) not evaluated") }
    return "\(looked.joined(separator: ", ")): \(parts.joined(separator: ", "))"
  }

  var json: Tree {
    .map([
      ("looked", .sequence(looked.map { .string($0) })),
      (
        "findings",
        .sequence(
          findings.map { finding in
            .map([
              ("code", .string(finding.code)), ("severity", .string(finding.severity.rawValue)),
              ("message", .string(finding.message)), ("hint", .string(finding.hint)),
              ("file", .string(finding.file)),
              ("line", finding.location.map { Tree.number($0.line) } ?? .null),
              ("column", finding.location.map { Tree.number($0.column) } ?? .null),
            ])
          })
      ),
      (
        "accepted",
        .sequence(
          accepted.map { finding, because in
            .map([
              ("code", .string(finding.code)), ("message", .string(finding.message)),
              ("file", .string(finding.file)), ("because", .string(because)),
            ])
          })
      ),
      (
        "notEvaluated",
        .sequence(
          unevaluated.map { .map([("what", .string($0.what)), ("why", .string($0.why))]) })
      ),
    ])
  }
}

extension Finding {
  /// Equal for two that say the same of the same place.
  var identity: ByBytes {
    let place = location.map { "\($0.line):\($0.column)" } ?? ""
    return ByBytes("\(code)\0\(file)\0\(place)\0\(message)")
  }
}
