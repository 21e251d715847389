/// What a preflight rule reports, under a code whose meaning never changes.

package import YAML

/// What to do about a finding.
package enum Remedy: Sendable {
  case words(String)
  /// A chart is built only if the builder is told to.
  case buildWithCharts
  /// Apply the SealedSecret in an ArgoCD wave before its pods, or restart the pods.
  case applyBefore(wave: Int?)
}

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
  package let remedy: Remedy
  /// Relative to the workspace.
  package let file: String
  package let location: Location?

  package init(
    code: String, severity: Severity, message: String, remedy: Remedy, file: String,
    location: Location?
  ) {
    self.code = code
    self.severity = severity
    self.message = message
    self.remedy = remedy
    self.file = file
    self.location = location
  }

  /// A file, and where in it.
  struct Place {
    let file: String
    let location: Location?

    init(_ file: String, _ location: Location?) {
      self.file = file
      self.location = location
    }
  }

  /// Whether it is about the environment as it will be, so that `check` reports it after a run too.
  package var isLasting: Bool { Self.lasting.contains(code) }

  private static let lasting: Set<String> = [
    "cannot-roll", "chart-not-read", "cnpg-owner-managed", "cnpg-reload", "cnpg-superuser",
    "copies-not-seen", "image-moves", "job-cannot-roll", "keys-not-reloaded", "never-updated",
    "no-rollout", "remote-base", "sync-order", "sync-wave", "tracking-label",
  ]

  package init(
    code: String, severity: Severity, message: String, hint: String, file: String,
    location: Location?
  ) {
    self.init(
      code: code, severity: severity, message: message, remedy: .words(hint), file: file,
      location: location)
  }
}
