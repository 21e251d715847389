/// What a preflight rule reports, under a code that never changes its meaning.

package import YAML

package struct Finding: Sendable {
  package enum Severity: String, Sendable {
    /// The run is refused.
    case error
    case warning
  }

  /// The stable name, described in docs/findings.md.
  package let code: String
  package let severity: Severity
  package let message: String
  package let hint: String
  /// Relative to the workspace.
  package let file: String
  package let location: Location?

  package init(
    code: String, severity: Severity, message: String, hint: String, file: String,
    location: Location?
  ) {
    self.code = code
    self.severity = severity
    self.message = message
    self.hint = hint
    self.file = file
    self.location = location
  }
}
