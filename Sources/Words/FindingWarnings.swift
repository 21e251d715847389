/// The findings of a run as warnings: those that `check` shows again are one line.

package import Rules
internal import Reporting
internal import Text

extension Notices {
  /// Warns of findings, each once.
  package static func warn(_ findings: [Finding], environment: String) {
    let lasting = findings.filter(\.isLasting)
    let isFolded = lasting.count > 1 && !isVerbose
    for finding in findings where !isFolded || !finding.isLasting { warn(finding.diagnostic) }
    guard isFolded else { return }
    var codes: [String] = []
    for finding in lasting where !codes.includes(finding.code) { codes.append(finding.code) }
    warn(
      "\(lasting.count) findings (\(codes.joined(separator: ", "))); moltseal check \(CLI.env) \(environment) shows them"
    )
  }
}
