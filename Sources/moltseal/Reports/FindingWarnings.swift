/// The findings of a run as warnings: those that `check` shows again are one line.

internal import Preflight
internal import Text

extension Terminal {
  /// Warns of findings, each once.
  static func warning(_ findings: [Finding], environment: String) {
    let lasting = findings.filter(\.isLasting)
    let isFolded = lasting.count > 1 && !isVerbose
    for finding in findings where !isFolded || !finding.isLasting { warning(finding.diagnostic) }
    guard isFolded else { return }
    var codes: [String] = []
    for finding in lasting where !codes.includes(finding.code) { codes.append(finding.code) }
    warning(
      "\(lasting.count) findings (\(codes.joined(separator: ", "))); moltseal check --env \(environment) shows them"
    )
  }
}
