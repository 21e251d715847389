/// What `check` has found, for people and as JSON.

package import Checking
internal import Rules
internal import Reporting
internal import Words
package import YAML

extension CheckReport {
  /// What was found, for a person.
  package var screen: Screen {
    var screen = Screen()
    if Notices.isVerbose {
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

  /// What was found, for a program.
  package var json: Tree {
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
